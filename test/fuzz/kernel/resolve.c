// SPDX-License-Identifier: BSD-2-Clause
#include "resolve.h"

#include "core/cspace.h"
#include "fuzz.h"

struct outcome {
    struct slot *slot; /* NULL: see failure */
    unsigned bits_left;
    struct lookup_failure failure;
};

/* Bit number `at` of the low `bits` bits, counted from the highest. */
static unsigned bit(word_t address, unsigned bits, unsigned at)
{
    return address >> (bits - 1 - at) & 1;
}

static bool guard_matches(struct cap cnode, word_t address, unsigned bits, unsigned used)
{
    const unsigned size = cap_guard_size(cnode);

    for (unsigned i = 0; i < size; i++) {
        if (used + i >= bits ||
            bit(address, bits, used + i) != (cap_guard(cnode) >> (size - 1 - i) & 1)) {
            return false;
        }
    }
    return true;
}

static struct outcome resolve(struct cap cnode, word_t address, unsigned bits)
{
    unsigned used = 0;

    if (cnode.type != CAP_CNODE) {
        return (struct outcome){.failure = {.type = LOOKUP_INVALID_ROOT}};
    }
    for (;;) {
        const unsigned guard_size = cap_guard_size(cnode);
        word_t index = 0;

        if (!guard_matches(cnode, address, bits, used)) {
            return (struct outcome){.failure = {.type = LOOKUP_GUARD_MISMATCH,
                                                .bits_left = bits - used,
                                                .bits_found = guard_size,
                                                .guard_found = cap_guard(cnode)}};
        }
        if (used + guard_size + cnode.bits > bits) {
            return (struct outcome){.failure = {.type = LOOKUP_DEPTH_MISMATCH,
                                                .bits_left = bits - used,
                                                .bits_found = guard_size + cnode.bits}};
        }
        used += guard_size;
        for (unsigned i = 0; i < cnode.bits; i++) {
            index = index << 1 | bit(address, bits, used++);
        }
        struct slot *slot = (struct slot *)cap_object(cnode) + index;

        if (used == bits || slot->cap.type != CAP_CNODE) {
            return (struct outcome){.slot = slot, .bits_left = bits - used};
        }
        cnode = slot->cap;
    }
}

static void compare(const struct outcome *expected, const struct slot *slot,
                    struct lookup_failure failure, word_t address, unsigned bits)
{
    EXPECT(slot == expected->slot, "address 0x%lx (%u bits) leads to %p, expected %p", address,
           bits, (const void *)slot, (void *)expected->slot);
    EXPECT(slot != NULL || (failure.type == expected->failure.type &&
                            failure.bits_left == expected->failure.bits_left &&
                            failure.bits_found == expected->failure.bits_found &&
                            failure.guard_found == expected->failure.guard_found),
           "address 0x%lx (%u bits) fails with %u (%u left, %u found), expected %u (%u, %u)",
           address, bits, failure.type, failure.bits_left, failure.bits_found,
           expected->failure.type, expected->failure.bits_left, expected->failure.bits_found);
}

void resolve_check_address(const struct tcb *tcb, word_t address)
{
    const struct outcome expected = resolve(tcb->slots[TCB_SLOT_CSPACE].cap, address, WORD_BITS);
    struct lookup_failure failure = {0};

    compare(&expected, cspace_lookup(tcb, address, &failure), failure, address, WORD_BITS);
}

void resolve_check_slot(struct cap root, word_t index, unsigned depth)
{
    struct outcome expected = resolve(root, index, depth);
    struct lookup_failure failure = {0};

    if (expected.slot != NULL && expected.bits_left != 0) {
        expected = (struct outcome){
            .failure = {.type = LOOKUP_DEPTH_MISMATCH, .bits_left = expected.bits_left}};
    }
    compare(&expected, cspace_resolve_exactly(root, index, depth, &failure), failure, index, depth);
}
