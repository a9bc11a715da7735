// SPDX-License-Identifier: BSD-2-Clause
#include "core/cspace.h"

static struct slot *fail(struct lookup_failure *failure, struct lookup_failure why)
{
    *failure = why;
    return NULL;
}

struct slot *cspace_resolve(struct cap root, word_t address, unsigned bits, unsigned *bits_left,
                            struct lookup_failure *failure)
{
    struct cap cnode = root;
    unsigned left = bits;

    if (root.type != CAP_CNODE) {
        return fail(failure, (struct lookup_failure){.type = LOOKUP_INVALID_ROOT});
    }
    for (;;) {
        unsigned guard_size = cap_guard_size(cnode);
        unsigned level_bits = guard_size + cnode.bits;

        assert(level_bits != 0);
        /* guard_size is below 64, so the first shift is defined; left - guard_size may be 64 only
         * for an empty guard, whose comparison is skipped. */
        if (guard_size > left || (guard_size != 0 && ((address >> (left - guard_size)) &
                                                      MASK(guard_size)) != cap_guard(cnode))) {
            return fail(failure, (struct lookup_failure){.type = LOOKUP_GUARD_MISMATCH,
                                                         .bits_left = left,
                                                         .bits_found = guard_size,
                                                         .guard_found = cap_guard(cnode)});
        }
        if (level_bits > left) {
            return fail(failure, (struct lookup_failure){.type = LOOKUP_DEPTH_MISMATCH,
                                                         .bits_left = left,
                                                         .bits_found = level_bits});
        }
        left -= level_bits;

        struct slot *slots = cap_object(cnode);
        struct slot *slot = &slots[address >> left & MASK(cnode.bits)];

        if (left == 0 || slot->cap.type != CAP_CNODE) {
            *bits_left = left;
            return slot;
        }
        cnode = slot->cap;
    }
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
    unsigned bits_left;

    return cspace_resolve(root, address, WORD_BITS, &bits_left, failure);
}
