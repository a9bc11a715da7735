// SPDX-License-Identifier: BSD-2-Clause
/* process.range: the tree against a plain array, with random ranges. */
#include <process/range.h>

#include <stdlib.h>

#include "../test/support/check.h"

enum { SLOTS = 200, ADDRESSES = 4096, STEPS = 60000 };

static struct range ranges[SLOTS];
static bool is_in[SLOTS];
static struct ranges tree;
static short owner[ADDRESSES]; /* index into ranges; -1: nobody */

static bool model_is_free(unsigned start, unsigned end)
{
    for (unsigned i = start; i < end; i++) {
        if (owner[i] >= 0) {
            return false;
        }
    }
    return true;
}

static void fill(unsigned start, unsigned end, short who)
{
    for (unsigned i = start; i < end; i++) {
        owner[i] = who;
    }
}

static void change(void)
{
    const unsigned i = (unsigned)rand() % SLOTS, start = (unsigned)rand() % ADDRESSES;
    const unsigned most = (unsigned)rand() % 16 + 1;
    const unsigned end = start + most < ADDRESSES ? start + most : ADDRESSES;

    if (is_in[i]) {
        ranges_remove(&tree, &ranges[i]);
        fill((unsigned)ranges[i].start, (unsigned)ranges[i].end, -1);
        is_in[i] = false;
        return;
    }
    CHECK(ranges_are_free(&tree, start, end) == model_is_free(start, end));
    if (model_is_free(start, end)) {
        ranges[i].start = start;
        ranges[i].end = end;
        ranges_add(&tree, &ranges[i]);
        fill(start, end, (short)i);
        is_in[i] = true;
    }
}

static void check_lookup(void)
{
    const unsigned at = (unsigned)rand() % ADDRESSES;
    const struct range *expected = owner[at] < 0 ? NULL : &ranges[owner[at]];
    unsigned next = at;

    CHECK(ranges_find(&tree, at) == expected);
    while (next < ADDRESSES && owner[next] < 0) {
        next++;
    }
    expected = next == ADDRESSES ? NULL : &ranges[owner[next]];
    CHECK(ranges_from(&tree, at) == expected);
}

static void check_gap(void)
{
    const unsigned size = (unsigned)rand() % 40 + 1, bits = (unsigned)rand() % 4;
    const unsigned low = (unsigned)rand() % ADDRESSES;
    unsigned expected = (low + (1u << bits) - 1) >> bits << bits;
    seL4_Word found = 0;
    bool has;

    while (expected + size <= ADDRESSES && !model_is_free(expected, expected + size)) {
        expected += 1u << bits;
    }
    has = ranges_find_gap(&tree, low, ADDRESSES, size, bits, &found);
    CHECK(has == (expected + size <= ADDRESSES));
    CHECK(!has || found == expected);
}

int main(void)
{
    seL4_Word found;

    fill(0, ADDRESSES, -1);
    for (unsigned i = 0; i < STEPS && failures == 0; i++) {
        change();
        check_lookup();
        check_gap();
    }
    /* At the ends of all addresses nothing wraps around. */
    tree.root = NULL;
    CHECK(!ranges_find_gap(&tree, ~0ull - 10, ~0ull, 20, 12, &found));
    CHECK(ranges_find_gap(&tree, ~0xfffull - 0x1000, ~0ull, 0x1000, 12, &found));
    return failures != 0;
}
