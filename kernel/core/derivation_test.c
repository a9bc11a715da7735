// SPDX-License-Identifier: BSD-2-Clause
/* kernel.core.derivation: who is whose child, after copies, moves and removals. */
#include "core/derivation.h"

#include "arch/host/unit_test.h"
#include "lib/string.h"
#include "object/untyped.h"

static struct slot slots[12];
static word_t endpoint[2] __attribute__((aligned(16)));

static void start(void)
{
    memset(slots, 0, sizeof(slots));
}

static struct cap badged(word_t badge)
{
    return cap_endpoint(endpoint, RIGHT_ALL, badge);
}

/* Is `below` among what a revocation of `slot` would delete? */
static bool would_revoke(const struct slot *slot, const struct slot *below)
{
    for (const struct slot *at = slot_next(slot); at != NULL && slot_is_parent(slot, at);
         at = slot_next(at)) {
        if (at == below) {
            return true;
        }
    }
    return false;
}

static void test_copies(void)
{
    start();
    slot_insert_root(&slots[0], badged(0));
    slot_insert(&slots[1], &slots[0], badged(0));
    slot_insert(&slots[2], &slots[1], badged(0)); /* a copy's copy: a sibling of the copy */
    CHECK(would_revoke(&slots[0], &slots[1]) && would_revoke(&slots[0], &slots[2]));
    CHECK(!slot_has_children(&slots[1]) && !slot_has_children(&slots[2]));
    CHECK(!slot_is_last(&slots[0]) && !slot_is_last(&slots[2]));
}

static void test_badges(void)
{
    start();
    slot_insert_root(&slots[0], badged(0));
    slot_insert(&slots[1], &slots[0], badged(5));
    slot_insert(&slots[2], &slots[1], badged(5));
    slot_insert(&slots[3], &slots[0], badged(6));
    CHECK(would_revoke(&slots[1], &slots[2]) && !would_revoke(&slots[1], &slots[3]));
    CHECK(would_revoke(&slots[0], &slots[2]) && would_revoke(&slots[0], &slots[3]));
}

static void test_badge_given_again(void)
{
    start();
    slot_insert_root(&slots[0], badged(0));
    slot_insert(&slots[1], &slots[0], badged(5));
    slot_insert(&slots[2], &slots[1], badged(5));
    slot_clear(&slots[1]);
    slot_insert(&slots[1], &slots[0], badged(5));
    CHECK(!would_revoke(&slots[1], &slots[2]));
    slot_insert(&slots[4], &slots[1], badged(5));
    CHECK(would_revoke(&slots[1], &slots[4]) && !would_revoke(&slots[1], &slots[2]));
}

static void test_parent_goes(void)
{
    start();
    slot_insert_root(&slots[0], cap_untyped(0x100000, 16, false));
    slot_insert_original(&slots[1], &slots[0], cap_untyped(0x100000, 14, false));
    slot_insert_original(&slots[2], &slots[1], cap_frame(0x101000, PAGE_BITS, false));
    slot_clear(&slots[1]);
    CHECK(would_revoke(&slots[0], &slots[2]));
    slot_clear(&slots[2]);
    CHECK(!slot_has_children(&slots[0]));
}

static void test_untyped_copy(void)
{
    start();
    slot_insert_root(&slots[0], cap_untyped(0x100000, 16, false));
    slot_insert(&slots[1], &slots[0], slots[0].cap);
    CHECK(untyped_watermark(slots[0].cap) == BIT(16) && slot_has_children(&slots[0]));
    CHECK(!slot_has_children(&slots[1]));
}

static void test_move(void)
{
    test_badges();
    slot_move(&slots[8], &slots[1], slots[1].cap);
    CHECK(slot_is_empty(&slots[1]) && slots[1].next_word == 0 && slots[1].prev_word == 0);
    CHECK(would_revoke(&slots[8], &slots[2]) && would_revoke(&slots[0], &slots[8]));
}

static void test_swap(void)
{
    test_badges();
    slot_swap(&slots[1], &slots[2]); /* neighbours, parent and child */
    CHECK(would_revoke(&slots[2], &slots[1]) && !would_revoke(&slots[1], &slots[2]));
    slot_swap(&slots[2], &slots[9]); /* with an empty slot, either way round */
    CHECK(would_revoke(&slots[9], &slots[1]) && slot_is_empty(&slots[2]));
    slot_swap(&slots[2], &slots[9]);
    CHECK(would_revoke(&slots[2], &slots[1]) && slot_is_empty(&slots[9]));
}

static void test_run(void)
{
    start();
    slot_insert_root(&slots[0], cap_untyped(0x100000, 16, false));
    slot_insert_original(&slots[1], &slots[0], cap_frame(0x100000, PAGE_BITS, false));
    slot_insert_run(&slots[2], 3, &slots[0], cap_frame(0x101000, PAGE_BITS, false), BIT(PAGE_BITS));
    for (unsigned i = 1; i < 5; i++) {
        CHECK(would_revoke(&slots[0], &slots[i]));
    }
    CHECK(cap_paddr(slots[4].cap) == 0x103000);
    CHECK(slot_next(&slots[4]) == &slots[1] && slot_prev(&slots[1]) == &slots[4]);
}

int main(void)
{
    static const struct unit_test tests[] = {
        {"derivation.copies", "copies of a copy are children of the original", test_copies},
        {"derivation.badges", "a badged capability is the parent of its own copies only",
         test_badges},
        {"derivation.badge_given_again",
         "a badge that is given again does not adopt copies of the first", test_badge_given_again},
        {"derivation.parent_goes", "the children of what is deleted go to its parent",
         test_parent_goes},
        {"derivation.untyped_copy", "untyped memory that has a copy is full", test_untyped_copy},
        {"derivation.move", "a moved capability keeps its place in the tree", test_move},
        {"derivation.swap", "exchanged slots exchange their places, neighbours included",
         test_swap},
        {"derivation.run", "a run of new objects stands in the list in order", test_run},
    };

    return unit_run("kernel.core.derivation", tests, ARRAY_SIZE(tests));
}
