// SPDX-License-Identifier: BSD-2-Clause
#include "home_priv.h"

#include <process/arch.h>

static seL4_CPtr piece_address(const struct home_rest *rest, unsigned bits)
{
    return rest->address + (bits - rest->taken_bits);
}

/* One piece of each size from what is taken up to half of the whole: their sum is the rest. */
static seL4_Error cut_rest(const struct home_rest *rest)
{
    seL4_Error error = seL4_NoError;

    for (unsigned bits = rest->taken_bits; error == seL4_NoError && bits < rest->bits; bits++) {
        error = seL4_Untyped_Retype(rest->untyped, seL4_UntypedObject, bits, rest->node_root,
                                    rest->node_index, rest->node_depth,
                                    rest->offset + (bits - rest->taken_bits), 1);
    }
    return error;
}

/* The first table stays for good, so it goes into the smallest piece that holds it. */
enum process_status home_add_rest(struct home *home, const struct home_rest *rest)
{
    const unsigned table_bits = home->pool.slots.table_bits + seL4_SlotBits;
    const unsigned first = table_bits > rest->taken_bits ? table_bits : rest->taken_bits;
    enum process_status status;
    seL4_Error error;

    if (first >= rest->bits) {
        return PROCESS_NO_MEMORY;
    }
    error = cut_rest(rest);
    status = error == seL4_NoError ? pool_add(&home->pool, piece_address(rest, first), first)
                                   : pool_refused(&home->pool, error);

    for (unsigned bits = rest->taken_bits; status == PROCESS_OK && bits < rest->bits; bits++) {
        if (bits != first) {
            status = pool_add(&home->pool, piece_address(rest, bits), bits);
        }
    }
    return status;
}

enum process_status home_finish(struct home *home, seL4_CPtr vspace,
                                const struct home_memory *memory)
{
    if (memory->start >= memory->end || memory->end > process_arch.user_end) {
        return PROCESS_BAD_ARGUMENT;
    }
    space_of_existing(&home->space, &home->pool, vspace, memory->start, memory->end);
    return window_new(&home->window, &home->space);
}
