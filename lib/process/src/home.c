// SPDX-License-Identifier: BSD-2-Clause
#include "home_priv.h"

#include <process/arch.h>

enum process_status home_add_rest(struct home *home, const struct home_rest *rest)
{
    for (unsigned bits = rest->taken_bits; bits < rest->bits; bits++) {
        const seL4_Error error = seL4_Untyped_Retype(
            rest->untyped, seL4_UntypedObject, bits, rest->node_root, rest->node_index,
            rest->node_depth, rest->offset + (bits - rest->taken_bits), 1);

        if (error != seL4_NoError) {
            return pool_refused(&home->pool, error);
        }
    }
    for (unsigned bits = rest->bits; bits-- > rest->taken_bits;) {
        const enum process_status status =
            pool_add(&home->pool, rest->address + (bits - rest->taken_bits), bits);

        if (status != PROCESS_OK) {
            return status;
        }
    }
    return PROCESS_OK;
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
