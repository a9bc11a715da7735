// SPDX-License-Identifier: BSD-2-Clause
/* Ten thousand processes, one after the other, and what one costs. */
#include "report.h"
#include "world.h"

enum { CYCLES = 10000, SAMPLES = 1000 };

static struct process child;
static seL4_Word created[SAMPLES], lived[SAMPLES], freed[SAMPLES];

static seL4_Word instructions(void)
{
    unsigned low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return (seL4_Word)high << 32 | low;
}

static void sort(seL4_Word *values)
{
    for (unsigned i = 1; i < SAMPLES; i++) {
        const seL4_Word value = values[i];
        unsigned at = i;

        for (; at > 0 && values[at - 1] > value; at--) {
            values[at] = values[at - 1];
        }
        values[at] = value;
    }
}

static void report_values(const char *name, seL4_Word *values)
{
    sort(values);
    report_line("value %s instructions %u %lu %lu %lu", name, (unsigned)SAMPLES,
                (unsigned long)values[0], (unsigned long)values[SAMPLES / 2],
                (unsigned long)values[SAMPLES - 1]);
}

static bool talk(void)
{
    seL4_Word badge;

    (void)world_receive(&badge);
    if (badge != BADGE || seL4_GetMR(0) != GREETING) {
        return false;
    }
    world_answer(~(seL4_Word)GREETING);
    return world_wait_for_exit() == 0;
}

static void test_cycles(void)
{
    const struct pool_figures before = pool_figures(&home.pool);

    for (unsigned i = 0; i < CYCLES; i++) {
        seL4_Word at[4];

        at[0] = instructions();
        EXPECT(child_new(&child, "greet") == PROCESS_OK);
        at[1] = instructions();
        EXPECT(talk());
        at[2] = instructions();
        process_free(&child);
        at[3] = instructions();
        created[i % SAMPLES] = at[1] - at[0];
        lived[i % SAMPLES] = at[2] - at[1];
        freed[i % SAMPLES] = at[3] - at[2];
        EXPECT(pool_figures(&home.pool).free_bytes == before.free_bytes);
        EXPECT(pool_figures(&home.pool).free_slots == before.free_slots);
    }
    report_values("process.create", created);
    report_values("process.run", lived);
    report_values("process.free", freed);
}

const struct test cycle_tests[] = {
    {"process.cycles", "10,000 processes run and are freed; as much is free as before",
     test_cycles},
    {0},
};
