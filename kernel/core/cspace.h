// SPDX-License-Identifier: BSD-2-Clause
/* Finding capabilities by address: docs/kernel/capabilities.md. */
#pragma once

#include "core/fault.h"
#include "object/slot.h"
#include "object/tcb.h"

/* Walks from `root` along the low `bits` bits of `address`. NULL: see `failure`. What remains of
 * the bits when a slot without a CNode is reached is left in *bits_left. */
struct slot *cspace_resolve(struct cap root, word_t address, unsigned bits, unsigned *bits_left,
                            struct lookup_failure *failure);

/* The slot in a CNode that takes all that is left of an address and to which the first slot of the
 * root leads, as in CSpaces of components. NULL: the CSpace is no such one, or the address. */
static inline struct slot *cspace_find_nested(struct cap root, word_t address)
{
    if (!cap_is_cnode_of(root, CNODE_PLAIN)) {
        return NULL;
    }
    const struct cap inner = ((const struct slot *)cap_object(root))->cap;

    /* The sum is right only with a guard of zeros: any other makes `data` too large. */
    if (inner.type != CAP_CNODE || inner.data + inner.bits + root.bits != WORD_BITS ||
        address >> inner.bits != 0) {
        return NULL;
    }
    return (struct slot *)cap_object(inner) + address;
}

/* The slot a system call's capability address names in the CSpace of `root`; NULL: see `failure`.
 * Most CSpaces that users build take one step, so that step is inline. */
struct slot *cspace_lookup_slowly(struct cap root, word_t address, struct lookup_failure *failure);

static inline struct slot *cspace_lookup(const struct tcb *tcb, word_t address,
                                         struct lookup_failure *failure)
{
    const struct cap root = tcb->slots[TCB_SLOT_CSPACE].cap;

    if (likely(cap_is_cnode_of(root, CNODE_WHOLE) && address >> root.bits == 0)) {
        return (struct slot *)cap_object(root) + address;
    }
    return cspace_lookup_slowly(root, address, failure);
}

/* The slot that all `bits` (1..64) of the address name. NULL: see `failure`. */
struct slot *cspace_resolve_exactly(struct cap root, word_t address, unsigned bits,
                                    struct lookup_failure *failure);
