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

/* Takes the CNode's guard off the front of an address; false if it differs or does not fit. */
static bool take_guard(struct cap cnode, word_t *rest, unsigned *left)
{
    const unsigned size = cap_guard_size(cnode);

    if (size > *left || (size != 0 && *rest >> (WORD_BITS - size) != cap_guard(cnode))) {
        return false;
    }
    *rest <<= size;
    *left -= size;
    return true;
}

/*
 * From a CNode, whose guard has been taken and whose index fits, down through those below
 * that have no guard. There may be 64 of them, and a system call may look up more than ten
 * addresses without a look at interrupts: hence the care. A level has at least one bit of
 * index, so no shift is by 64.
 */
ALWAYS_INLINE struct slot *descend(struct cap cnode, word_t *rest, unsigned *left)
{
    struct slot *slot;

    do {
        slot = (struct slot *)cap_object(cnode) + (*rest >> (-cnode.word % WORD_BITS));
        *rest <<= cnode.word % WORD_BITS;
        *left -= cnode.bits;
        cnode.word = slot->cap.word;
    } while (cap_is_cnode_of(cnode, CNODE_PLAIN) && cnode.bits <= *left);
    return slot;
}

/* Keeps what is left of the address at the top of `rest`, so that guard and index are its first
 * bits. */
struct slot *cspace_resolve(struct cap root, word_t address, unsigned bits, unsigned *bits_left,
                            struct lookup_failure *failure)
{
    word_t rest = address << (WORD_BITS - bits);
    struct cap cnode = root;
    unsigned left = bits;
    struct slot *slot;

    if (root.type != CAP_CNODE) {
        return fail(failure, (struct lookup_failure){.type = LOOKUP_INVALID_ROOT});
    }
    do {
        const unsigned left_before = left;

        if (!cap_is_cnode_of(cnode, CNODE_PLAIN) && !take_guard(cnode, &rest, &left)) {
            return guard_mismatch(failure, cnode, left_before);
        }
        if (cnode.bits > left) {
            return depth_mismatch(failure, cnode, left_before);
        }
        slot = descend(cnode, &rest, &left);
        cnode = slot->cap;
    } while (left != 0 && cnode.type == CAP_CNODE);
    *bits_left = left;
    return slot;
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
