// SPDX-License-Identifier: BSD-2-Clause
/* process.space: regions, pages and page tables, over a kernel that says yes. */
#include <process/space.h>

#include <string.h>

#include "support/check.h"
#include "support/fake_kernel.h"

enum { PAGE = 4096, START = 0x100000, END = 0x200000 };

static struct pool pool;
static struct space space;
static struct pool_figures before;

static void begin(void)
{
    CHECK(fake_pool(&pool, 24, 4000, 200) == PROCESS_OK);
    before = pool_figures(&pool);
    space_of_existing(&space, &pool, 3, START, END);
}

static void end(void)
{
    struct pool_figures now;

    space_check(&space);
    pool_check(&pool);
    space_free(&space);
    now = pool_figures(&pool);
    CHECK(memcmp(&before, &now, sizeof(now)) == 0);
}

static enum process_status reserve(seL4_Word address, seL4_Word pages, seL4_Word guard_pages,
                                   struct region **region)
{
    const struct region_want want = {
        .address = address, .size_bytes = pages * PAGE, .guard_bytes = guard_pages * PAGE};

    return space_reserve(&space, &want, region);
}

static void test_reservations(void)
{
    struct region *a, *b, *c, *none = NULL;

    begin();
    CHECK(reserve(SPACE_ANYWHERE, 4, 1, &a) == PROCESS_OK && region_start(a) == START + PAGE);
    CHECK(region_bytes(a) == 4 * PAGE && space_find(&space, START) == a);
    CHECK(reserve(SPACE_ANYWHERE, 2, 0, &b) == PROCESS_OK && region_start(b) == START + 5 * PAGE);
    CHECK(reserve(START + 4 * PAGE, 1, 0, &none) == PROCESS_ADDRESS_TAKEN);
    CHECK(reserve(START, 1, 0, &none) == PROCESS_ADDRESS_TAKEN); /* the guard */
    CHECK(reserve(END - PAGE, 1, 0, &c) == PROCESS_OK);
    CHECK(reserve(END - PAGE, 2, 0, &none) == PROCESS_BAD_ARGUMENT);
    CHECK(reserve(START - PAGE, 1, 0, &none) == PROCESS_BAD_ARGUMENT);
    CHECK(reserve(PAGE, 1, 2, &none) == PROCESS_BAD_ARGUMENT); /* the guard is below zero */
    CHECK(reserve(START + 50 * PAGE + 8, 1, 0, &none) == PROCESS_BAD_ARGUMENT);
    CHECK(reserve(SPACE_ANYWHERE, 0, 0, &none) == PROCESS_BAD_ARGUMENT);
    CHECK(reserve(SPACE_ANYWHERE, 1ull << 52, 1, &none) == PROCESS_BAD_ARGUMENT ||
          reserve(SPACE_ANYWHERE, 1ull << 51, 1, &none) == PROCESS_NO_ADDRESSES);
    CHECK(reserve(SPACE_ANYWHERE, 249, 0, &none) == PROCESS_NO_ADDRESSES);
    CHECK(none == NULL && space_find(&space, START + 7 * PAGE) == NULL);
    space_release(a);
    CHECK(reserve(SPACE_ANYWHERE, 5, 0, &a) == PROCESS_OK && region_start(a) == START);
    end();
}

static bool is_mapped(seL4_Word address)
{
    seL4_CPtr frame;
    unsigned bits;

    return space_frame(&space, address, &frame, &bits) == PROCESS_OK;
}

/* Holes, ends, and all of it; pages that stay keep their frames. */
static void test_pages(void)
{
    seL4_CPtr frame_before = 0, frame_after = 0;
    struct region *r;
    unsigned bits;

    begin();
    CHECK(reserve(SPACE_ANYWHERE, 16, 1, &r) == PROCESS_OK);
    CHECK(region_map(r, 0, 16 * PAGE) == PROCESS_OK);
    CHECK(fake.by_label[X86PageMap] == 16);
    CHECK(!is_mapped(START) && is_mapped(START + PAGE) && is_mapped(START + 16 * PAGE));
    CHECK(space_frame(&space, START + 14 * PAGE, &frame_before, &bits) == PROCESS_OK);
    CHECK(region_map(r, 15 * PAGE, PAGE) == PROCESS_ADDRESS_TAKEN);
    CHECK(region_map(r, 15 * PAGE, 2 * PAGE) == PROCESS_BAD_ARGUMENT);
    CHECK(region_map(r, 1, PAGE) == PROCESS_BAD_ARGUMENT);
    CHECK(region_unmap(r, 4 * PAGE, 2 * PAGE) == PROCESS_OK);
    CHECK(fake.by_label[X86PageUnmap] == 2);
    CHECK(is_mapped(START + 4 * PAGE) && !is_mapped(START + 5 * PAGE));
    CHECK(!is_mapped(START + 6 * PAGE) && is_mapped(START + 7 * PAGE));
    CHECK(region_map(r, 4 * PAGE, 2 * PAGE) == PROCESS_OK); /* the hole, with other frames */
    CHECK(region_unmap(r, 0, 10 * PAGE) == PROCESS_OK);
    CHECK(space_frame(&space, START + 14 * PAGE, &frame_after, &bits) == PROCESS_OK);
    CHECK(frame_after == frame_before && bits == 12);
    CHECK(region_unmap(r, 0, 16 * PAGE) == PROCESS_OK);
    CHECK(!is_mapped(START + 16 * PAGE));
    end();
}

/* A hole takes two records. With one left, the first cut is mended. */
static void test_hole_without_records(void)
{
    void *taken[4000];
    struct region *r;
    unsigned count = 0;

    begin();
    CHECK(reserve(SPACE_ANYWHERE, 8, 0, &r) == PROCESS_OK);
    CHECK(region_map(r, 0, 8 * PAGE) == PROCESS_OK);
    while (pool.records.free_count > 1) {
        taken[count++] = records_new(&pool.records);
    }
    CHECK(region_unmap(r, 2 * PAGE, 2 * PAGE) == PROCESS_NO_RECORDS);
    CHECK(pool.records.free_count == 1 && is_mapped(START + 2 * PAGE));
    CHECK(region_unmap(r, 6 * PAGE, 2 * PAGE) == PROCESS_OK); /* the end takes one */
    CHECK(region_unmap(r, 0, 8 * PAGE) == PROCESS_OK);
    while (count-- > 0) {
        records_free(&pool.records, taken[count]);
    }
    end();
}

/* Both parts keep their pages and can go in any order. */
static void test_split(void)
{
    struct region *lower, *upper, *none;

    begin();
    CHECK(reserve(SPACE_ANYWHERE, 16, 1, &lower) == PROCESS_OK);
    CHECK(region_map(lower, 2 * PAGE, 8 * PAGE) == PROCESS_OK);
    CHECK(region_split(lower, 0, &none) == PROCESS_BAD_ARGUMENT);
    CHECK(region_split(lower, 16 * PAGE, &none) == PROCESS_BAD_ARGUMENT);
    CHECK(region_split(lower, 5 * PAGE, &upper) == PROCESS_OK);
    CHECK(region_bytes(lower) == 5 * PAGE && region_bytes(upper) == 11 * PAGE);
    CHECK(region_start(upper) == region_start(lower) + 5 * PAGE);
    CHECK(space_find(&space, region_start(upper)) == upper);
    CHECK(is_mapped(region_start(upper) + 4 * PAGE) && !is_mapped(region_start(upper) + 5 * PAGE));
    fake.by_label[X86PageMap] = 0;
    region_protect(upper, true);
    CHECK(fake.by_label[X86PageMap] == 5 && upper->can_write && !lower->can_write);
    space_release(lower);
    CHECK(is_mapped(region_start(upper)) && !is_mapped(START + 3 * PAGE));
    CHECK(region_map(upper, 5 * PAGE, PAGE) == PROCESS_OK);
    end();
}

static void test_shares(void)
{
    struct region *from, *to;

    begin();
    CHECK(reserve(SPACE_ANYWHERE, 8, 0, &from) == PROCESS_OK);
    CHECK(reserve(SPACE_ANYWHERE, 8, 0, &to) == PROCESS_OK);
    CHECK(region_map(from, 0, 4 * PAGE) == PROCESS_OK);
    CHECK(region_share(to, PAGE, from, 0, 5 * PAGE) == PROCESS_NOT_MAPPED);
    CHECK(!is_mapped(region_start(to) + PAGE));
    CHECK(region_share(to, PAGE, from, PAGE, 3 * PAGE) == PROCESS_OK);
    CHECK(region_share(to, 3 * PAGE, from, 0, PAGE) == PROCESS_ADDRESS_TAKEN);
    CHECK(region_unmap(to, 2 * PAGE, PAGE) == PROCESS_OK);
    CHECK(is_mapped(region_start(to) + PAGE) && !is_mapped(region_start(to) + 2 * PAGE));
    CHECK(region_map_cap(to, 2 * PAGE, 99) == PROCESS_OK);
    end();
}

/* The kernel names three missing tables: they are made, used, and gone with the last page. */
static void test_tables(void)
{
    static const unsigned missing[] = {21, 30, 39};
    struct region *r;

    begin();
    CHECK(reserve(SPACE_ANYWHERE, 2, 0, &r) == PROCESS_OK);
    memcpy(fake.missing, missing, sizeof(missing));
    fake.missing_count = 3;
    CHECK(region_map(r, 0, 2 * PAGE) == PROCESS_OK);
    CHECK(fake.by_label[X86PDPTMap] == 1 && fake.by_label[X86PageTableMap] == 1);
    space_check(&space);
    CHECK(region_unmap(r, 0, PAGE) == PROCESS_OK && space.tables[2].root != NULL);
    CHECK(region_unmap(r, PAGE, PAGE) == PROCESS_OK);
    CHECK(space.tables[0].root == NULL && space.tables[1].root == NULL);
    CHECK(space.tables[2].root == NULL);
    fake.missing[0] = 17; /* a table that there is none of */
    fake.missing_count = 1;
    CHECK(region_map(r, 0, PAGE) == PROCESS_REFUSED && pool.refusal == seL4_FailedLookup);
    end();
}

static void test_refusals(void)
{
    static const unsigned missing[] = {21, 30, 39};

    for (unsigned at = 1; at < 60; at++) {
        struct region *r;
        enum process_status status;

        begin();
        CHECK(reserve(SPACE_ANYWHERE, 5, 0, &r) == PROCESS_OK);
        memcpy(fake.missing, missing, sizeof(missing));
        fake.missing_count = 3;
        fake.refuse_at = fake.calls + at;
        fake.refuse_with = seL4_IllegalOperation;
        status = region_map(r, 0, 5 * PAGE);
        if (fake.calls < fake.refuse_at) {
            fake.refuse_at = 0;
            CHECK(status == PROCESS_OK && at > 8);
            end();
            return;
        }
        fake.refuse_at = 0;
        CHECK(status == PROCESS_REFUSED && r->extents.root == NULL);
        CHECK(space.tables[0].root == NULL && space.tables[2].root == NULL);
        end();
    }
    CHECK(!"five pages take fewer calls");
}

int main(void)
{
    test_reservations();
    test_pages();
    test_hole_without_records();
    test_split();
    test_shares();
    test_tables();
    test_refusals();
    return failures != 0;
}
