// SPDX-License-Identifier: BSD-2-Clause
#include "life.h"

#include <process/arch.h>
#include <process/process.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tiny/printf.h>

#include "sample_elf.h"

enum { PROCESSES = 5, THREADS = 3, REGIONS = 4, OWN_START = 0x100000000, PRIORITY = 100 };
enum { SLOT_ENDPOINT = 1, SLOT_OTHER = 2, BADGE = 0x61 };
#define OWN_END 0x200000000

struct life {
    struct process process;
    struct thread threads[THREADS];
    struct region *regions[REGIONS];
    bool exists, runs;
};

static struct home home;
static struct life lives[PROCESSES];
static struct object endpoint, reply;
static unsigned char program[SAMPLE_BYTES];
static uint64_t seed;

static uint64_t dice(uint64_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed % below;
}

struct life_figures life_figures(void)
{
    const struct pool_figures f = pool_figures(&home.pool);

    return (struct life_figures){f.free_bytes, f.free_slots, f.free_records, f.tables,
                                 f.set_aside_bytes};
}

static void put_char(void *context, char c)
{
    (void)context;
    fputc(c, stderr);
}

const char *life_begin(const void *bootinfo, void *ipc_buffer, uint64_t records_bytes)
{
    const struct home_memory memory = {.records = malloc(records_bytes),
                                       .records_bytes = records_bytes,
                                       .start = OWN_START,
                                       .end = OWN_END,
                                       .table_bits = 7};
    enum process_status status;

    tiny_set_output(put_char, NULL); /* for assertions */
    seL4_SetIPCBuffer(ipc_buffer);
    sample_elf(program);
    status = home_of_root_task(&home, bootinfo, &memory);
    if (status == PROCESS_OK) {
        status = pool_new(&home.pool, seL4_EndpointObject, 0, &endpoint);
    }
    if (status == PROCESS_OK) {
        status = pool_new(&home.pool, seL4_ReplyObject, 0, &reply);
    }
    return status == PROCESS_OK ? NULL : process_status_text(status);
}

const char *life_leave(uint64_t bytes)
{
    for (unsigned bits = 40; bits >= 12; bits--) {
        struct object hog;

        while (home.pool.free_bytes >= bytes + (1ull << bits)) {
            if (pool_new(&home.pool, seL4_UntypedObject, bits, &hog) != PROCESS_OK) {
                break;
            }
        }
    }
    return home.pool.free_bytes < 2 * bytes ? NULL : "memory cannot be made scarce";
}

/* ---- parts of a life ---- */

static enum process_status give_endpoint(struct life *life)
{
    enum process_status status =
        process_give(&life->process, SLOT_ENDPOINT, endpoint.cap, seL4_AllRights, BADGE);

    return status == PROCESS_OK ? process_give(&life->process, SLOT_OTHER, endpoint.cap,
                                               seL4_CapRights_new(1, 0, 0, 1), 7)
                                : status;
}

static enum process_status start(struct life *life)
{
    static const char *const arguments[] = {"program", "argument", NULL};
    static const char *const environment[] = {"HOME=/", NULL};
    const struct start_data data = {
        .arguments = arguments, .environment = environment, .random = "0123456789abcdef"};
    const struct thread_options options = {.priority = PRIORITY,
                                           .budget_us = 1000,
                                           .period_us = 1000,
                                           .fault_endpoint = endpoint.cap,
                                           .fault_badge = 0x1000};
    enum process_status status = process_start(&life->process, &options, &data);

    life->runs = status == PROCESS_OK;
    return status;
}

static enum process_status create(struct life *life, unsigned cnode_bits)
{
    enum process_status status = process_new(&life->process, &home, cnode_bits);

    memset(life->threads, 0, sizeof(life->threads));
    memset(life->regions, 0, sizeof(life->regions));
    life->exists = status == PROCESS_OK;
    life->runs = false;
    return status;
}

static void destroy(struct life *life)
{
    if (life->exists) {
        space_check(&life->process.space);
        process_free(&life->process);
        memset(life->regions, 0, sizeof(life->regions));
        life->exists = false;
    }
}

/* Another program in its place; what it was given is still there. */
static void clear(struct life *life)
{
    process_clear(&life->process);
    memset(life->threads, 0, sizeof(life->threads));
    memset(life->regions, 0, sizeof(life->regions));
    life->runs = false;
    if (process_load(&life->process, program, sizeof(program), NULL) == PROCESS_OK) {
        (void)!start(life);
    }
}

/* The kernel behind lets threads of processes say something on what is in SLOT_ENDPOINT. */
static const char *talk(void)
{
    seL4_Word badge;

    (void)seL4_Recv(endpoint.cap, &badge, reply.cap);
    if (badge != BADGE && badge != 0x1000 && badge != 7) {
        return "a message with a badge that nobody has";
    }
    seL4_SetMR(0, badge);
    seL4_Send(reply.cap, seL4_MessageInfo_new(0, 0, 0, 1));
    return NULL;
}

/* What was loaded and shared must be what was meant. */
static const char *look_at_memory(const struct life *life)
{
    unsigned char bytes[0x100];
    enum process_status status =
        window_read(&home.window, &life->process.space, 0x403000, bytes, sizeof(bytes));

    if (status == PROCESS_OK && memcmp(bytes, program + 0x2000, sizeof(bytes)) != 0) {
        return "the program's data is not what was loaded";
    }
    status = window_read(&home.window, &life->process.space, 0x403100, bytes, sizeof(bytes));
    if (status == PROCESS_OK && (bytes[0] != 0 || memcmp(bytes, bytes + 1, 0xff) != 0)) {
        return "memory behind the program's data is not zero";
    }
    return NULL;
}

/* Thread-local variables: initial values below the thread pointer, which points to itself. */
static const char *look_at_tls(const struct life *life, const struct thread *thread)
{
    unsigned char bytes[0x40];
    seL4_Word pointer = 0;

    if (window_read(&home.window, &life->process.space, thread->thread_pointer - 0x40, bytes,
                    sizeof(bytes)) == PROCESS_OK &&
        (memcmp(bytes, program + 0x2000, 0x10) != 0 || bytes[0x10] != 0)) {
        return "thread-local variables do not have their initial values";
    }
    if (window_read(&home.window, &life->process.space, thread->thread_pointer, &pointer,
                    sizeof(pointer)) == PROCESS_OK &&
        pointer != thread->thread_pointer) {
        return "the word at the thread pointer is not its address";
    }
    return thread->thread_pointer % 0x20 == 0 ? NULL : "thread-local variables are misaligned";
}

/* ---- one life with everything ---- */

static enum process_status live(struct life *life, const char **wrong)
{
    const struct thread_options second = {.priority = 5, .max_controlled_priority = 5};
    const struct region_want want = {.address = SPACE_ANYWHERE,
                                     .size_bytes = 13 << 12,
                                     .guard_bytes = 1 << 12,
                                     .can_write = true};
    const struct region_want large = {
        .address = 0x40000000, .size_bytes = 1 << 21, .page_bits = 21};
    struct region *region, *own;
    enum process_status status = process_load(&life->process, program, sizeof(program), NULL);

    if (status != PROCESS_OK || (status = give_endpoint(life)) != PROCESS_OK ||
        (status = space_reserve(&life->process.space, &want, &region)) != PROCESS_OK ||
        (status = region_map(region, 0, 13 << 12)) != PROCESS_OK ||
        (status = region_unmap(region, 2 << 12, 3 << 12)) != PROCESS_OK ||
        (status = space_reserve(&life->process.space, &large, &region)) != PROCESS_OK ||
        (status = region_map(region, 0, 1 << 21)) != PROCESS_OK ||
        (status = start(life)) != PROCESS_OK ||
        (status = thread_new(&life->threads[0], &life->process, &second)) != PROCESS_OK ||
        (status = thread_begin(&life->threads[0], 0x401000, 0, 0)) != PROCESS_OK) {
        return status;
    }
    *wrong = look_at_memory(life);
    *wrong = *wrong == NULL ? look_at_tls(life, &life->threads[0]) : *wrong;
    *wrong = *wrong == NULL ? talk() : *wrong;
    status = space_reserve(&home.space, &want, &own);
    if (status == PROCESS_OK) {
        region = space_find(&life->process.space, life->process.first.stack_top - 1);
        status = region_share(own, 0, region, 0, 4 << 12);
        space_release(own);
    }
    return status;
}

static const char *compare(struct life_figures before)
{
    const struct life_figures now = life_figures();

    pool_check(&home.pool);
    space_check(&home.space);
    if (now.free_bytes != before.free_bytes || now.set_aside_bytes != before.set_aside_bytes) {
        return "memory is lost";
    }
    if (now.free_slots != before.free_slots || now.tables != before.tables) {
        return "slots are lost";
    }
    return now.free_records == before.free_records ? NULL : "records are lost";
}

const char *life_one(uint64_t *done)
{
    const struct life_figures before = life_figures();
    const char *wrong = NULL;

    *done = 0;
    if (create(&lives[0], 5) == PROCESS_OK) {
        *done = live(&lives[0], &wrong) == PROCESS_OK;
        destroy(&lives[0]);
    }
    return wrong != NULL ? wrong : compare(before);
}

/* ---- random lives ---- */

static enum process_status change_regions(struct life *life)
{
    struct region **region = &life->regions[dice(REGIONS)];
    const struct region_want want = {.address = dice(2) == 0 ? SPACE_ANYWHERE
                                                             : 0x50000000 + (dice(64) << 15),
                                     .size_bytes = (dice(100) + 1) << 12,
                                     .guard_bytes = dice(2) << 12,
                                     .can_write = dice(2) == 0};

    if (*region == NULL) {
        return space_reserve(&life->process.space, &want, region);
    }
    if (dice(3) == 0) {
        space_release(*region);
        *region = NULL;
    }
    return PROCESS_OK;
}

/* The upper part is kept where there is room for it, or goes. */
static enum process_status split(struct life *life, struct region *region, seL4_Word offset)
{
    struct region *upper;
    const enum process_status status = region_split(region, offset, &upper);

    if (status != PROCESS_OK) {
        return status;
    }
    for (unsigned i = 0; i < REGIONS; i++) {
        if (life->regions[i] == NULL) {
            life->regions[i] = upper;
            return PROCESS_OK;
        }
    }
    space_release(upper);
    return PROCESS_OK;
}

static enum process_status change_pages(struct life *life)
{
    struct region *region = life->regions[dice(REGIONS)];
    const struct region *from = lives[dice(PROCESSES)].regions[dice(REGIONS)];
    seL4_Word pages, first, count;

    if (region == NULL) {
        return PROCESS_OK;
    }
    pages = region_bytes(region) >> 12;
    first = dice(pages);
    count = dice(pages - first) + 1;
    switch (dice(6)) {
    case 0: region_protect(region, dice(2) == 0); return PROCESS_OK;
    case 1: return split(life, region, first << 12);
    case 2: return region_unmap(region, first << 12, count << 12);
    case 3:
        return from == NULL
                   ? PROCESS_OK
                   : region_share(region, first << 12, from, dice(4) << 12, (dice(3) + 1) << 12);
    default: return region_map(region, first << 12, count << 12);
    }
}

static enum process_status change_threads(struct life *life)
{
    struct thread *thread = &life->threads[dice(THREADS)];
    const struct thread_options options = {.stack_bytes = (dice(5) + 1) << 12,
                                           .priority = dice(PRIORITY),
                                           .max_controlled_priority = dice(200),
                                           .budget_us = dice(2) * 500,
                                           .period_us = 1000,
                                           .is_bare = dice(4) == 0};
    enum process_status status = PROCESS_OK;

    if (thread->process == NULL) {
        status = thread_new(thread, &life->process, &options);
    } else if (dice(2) == 0) {
        thread_free(thread);
    } else if (dice(4) == 0) {
        status = thread_set_priority(thread, dice(PRIORITY));
    } else {
        status = thread_begin(thread, 0x401000, thread->stack_top, 1);
        if (status == PROCESS_OK && dice(2) == 0) {
            thread_suspend(thread);
        }
    }
    return status;
}

static void create_or_destroy(struct life *life)
{
    if (life->exists && dice(4) == 0) {
        clear(life);
    } else if (life->exists) {
        destroy(life);
    } else if (create(life, (unsigned)dice(6) + 2) == PROCESS_OK && dice(8) != 0 &&
               give_endpoint(life) == PROCESS_OK &&
               process_load(&life->process, program, sizeof(program), NULL) == PROCESS_OK) {
        (void)!start(life);
    }
}

/* One thing done to a process; one that fails has changed nothing. */
static const char *change(struct life *life)
{
    const struct life_figures before = life_figures();
    enum process_status status;

    switch (dice(5)) {
    case 0:
    case 1: status = change_regions(life); break;
    case 2:
    case 3: status = change_pages(life); break;
    default: status = change_threads(life);
    }
    /* It may have set memory aside that could not be had before. */
    return status == PROCESS_OK || before.set_aside_bytes != life_figures().set_aside_bytes
               ? NULL
               : compare(before);
}

static const char *random_step(void)
{
    struct life *life = &lives[dice(PROCESSES)];

    if (!life->exists || dice(6) == 0) {
        create_or_destroy(life);
        return NULL;
    }
    switch (dice(8)) {
    case 0:
        if (life->runs) {
            process_suspend(&life->process);
            process_resume(&life->process);
        }
        return NULL;
    case 1: return life->runs ? talk() : NULL;
    case 2: return life->process.is_loaded ? look_at_memory(life) : NULL;
    default: return change(life);
    }
}

const char *life_random(uint64_t first_seed, unsigned steps)
{
    const struct life_figures before = life_figures();
    const char *wrong = NULL;

    seed = (first_seed + 1) * 0x9e3779b97f4a7c15ull | 1;
    for (unsigned i = 0; wrong == NULL && i < steps; i++) {
        wrong = random_step();
        if (i % 16 == 0) {
            pool_check(&home.pool);
        }
    }
    for (unsigned i = 0; i < PROCESSES; i++) {
        destroy(&lives[i]);
    }
    return wrong != NULL ? wrong : compare(before);
}
