// SPDX-License-Identifier: BSD-2-Clause
#include "objects.h"

#include "arch.h"
#include "memory.h"
#include "report.h"

/* The builder counts on as many. */
enum { OWN_PAGES = 16 };

static struct memory memory;
static uint64_t free_bytes; /* when fixed objects were made */
static seL4_CPtr own_pages;
static unsigned own_pages_used;

static void add_block(seL4_CPtr slot, uint64_t paddr, unsigned bits, bool device)
{
    if (!memory_add(&memory, slot, paddr, bits, device)) {
        report_stop("fixed addresses cut memory into more than %d pieces", MEMORY_BLOCKS_MAX);
    }
}

static void find_memory(const struct job *job)
{
    const seL4_SlotRegion *untyped = &job->boot->untyped;

    for (seL4_CPtr slot = untyped->start; slot < untyped->end; slot++) {
        const seL4_UntypedDesc *desc = &job->boot->untypedList[slot - untyped->start];

        add_block(slot, desc->paddr, desc->sizeBits, desc->isDevice);
    }
}

/* Makes what lies before an address into blocks of their own. */
static void cut(struct job *job, struct memory_block *block, uint64_t to, uint32_t object)
{
    while (block->at < to) {
        const unsigned bits = memory_piece_bits(block, to);
        const seL4_CPtr slot = job_slot(job);

        report_answer(seL4_Untyped_Retype(block->slot, seL4_UntypedObject, bits,
                                          seL4_CapInitThreadCNode, 0, 0, slot, 1),
                      "cutting memory for it", object, SYSTEM_NONE, 0);
        add_block(slot, block->at, bits, block->device);
        block->at += UINT64_C(1) << bits;
    }
}

/* Kernel objects that take memory but are not made by Retype are made of a piece of it. */
static void make_asid_pools(struct job *job, const struct memory_block *block, uint32_t object,
                            uint32_t first, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const seL4_CPtr page = job_slot(job);

        report_answer(seL4_Untyped_Retype(block->slot, seL4_UntypedObject, seL4_ASIDPoolBits,
                                          seL4_CapInitThreadCNode, 0, 0, page, 1),
                      "making memory for it", object, SYSTEM_NONE, 0);
        report_answer(arch_make_asid_pool(page, job_cap(job, object, first + i)), "making it",
                      object, SYSTEM_NONE, 0);
    }
}

/* At most so many that one call makes them all. */
static uint32_t make_some(struct job *job, struct memory_block *block, uint32_t object,
                          uint32_t first)
{
    const struct system_object *run = &job->objects[object];
    uint32_t wanted = run->count - first;
    uint32_t count = memory_fit(block, run->size_bits, wanted);

    if (count > CONFIG_RETYPE_FAN_OUT_LIMIT) {
        count = CONFIG_RETYPE_FAN_OUT_LIMIT;
    }
    if (run->kind == SYSTEM_ASID_POOL) {
        make_asid_pools(job, block, object, first, count);
    } else {
        report_answer(seL4_Untyped_Retype(block->slot, arch_object_type(run), arch_size_bits(run),
                                          seL4_CapInitThreadCNode, 0, 0,
                                          job_cap(job, object, first), count),
                      "making it", object, SYSTEM_NONE, 0);
    }
    memory_take(block, run->size_bits, count);
    return count;
}

static void make_fixed(struct job *job, uint32_t object)
{
    const struct system_object *run = &job->objects[object];
    uint32_t made = 0;

    while (made < run->count) {
        const uint64_t paddr = run->paddr + ((uint64_t)made << run->size_bits);
        struct memory_block *block = memory_at(&memory, paddr, UINT64_C(1) << run->size_bits);

        if (!block) {
            report_object(object, SYSTEM_NONE, 0,
                          "the kernel gives no memory at physical address 0x%llx",
                          (unsigned long long)paddr);
        }
        cut(job, block, paddr, object);
        made += make_some(job, block, object, made);
    }
}

/* Behind fixed objects memory is not aligned to what comes next. */
static void cut_rests(struct job *job, uint32_t object)
{
    const uint32_t count = memory.count;

    for (uint32_t i = 0; i < count; i++) {
        struct memory_block *block = &memory.blocks[i];

        if (!block->device && memory_is_ragged(block)) {
            cut(job, block, block->end, object);
        }
    }
}

static bool is_memory(const struct system_object *run)
{
    return run->kind < SYSTEM_MEMORY_KINDS;
}

static bool is_fixed(const struct system_object *run)
{
    return run->paddr != SYSTEM_NO_PADDR;
}

static uint32_t run_count(const struct job *job)
{
    return system_count(job->image, SYSTEM_TABLE_OBJECTS);
}

static void make_all_fixed(struct job *job)
{
    uint32_t last = SYSTEM_NONE;

    for (uint32_t object = 0; object < run_count(job); object++) {
        if (is_memory(&job->objects[object]) && is_fixed(&job->objects[object])) {
            make_fixed(job, object);
            last = object;
        }
    }
    if (last != SYSTEM_NONE) {
        cut_rests(job, last);
    }
}

static uint64_t floating_bytes(const struct job *job)
{
    uint64_t bytes = OWN_PAGES << seL4_PageBits;

    for (uint32_t object = 0; object < run_count(job); object++) {
        const struct system_object *run = &job->objects[object];

        if (is_memory(run) && !is_fixed(run)) {
            bytes += system_run_bytes(run);
        }
    }
    return bytes;
}

static struct memory_block *room(const struct job *job, unsigned bits)
{
    struct memory_block *block = memory_room(&memory, bits);

    if (!block) {
        report_stop(SYSTEM_MEMORY_MESSAGE, (unsigned long long)floating_bytes(job) >> 10,
                    (unsigned long long)free_bytes >> 10);
    }
    return block;
}

/* As untyped memory, from which objects_make_own() takes. */
static void make_own_pages(struct job *job)
{
    own_pages = job_slot(job);
    for (unsigned i = 1; i < OWN_PAGES; i++) {
        job_slot(job);
    }
    for (unsigned made = 0; made < OWN_PAGES;) {
        struct memory_block *block = room(job, seL4_PageBits);
        const uint32_t count = memory_fit(block, seL4_PageBits, OWN_PAGES - made);
        const seL4_Error error =
            seL4_Untyped_Retype(block->slot, seL4_UntypedObject, seL4_PageBits,
                                seL4_CapInitThreadCNode, 0, 0, own_pages + made, count);

        if (error != seL4_NoError) {
            report_stop("no page tables for the initialiser: error %d", (int)error);
        }
        memory_take(block, seL4_PageBits, count);
        made += count;
    }
}

static void make_run(struct job *job, uint32_t object)
{
    const struct system_object *run = &job->objects[object];

    for (uint32_t made = 0; made < run->count;) {
        made += make_some(job, room(job, run->size_bits), object, made);
    }
}

static void make_size(struct job *job, unsigned bits)
{
    for (uint32_t object = 0; object < run_count(job); object++) {
        const struct system_object *run = &job->objects[object];

        if (run->size_bits == bits && is_memory(run) && !is_fixed(run)) {
            make_run(job, object);
        }
    }
    if (bits == seL4_PageBits) {
        make_own_pages(job);
    }
}

void objects_make(struct job *job)
{
    uint64_t sizes = UINT64_C(1) << seL4_PageBits;

    find_memory(job);
    make_all_fixed(job);
    free_bytes = memory_free_bytes(&memory);
    for (uint32_t object = 0; object < run_count(job); object++) {
        sizes |= UINT64_C(1) << job->objects[object].size_bits;
    }
    for (unsigned bits = 64; bits-- > 0;) {
        if (sizes >> bits & 1) {
            make_size(job, bits);
        }
    }
}

seL4_CPtr objects_make_own(struct job *job, seL4_Word type)
{
    const seL4_CPtr slot = job_slot(job);
    seL4_Error error;

    if (own_pages_used == OWN_PAGES) {
        report_stop("the initialiser needs more than %d page tables of its own", OWN_PAGES);
    }
    error = seL4_Untyped_Retype(own_pages + own_pages_used++, type, 0, seL4_CapInitThreadCNode, 0,
                                0, slot, 1);
    if (error != seL4_NoError) {
        report_stop("no page table for the initialiser: error %d", (int)error);
    }
    return slot;
}

void objects_issue(struct job *job)
{
    for (uint32_t object = 0; object < run_count(job); object++) {
        const struct system_object *run = &job->objects[object];

        if (run->kind != SYSTEM_IRQ && run->kind != SYSTEM_IO_PORTS &&
            run->kind != SYSTEM_IO_SPACE) {
            continue;
        }
        if (run->kind == SYSTEM_IO_SPACE && job->boot->numIOPTLevels == 0) {
            report_object(object, SYSTEM_NONE, 0,
                          "it needs an IOMMU, and the kernel has found none in this machine");
        }
        report_answer(arch_issue(job, run, job_cap(job, object, 0)), "asking for it", object,
                      SYSTEM_NONE, 0);
    }
}
