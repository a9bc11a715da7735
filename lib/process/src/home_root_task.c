// SPDX-License-Identifier: BSD-2-Clause
#include "home_priv.h"

enum { ROOT_BITS = 8, OLD_ROOT_SLOT = 0, FIRST_TABLE_SLOT = 1 };

static seL4_Word guard_of(unsigned bits)
{
    return bits;
}

/* The largest piece of RAM; 0: there is none. */
static seL4_CPtr largest_ram(const seL4_BootInfo *info, unsigned *bits)
{
    seL4_CPtr best = 0;

    *bits = 0;
    for (seL4_Word i = 0; i < info->untyped.end - info->untyped.start; i++) {
        const seL4_UntypedDesc *piece = &info->untypedList[i];

        if (!piece->isDevice && piece->sizeBits > *bits) {
            best = info->untyped.start + i;
            *bits = piece->sizeBits;
        }
    }
    return best;
}

/* A root CNode at the bottom of the untyped, whose slot 0 leads to the old one, becomes ours. */
static seL4_Error make_root(const seL4_BootInfo *info, seL4_CPtr untyped, seL4_CPtr root)
{
    const seL4_CPtr old = seL4_CapInitThreadCNode;
    seL4_Error error =
        seL4_Untyped_Retype(untyped, seL4_CapTableObject, ROOT_BITS, old, 0, 0, root, 1);

    if (error == seL4_NoError) {
        error = seL4_CNode_Mint(
            root, OLD_ROOT_SLOT, ROOT_BITS, old, old, seL4_WordBits, seL4_AllRights,
            guard_of(seL4_WordBits - ROOT_BITS - (unsigned)info->initThreadCNodeSizeBits));
    }
    if (error == seL4_NoError) {
        error = seL4_TCB_SetSpace(seL4_CapInitThreadTCB, 0, root, 0, seL4_CapInitThreadVSpace, 0);
    }
    return error;
}

static enum process_status add_others(struct home *home, const seL4_BootInfo *info)
{
    for (seL4_CPtr cap = info->untyped.start; cap < info->untyped.end; cap++) {
        const seL4_UntypedDesc *piece = &info->untypedList[cap - info->untyped.start];

        if (!piece->isDevice && cap != home->first_untyped) {
            const enum process_status status = pool_add(&home->pool, cap, piece->sizeBits);

            if (status != PROCESS_OK) {
                return status;
            }
        }
    }
    return PROCESS_OK;
}

static enum process_status fill_pool(struct home *home, const seL4_BootInfo *info, unsigned bits)
{
    const struct home_rest rest = {.untyped = home->first_untyped,
                                   .bits = bits,
                                   .taken_bits = ROOT_BITS + seL4_SlotBits,
                                   .node_root = seL4_CapInitThreadCNode,
                                   .offset = info->empty.start + 1,
                                   .address = info->empty.start + 1};
    const enum process_status status = home_add_rest(home, &rest);

    return status == PROCESS_OK ? add_others(home, info) : status;
}

enum process_status home_of_root_task(struct home *home, const seL4_BootInfo *info,
                                      const struct home_memory *memory)
{
    const seL4_CPtr root = info->empty.start;
    const struct pool_setup setup = {.root = root,
                                     .root_bits = ROOT_BITS,
                                     .table_bits = (uint8_t)home_table_bits(memory),
                                     .first_root_slot = FIRST_TABLE_SLOT,
                                     .root_slot_count = (1u << ROOT_BITS) - FIRST_TABLE_SLOT,
                                     .records = memory->records,
                                     .records_bytes = memory->records_bytes};
    enum process_status status;
    seL4_Error error;
    unsigned bits;

    *home = (struct home){.tcb = seL4_CapInitThreadTCB,
                          .asid_pool = seL4_CapInitThreadASIDPool,
                          .sched_control = info->schedcontrol.start,
                          .first_untyped = largest_ram(info, &bits)};
    if (home->first_untyped == 0) {
        return PROCESS_NO_MEMORY;
    }
    error = make_root(info, home->first_untyped, root);
    if (error != seL4_NoError) {
        return pool_refused(&home->pool, error);
    }
    pool_init(&home->pool, &setup);
    status = fill_pool(home, info, bits);
    return status == PROCESS_OK ? home_finish(home, seL4_CapInitThreadVSpace, memory) : status;
}
