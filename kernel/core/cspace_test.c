// SPDX-License-Identifier: BSD-2-Clause
/* kernel.core.cspace: capability addresses, guards and the records of failures. */
#include "core/cspace.h"

#include "arch/host/unit_test.h"

static struct slot outer[16], inner[4];
static struct lookup_failure failure;
static unsigned bits_left;

static struct slot *resolve(struct cap root, word_t address, unsigned bits)
{
    failure = (struct lookup_failure){0};
    bits_left = 99;
    return cspace_resolve(root, address, bits, &bits_left, &failure);
}

static void test_one_level(void)
{
    const struct cap root = cap_cnode(outer, 4, 0, 60);

    CHECK(resolve(root, 5, 64) == &outer[5] && bits_left == 0);
    CHECK(resolve(root, 15, 64) == &outer[15]);
    CHECK(resolve(root, 16, 64) == NULL && failure.type == LOOKUP_GUARD_MISMATCH);
    CHECK(failure.bits_left == 64 && failure.guard_found == 0 && failure.bits_found == 60);
}

static void test_two_levels(void)
{
    const struct cap root = cap_cnode(outer, 4, 0, 0);

    outer[9].cap = cap_cnode(inner, 2, 5, 3);
    CHECK(resolve(root, 9u << 5 | 5u << 2 | 3, 9) == &inner[3] && bits_left == 0);
    CHECK(resolve(root, 9, 4) == &outer[9] && bits_left == 0);
    CHECK(resolve(root, 9u << 5 | 4u << 2 | 3, 9) == NULL && failure.bits_left == 5);
    CHECK(failure.type == LOOKUP_GUARD_MISMATCH && failure.guard_found == 5);
    CHECK(resolve(root, 9u << 4 | 5u << 1, 8) == NULL && failure.type == LOOKUP_DEPTH_MISMATCH);
    CHECK(failure.bits_left == 4 && failure.bits_found == 5);
    outer[9].cap = cap_null();
}

static void test_bits_that_remain(void)
{
    const struct cap root = cap_cnode(outer, 4, 0, 0);

    CHECK(resolve(root, 7u << 3, 7) == &outer[7] && bits_left == 3);
    CHECK(cspace_resolve_exactly(root, 7u << 3, 7, &failure) == NULL);
    CHECK(failure.type == LOOKUP_DEPTH_MISMATCH && failure.bits_left == 3);
    CHECK(failure.bits_found == 0);
    CHECK(cspace_resolve_exactly(root, 7, 4, &failure) == &outer[7]);
}

static void test_too_few_bits(void)
{
    const struct cap root = cap_cnode(outer, 4, 2, 2);

    CHECK(resolve(root, 1, 1) == NULL && failure.type == LOOKUP_GUARD_MISMATCH);
    CHECK(resolve(root, 2u << 3, 5) == NULL && failure.type == LOOKUP_DEPTH_MISMATCH);
    CHECK(failure.bits_left == 5 && failure.bits_found == 6);
    CHECK(resolve(root, 2u << 4 | 11, 6) == &outer[11]);
    CHECK(resolve(cap_null(), 0, 64) == NULL && failure.type == LOOKUP_INVALID_ROOT);
}

/* Whatever the short cut finds is what the walk finds. */
static void check_nested(struct cap root, word_t address, bool is_expected)
{
    const struct slot *nested = cspace_find_nested(root, address);

    CHECK(!is_expected || nested != NULL);
    CHECK(nested == NULL || nested == resolve(root, address, WORD_BITS));
}

static void test_nested(void)
{
    const struct cap root = cap_cnode(outer, 4, 0, 0);

    for (unsigned guard_size = 0; guard_size < 64; guard_size++) {
        for (word_t guard = 0; guard < 3; guard++) {
            outer[0].cap = cap_cnode(inner, 2, guard, guard_size);
            for (word_t address = 0; address < 9; address++) {
                const bool is_whole = guard == 0 && guard_size == 58 && address < 4;

                check_nested(root, address, is_whole);
                check_nested(root, address | 1ul << 60, false);
                check_nested(root, address << 2, false);
                check_nested(cap_cnode(outer, 4, 0, 1), address, false);
            }
        }
    }
    outer[0].cap =
        (struct cap){.type = CAP_ZOMBIE, .object = (intptr_t)inner, .bits = 2, .data = 58};
    check_nested(root, 1, false);
    CHECK(cspace_find_nested(root, 1) == NULL && cspace_find_nested(cap_null(), 1) == NULL);
    outer[0].cap = cap_null();
}

int main(void)
{
    static const struct unit_test tests[] = {
        {"cspace.one_level", "a guard of zeros makes addresses slot numbers", test_one_level},
        {"cspace.two_levels", "guards and indices follow each other from the top", test_two_levels},
        {"cspace.bits_that_remain", "calls ignore bits behind a capability, methods do not",
         test_bits_that_remain},
        {"cspace.nested", "the way through a first slot is found as the walk finds it",
         test_nested},
        {"cspace.too_few_bits", "what does not fit is refused, the guard before the depth",
         test_too_few_bits},
    };

    return unit_run("kernel.core.cspace", tests, ARRAY_SIZE(tests));
}
