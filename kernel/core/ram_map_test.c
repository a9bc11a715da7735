// SPDX-License-Identifier: BSD-2-Clause
/* core.ram_map: reading memory maps, on the host, compared with a page-by-page model. */
#include "core/ram_map.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 4096, MODEL_PAGES = 64, ROUNDS = 20000 };

static unsigned failures;

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s: expected %s\n", __FILE__, __LINE__, __func__, #condition); \
            failures++;                                                                            \
        }                                                                                          \
    } while (0)

static struct platform platform;
static const struct phys_range everything = {0, UINT64_MAX};

static void reset(void)
{
    memset(&platform, 0, sizeof(platform));
}

static void add(uint64_t start, uint64_t end)
{
    ram_map_add(&platform, (struct phys_range){start, end}, everything);
}

static bool is(unsigned index, paddr_t start, paddr_t end)
{
    return index < platform.ram_count && platform.ram[index].start == start &&
           platform.ram[index].end == end;
}

static void test_rounding_and_order(void)
{
    reset();
    add(0x5001, 0x8fff);
    add(0x1000, 0x3000);
    add(0x9001, 0x9fff); /* holds no whole page */
    CHECK(platform.ram_count == 2 && is(0, 0x1000, 0x3000) && is(1, 0x6000, 0x8000));
}

static void test_bounds(void)
{
    const struct phys_range usable = {0x100000, 0x400000};

    reset();
    ram_map_add(&platform, (struct phys_range){0, 0x9f000}, usable);
    ram_map_add(&platform, (struct phys_range){0x300000, 0x800000}, usable);
    ram_map_add(&platform, (struct phys_range){0x400000, 0x500000}, usable);
    ram_map_add(&platform, (struct phys_range){0x200000, 0x100000}, usable);
    ram_map_add(&platform, (struct phys_range){0xff000, 0x102000}, usable);
    CHECK(platform.ram_count == 2);
    CHECK(is(0, 0x100000, 0x102000) && is(1, 0x300000, 0x400000));
}

static void test_neighbours_stay_apart(void)
{
    reset();
    add(0x1000, 0x2000);
    add(0x2000, 0x3000);
    CHECK(platform.ram_count == 2);
    add(0x1000, 0x3000);
    CHECK(platform.ram_count == 1 && is(0, 0x1000, 0x3000));
}

static void test_remove(void)
{
    reset();
    add(0x1000, 0x9000);
    ram_map_remove(&platform, (struct phys_range){0x3001, 0x3002});
    CHECK(platform.ram_count == 2 && is(0, 0x1000, 0x3000) && is(1, 0x4000, 0x9000));
    ram_map_remove(&platform, (struct phys_range){0x8001, UINT64_MAX});
    CHECK(is(1, 0x4000, 0x8000));
    ram_map_remove(&platform, (struct phys_range){0x5000, 0x7001});
    CHECK(platform.ram_count == 2 && is(1, 0x4000, 0x5000));
    ram_map_remove(&platform, (struct phys_range){0, UINT64_MAX});
    CHECK(platform.ram_count == 0);
}

static void test_full_list(void)
{
    reset();
    for (unsigned i = 0; i < PLATFORM_RAM_MAX + 4; i++) {
        add(i * 0x10000, i * 0x10000 + 0x1000);
    }
    CHECK(platform.ram_count == PLATFORM_RAM_MAX && is(0, 0, 0x1000));
    CHECK(is(PLATFORM_RAM_MAX - 1, 0xf0000, 0xf1000));
}

static void test_covers(void)
{
    reset();
    add(0x1000, 0x3000);
    add(0x5000, 0x9000);
    add(0x9000, 0xb000);
    CHECK(ram_map_covers(&platform, 0x5000, 0x9000));
    CHECK(ram_map_covers(&platform, 0x6000, 0xb000));
    CHECK(!ram_map_covers(&platform, 0x2000, 0x3001));
    CHECK(!ram_map_covers(&platform, 0x2000, 0x6000));
    CHECK(!ram_map_covers(&platform, 0x0fff, 0x2000));
    CHECK(!ram_map_covers(&platform, 0x8000, 0xb001));
}

/* The list, expanded, must say the same as the model; and keep its own rules. */
static bool agrees(const bool model[MODEL_PAGES])
{
    bool seen[MODEL_PAGES] = {false};

    for (unsigned i = 0; i < platform.ram_count; i++) {
        const struct phys_range *range = &platform.ram[i];

        if (range->start >= range->end || range->start % PAGE != 0 || range->end % PAGE != 0 ||
            (i > 0 && platform.ram[i - 1].end > range->start)) {
            return false;
        }
        for (paddr_t at = range->start; at < range->end; at += PAGE) {
            seen[at / PAGE] = true;
        }
    }
    return memcmp(seen, model, sizeof(seen)) == 0;
}

static void test_against_model(void)
{
    srand(1);
    for (unsigned round = 0; round < ROUNDS; round++) {
        bool model[MODEL_PAGES] = {false};

        reset();
        /* Few enough steps that the list can't fill up: each adds at most one range. */
        for (unsigned step = 0; step < 12; step++) {
            uint64_t start = (unsigned)rand() % (MODEL_PAGES * PAGE);
            uint64_t end = start + (unsigned)rand() % (12 * PAGE);
            bool adds = rand() % 3 != 0;

            end = MIN(end, (uint64_t)MODEL_PAGES * PAGE);
            for (uint64_t page = 0; page < MODEL_PAGES; page++) {
                uint64_t first = page * PAGE, behind = first + PAGE;

                if (adds && start <= first && behind <= end) {
                    model[page] = true;
                } else if (!adds && start < end && start < behind && first < end) {
                    model[page] = false;
                }
            }
            if (adds) {
                add(start, end);
            } else {
                ram_map_remove(&platform, (struct phys_range){start, end});
            }
        }
        CHECK(agrees(model));
    }
}

int main(void)
{
    test_rounding_and_order();
    test_bounds();
    test_neighbours_stay_apart();
    test_remove();
    test_full_list();
    test_covers();
    test_against_model();
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
