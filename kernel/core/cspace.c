// SPDX-License-Identifier: BSD-2-Clause
#include "core/cspace.h"

static struct slot *fail(struct lookup_failure *failure, struct lookup_failure why)
{
    *failure = why;
    return NULL;
}

static struct slot *guard_mismatch(struct lookup_failure *failure, struct cap cnode, unsigned left)
{
    return fail(failure, (struct lookup_failure){.type = LOOKUP_GUARD_MISMATCH,
                                                 .bits_left = left,
                                                 .bits_found = cap_guard_size(cnode),
                                                 .guard_found = cap_guard(cnode)});
}

static struct slot *depth_mismatch(struct lookup_failure *failure, struct cap cnode, unsigned left)
{
    return fail(failure, (struct lookup_failure){.type = LOOKUP_DEPTH_MISMATCH,
                                                 .bits_left = left,
                                                 .bits_found = cap_guard_size(cnode) + cnode.bits});
}

/*
 * Keeps what is left of the address at the top of `rest`, so that guard and index are its first
 * bits. A level has at least one bit of index, so no shift is by 64. There may be 64 levels, and
 * a call may look up seven addresses, without a look at interrupts: hence the care.
 */
struct slot *cspace_resolve(struct cap root, word_t address, unsigned bits, unsigned *bits_left,
                            struct lookup_failure *failure)
{
    word_t rest = address << (WORD_BITS - bits);
    const struct cap *cnode = &root;
    unsigned left = bits;

    if (root.type != CAP_CNODE) {
        return fail(failure, (struct lookup_failure){.type = LOOKUP_INVALID_ROOT});
    }
    do {
        const word_t guard = cnode->data; /* 0: none, by far the most common */
        const unsigned radix = cnode->bits;
        unsigned level_bits = radix;

        if (unlikely(guard != 0)) {
            const unsigned guard_size = cap_guard_size(*cnode);

            if (guard_size > left ||
                (guard_size != 0 && rest >> (WORD_BITS - guard_size) != cap_guard(*cnode))) {
                return guard_mismatch(failure, *cnode, left);
            }
            rest <<= guard_size;
            level_bits += guard_size;
        }
        if (unlikely(level_bits > left)) {
            return depth_mismatch(failure, *cnode, left);
        }
        /* A slot begins with its capability. */
        cnode = &((const struct slot *)cap_object(*cnode))[rest >> (WORD_BITS - radix)].cap;
        rest <<= radix;
        left -= level_bits;
    } while (left != 0 && cnode->type == CAP_CNODE);
    *bits_left = left;
    return (struct slot *)(uintptr_t)cnode;
}

struct slot *cspace_resolve_exactly(struct cap root, word_t address, unsigned bits,
                                    struct lookup_failure *failure)
{
    unsigned bits_left;
    struct slot *slot = cspace_resolve(root, address, bits, &bits_left, failure);

    if (slot != NULL && bits_left != 0) {
        return fail(failure,
                    (struct lookup_failure){.type = LOOKUP_DEPTH_MISMATCH, .bits_left = bits_left});
    }
    return slot;
}

struct slot *cspace_lookup_slowly(struct cap root, word_t address, struct lookup_failure *failure)
{
    struct slot *nested = cspace_find_nested(root, address);
    unsigned bits_left;

    if (likely(nested != NULL)) {
        return nested;
    }
    return cspace_resolve(root, address, WORD_BITS, &bits_left, failure);
}
