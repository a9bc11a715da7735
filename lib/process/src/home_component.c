// SPDX-License-Identifier: BSD-2-Clause
/*
 * A component's CSpace is a root CNode of 64 slots, and the capability to it that it is given has
 * a guard that takes the other 58 bits: it names slots of the root and no others. For slots in
 * CNodes below, the pool needs one without a guard, and that one has to lie below, because an
 * address that ends at a CNode has to use up all 64 bits. So, with `last` the last free root slot
 * and `first` the first:
 *
 *   1. a CNode of 64 slots is made in `last`; without a guard, (own, last << 6 | i, 64) names
 *      its slot i
 *   2. its slot 0 gets a copy of the own root CNode without a guard
 *   3. it moves to `first` and gets the guard that makes first << 58 the address of that copy
 */
#include "home_priv.h"

enum {
    ROOT_BITS = 6,
    SHIFT = 64 - ROOT_BITS,
    START_BITS = 6, /* of the first CNode: as many as make step 1 come out at 64 bits */
    ROOT_INDEX = 0,
    FIRST_REST_INDEX = 1,
};

static seL4_CPtr root_address(unsigned slot)
{
    return (seL4_CPtr)slot << SHIFT;
}

static seL4_Error make_root_cap(const struct home_slots *slots, seL4_CPtr untyped)
{
    const seL4_CPtr own = root_address(slots->cnode) | slots->cnode;
    const unsigned first = slots->first_free, last = first + slots->free_count - 1;
    seL4_Error error =
        seL4_Untyped_Retype(untyped, seL4_CapTableObject, START_BITS, own, 0, 0, last, 1);

    if (error == seL4_NoError) {
        error = seL4_CNode_Mint(own, (seL4_Word)last << START_BITS | ROOT_INDEX, seL4_WordBits, own,
                                slots->cnode, SHIFT, seL4_AllRights, 0);
    }
    if (error == seL4_NoError) {
        error = seL4_CNode_Mutate(own, first, SHIFT, own, last, SHIFT, SHIFT - START_BITS);
    }
    return error;
}

static enum process_status fill_pool(struct home *home, const struct home_slots *slots)
{
    const struct home_rest rest = {.untyped = home->first_untyped,
                                   .bits = slots->untyped[0].bits,
                                   .taken_bits = START_BITS + seL4_SlotBits,
                                   .node_root = home->pool.slots.root,
                                   .node_index = slots->first_free,
                                   .node_depth = ROOT_BITS,
                                   .offset = FIRST_REST_INDEX,
                                   .address = root_address(slots->first_free) | FIRST_REST_INDEX};
    enum process_status status = home_add_rest(home, &rest);

    for (unsigned i = 1; status == PROCESS_OK && i < slots->untyped_count; i++) {
        status =
            pool_add(&home->pool, root_address(slots->untyped[i].slot), slots->untyped[i].bits);
    }
    return status;
}

enum process_status home_of_component(struct home *home, const struct home_slots *slots,
                                      const struct home_memory *memory)
{
    const struct pool_setup setup = {.root = root_address(slots->first_free) | ROOT_INDEX,
                                     .root_bits = ROOT_BITS,
                                     .table_bits = (uint8_t)home_table_bits(memory),
                                     .first_root_slot = (uint16_t)(slots->first_free + 1),
                                     .root_slot_count = (uint16_t)(slots->free_count - 1),
                                     .records = memory->records,
                                     .records_bytes = memory->records_bytes};
    enum process_status status;
    seL4_Error error;

    *home = (struct home){.tcb = root_address(slots->tcb),
                          .asid_pool = root_address(slots->asid_pool),
                          .sched_control = root_address(slots->sched_control)};
    if (slots->untyped_count == 0 || slots->free_count < 4 ||
        slots->first_free + slots->free_count > 1u << ROOT_BITS) {
        return PROCESS_BAD_ARGUMENT;
    }
    home->first_untyped = root_address(slots->untyped[0].slot);
    error = make_root_cap(slots, home->first_untyped);
    if (error != seL4_NoError) {
        return pool_refused(&home->pool, error);
    }
    pool_init(&home->pool, &setup);
    status = fill_pool(home, slots);
    return status == PROCESS_OK ? home_finish(home, root_address(slots->vspace), memory) : status;
}
