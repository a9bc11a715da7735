// SPDX-License-Identifier: BSD-2-Clause
/* process.pool: the books of memory, slots and records, over a kernel that says yes. */
#include <process/pool.h>

#include <stdlib.h>
#include <string.h>

#include "support/check.h"
#include "support/fake_kernel.h"

enum { BITS = 20, RECORDS = 4000, ROOT_SLOTS = 200, OBJECTS = 300, STEPS = 40000 };

static struct pool pool;

static bool is_as(struct pool_figures before)
{
    const struct pool_figures now = pool_figures(&pool);

    return memcmp(&before, &now, sizeof(now)) == 0;
}

static void test_one(void)
{
    struct pool_figures before;
    struct object first, second;

    CHECK(fake_pool(&pool, BITS, RECORDS, ROOT_SLOTS) == PROCESS_OK);
    before = pool_figures(&pool);
    CHECK(before.free_bytes == (1 << BITS) - 2 * (64 << seL4_SlotBits)); /* a table and the next */
    CHECK(pool_new(&pool, seL4_EndpointObject, 0, &first) == PROCESS_OK);
    CHECK(pool_figures(&pool).free_bytes == before.free_bytes - 16);
    CHECK(pool_new(&pool, seL4_EndpointObject, 0, &second) == PROCESS_OK);
    CHECK(second.cap != first.cap && second.block != first.block);
    pool_free(&pool, first);
    CHECK(pool_figures(&pool).free_bytes == before.free_bytes - 16);
    pool_free(&pool, second);
    CHECK(is_as(before));
    pool_check(&pool);
}

/* Objects of all sizes and runs, freed in any order; tables grow and shrink. */
static void test_random(void)
{
    static struct object objects[OBJECTS];
    static size_t sizes[OBJECTS];
    struct pool_figures before;
    size_t used = 0, most_tables = 0;

    CHECK(fake_pool(&pool, BITS, RECORDS, ROOT_SLOTS) == PROCESS_OK);
    memset(objects, 0, sizeof(objects));
    before = pool_figures(&pool);
    for (unsigned step = 0; step < STEPS; step++) {
        const unsigned i = (unsigned)rand() % OBJECTS;
        const unsigned bits = (unsigned)rand() % 9 + 4, count = 1u << (unsigned)rand() % 5;

        if (objects[i].block != NULL) {
            pool_free(&pool, objects[i]);
            objects[i].block = NULL;
            used -= sizes[i];
        } else if (pool_new_run(&pool, seL4_UntypedObject, bits, count, &objects[i]) ==
                   PROCESS_OK) {
            sizes[i] = (size_t)count << bits;
            used += sizes[i];
        }
        if (pool_figures(&pool).tables > most_tables) {
            most_tables = pool_figures(&pool).tables;
        }
        /* Every table has its memory, and the next one's is set aside: the first is before. */
        CHECK(pool_figures(&pool).free_bytes + used +
                  (pool_figures(&pool).tables - 1) * (64 << seL4_SlotBits) ==
              before.free_bytes);
        pool_check(&pool);
    }
    for (unsigned i = 0; i < OBJECTS; i++) {
        if (objects[i].block != NULL) {
            pool_free(&pool, objects[i]);
        }
    }
    CHECK(most_tables > 5 && is_as(before));
}

static void test_bad_arguments(void)
{
    struct object object;

    CHECK(fake_pool(&pool, BITS, RECORDS, ROOT_SLOTS) == PROCESS_OK);
    CHECK(pool_new(&pool, 99, 0, &object) == PROCESS_BAD_ARGUMENT);
    CHECK(pool_new(&pool, seL4_UntypedObject, 48, &object) == PROCESS_BAD_ARGUMENT);
    CHECK(pool_new(&pool, seL4_CapTableObject, 60, &object) == PROCESS_BAD_ARGUMENT);
    CHECK(pool_new_run(&pool, seL4_EndpointObject, 0, 0, &object) == PROCESS_BAD_ARGUMENT);
    CHECK(pool_new_run(&pool, seL4_EndpointObject, 0, 65, &object) == PROCESS_BAD_ARGUMENT);
    CHECK(pool_add(&pool, 1, 3) == PROCESS_BAD_ARGUMENT);
    CHECK(pool_new(&pool, seL4_X86_LargePageObject, 0, &object) == PROCESS_NO_MEMORY);
    CHECK(pool_add(&pool, 1, 21) == PROCESS_OK);
    CHECK(pool_new(&pool, seL4_X86_LargePageObject, 0, &object) == PROCESS_OK);
    pool_free(&pool, object);
}

/* A piece may be as large as the first table; the memory for the next comes with the next piece. */
static void test_pieces(void)
{
    struct object object;

    CHECK(fake_pool(&pool, 11, RECORDS, ROOT_SLOTS) == PROCESS_OK);
    CHECK(pool_figures(&pool).free_bytes == 0 && pool_figures(&pool).set_aside_bytes == 0);
    CHECK(pool_add(&pool, 1, 10) == PROCESS_OK && pool_figures(&pool).set_aside_bytes == 0);
    CHECK(pool_add(&pool, 2, 14) == PROCESS_OK && pool_figures(&pool).set_aside_bytes == 2048);
    CHECK(pool_figures(&pool).free_bytes == 1024 + 16384 - 2048);
    CHECK(pool_new(&pool, seL4_UntypedObject, 13, &object) == PROCESS_OK);
    pool_check(&pool);
}

static enum process_status fill(unsigned bits, unsigned *count)
{
    enum process_status status;
    struct object object;

    for (*count = 0;; (*count)++) {
        status = pool_new(&pool, seL4_UntypedObject, bits, &object);
        if (status != PROCESS_OK) {
            break;
        }
        pool_check(&pool);
    }
    pool_check(&pool);
    return status;
}

/* Each of the three things that can run out does, and is told apart. */
static void test_limits(void)
{
    unsigned count;

    CHECK(fake_pool(&pool, 13, RECORDS, ROOT_SLOTS) == PROCESS_OK);
    CHECK(fill(9, &count) == PROCESS_NO_MEMORY && count == (8192 - 2 * 2048) / 512);
    CHECK(fake_pool(&pool, BITS, RECORDS, 3) == PROCESS_OK);
    CHECK(fill(4, &count) == PROCESS_NO_SLOTS && count > 20);
    CHECK(fake_pool(&pool, BITS, 100, ROOT_SLOTS) == PROCESS_OK);
    CHECK(fill(4, &count) == PROCESS_NO_RECORDS && count > 20);
    CHECK(fake_pool(&pool, BITS, 5, ROOT_SLOTS) == PROCESS_NO_RECORDS);
    CHECK(fake_pool(&pool, 10, RECORDS, ROOT_SLOTS) == PROCESS_BAD_ARGUMENT);
}

/* A refusal anywhere: nothing has changed, and the kernel's error is kept. */
static void test_refusals(void)
{
    for (unsigned at = 1; at < 20; at++) {
        struct pool_figures before;
        struct object object;

        CHECK(fake_pool(&pool, BITS, RECORDS, ROOT_SLOTS) == PROCESS_OK);
        before = pool_figures(&pool);
        fake.refuse_at = fake.calls + at;
        fake.refuse_with = seL4_RangeError;
        if (pool_new(&pool, seL4_TCBObject, 0, &object) == PROCESS_OK) {
            CHECK(fake.calls < fake.refuse_at);
            return;
        }
        CHECK(pool.refusal == seL4_RangeError && is_as(before));
        fake.refuse_at = 0;
        pool_check(&pool);
    }
    CHECK(!"an object takes fewer calls");
}

static void test_slots(void)
{
    struct pool_figures before;
    seL4_CPtr run, one, copy;

    CHECK(fake_pool(&pool, BITS, RECORDS, ROOT_SLOTS) == PROCESS_OK);
    before = pool_figures(&pool);
    CHECK(pool_new_slots(&pool, 0, &run) == PROCESS_BAD_ARGUMENT);
    CHECK(pool_new_slots(&pool, SLOT_RUN_MAX, &run) == PROCESS_OK); /* takes a new table */
    CHECK(pool_figures(&pool).tables == before.tables + 1);
    CHECK(pool_new_slot(&pool, &one) == PROCESS_OK);
    CHECK(pool_copy(&pool, one, seL4_AllRights, 0, &copy) == PROCESS_OK);
    pool_free_slots(&pool, run, 10);
    pool_free_slots(&pool, copy, 1);
    pool_free_slots(&pool, run + 10, SLOT_RUN_MAX - 10);
    pool_free_slots(&pool, one, 1);
    CHECK(is_as(before));
    fake.refuse_at = fake.calls + 1;
    fake.refuse_with = seL4_IllegalOperation;
    CHECK(pool_copy(&pool, one, seL4_AllRights, 0, &copy) == PROCESS_REFUSED && is_as(before));
}

int main(void)
{
    test_one();
    test_random();
    test_bad_arguments();
    test_pieces();
    test_limits();
    test_refusals();
    test_slots();
    return failures != 0;
}
