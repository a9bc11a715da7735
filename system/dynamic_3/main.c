// SPDX-License-Identifier: BSD-2-Clause
/* Loads process_2 from an archive, talks with it, and frees it. */
#include <microkit.h>
#include <process/process.h>
#include <process/ustar.h>
#include <tiny/printf.h>

/* As in dynamic_3.system. */
enum { UNTYPED = 1, ASID_POOL = 2, SCHED_CONTROL = 3, OWN_CNODE = 4, OWN_TCB = 5, OWN_VSPACE = 6 };
enum { FIRST_FREE = 7, FREE_COUNT = 64 - FIRST_FREE, UNTYPED_BITS = 22 };
/* What process_2 gets: an endpoint in this slot, with this badge. */
enum { ENDPOINT_SLOT = 1, BADGE = 0x61, CNODE_BITS = 4 };
enum { RECORDS_BYTES = 64 << 10 };

seL4_Word programs, programs_bytes; /* set by the system builder */

static struct home home;
static struct process process_2;
static struct object endpoint, reply;
static char records[RECORDS_BYTES];

static void put(void *context, char c)
{
    (void)context;
    microkit_dbg_putc(c);
}

static enum process_status set_up(void)
{
    static const struct home_untyped untyped[] = {{UNTYPED, UNTYPED_BITS}};
    const struct home_slots slots = {.cnode = OWN_CNODE,
                                     .tcb = OWN_TCB,
                                     .vspace = OWN_VSPACE,
                                     .asid_pool = ASID_POOL,
                                     .sched_control = SCHED_CONTROL,
                                     .first_free = FIRST_FREE,
                                     .free_count = FREE_COUNT,
                                     .untyped = untyped,
                                     .untyped_count = 1};
    const struct home_memory memory = {.records = records,
                                       .records_bytes = sizeof(records),
                                       .start = 0x10000000000,
                                       .end = 0x20000000000};
    enum process_status status = home_of_component(&home, &slots, &memory);

    if (status == PROCESS_OK) {
        status = pool_new(&home.pool, seL4_EndpointObject, 0, &endpoint);
    }
    return status == PROCESS_OK ? pool_new(&home.pool, seL4_ReplyObject, 0, &reply) : status;
}

static enum process_status start(const struct ustar_file *file)
{
    const char *const arguments[] = {"process_2", NULL};
    const struct start_data data = {.arguments = arguments};
    const struct thread_options options = {
        .priority = 50, .budget_us = 5000, .period_us = 5000, .fault_endpoint = endpoint.cap};
    enum elf_status why;
    enum process_status status = process_load(&process_2, file->bytes, file->size_bytes, &why);

    if (status == PROCESS_BAD_PROGRAM) {
        tiny_printf("main: %s: %s\n", file->name, elf_status_text(why));
    }
    if (status == PROCESS_OK) {
        status = process_give(&process_2, ENDPOINT_SLOT, endpoint.cap, PROCESS_CAN_CALL, BADGE);
    }
    return status == PROCESS_OK ? process_start(&process_2, &options, &data) : status;
}

/* Answers calls until something without the badge comes: the fault that is process_2's end. */
static void serve(void)
{
    seL4_Word badge;
    seL4_MessageInfo_t info = seL4_Recv(endpoint.cap, &badge, reply.cap);

    while (badge == BADGE) {
        const seL4_Word word = seL4_GetMR(0);

        tiny_printf("main: got a message 0x%lx from 0x%lx\n", (unsigned long)word,
                    (unsigned long)badge);
        seL4_SetMR(0, ~word);
        info = seL4_ReplyRecv(endpoint.cap, seL4_MessageInfo_new(0, 0, 0, 1), &badge, reply.cap);
    }
    if (seL4_MessageInfo_get_label(info) != seL4_Fault_UnknownSyscall) {
        tiny_printf("main: process_2 has failed\n");
    }
}

static enum process_status run(void)
{
    struct ustar_file file;
    enum process_status status;

    if (ustar_find((const void *)programs, programs_bytes, "process_2.elf", &file) != USTAR_OK) {
        return PROCESS_BAD_PROGRAM;
    }
    status = process_new(&process_2, &home, CNODE_BITS);
    if (status == PROCESS_OK) {
        status = start(&file);
        if (status == PROCESS_OK) {
            serve();
        }
        process_free(&process_2);
    }
    return status;
}

void init(void)
{
    enum process_status status;

    tiny_set_output(put, NULL);
    status = set_up();
    if (status == PROCESS_OK) {
        const size_t free_bytes = home.pool.free_bytes;

        status = run();
        if (home.pool.free_bytes != free_bytes) {
            tiny_printf("main: memory is lost\n");
        }
    }
    if (status != PROCESS_OK) {
        tiny_printf("main: %s\n", process_status_text(status));
    }
}

void notified(microkit_channel channel)
{
    (void)channel;
}
