// SPDX-License-Identifier: BSD-2-Clause
/* kernel.object.sched_context: refills. Whatever is used, the amounts add up to the budget. */
#include "object/sched_context.h"

#include "arch/host/unit_test.h"
#include "object/sched_control.h"

enum { REFILLS = 8, ROUNDS = 200000 };

static union {
    struct sched_context sc;
    char bytes[SCHED_CONTEXT_HEADER_BYTES + REFILLS * sizeof(struct refill)];
} memory;
static struct sched_context *const sc = &memory.sc;

static const struct refill *refill(word_t position)
{
    return &sc->refills[(sc->refill_first + position) % sc->refill_max];
}

static ticks_t sum(void)
{
    ticks_t total = 0;

    for (word_t i = 0; i < sc->refill_count; i++) {
        total += refill(i)->amount;
    }
    return total;
}

static void check_order(void)
{
    for (word_t i = 1; i < sc->refill_count; i++) {
        CHECK(refill(i - 1)->time + refill(i - 1)->amount <= refill(i)->time);
    }
}

static void configure(ticks_t budget, ticks_t period, word_t refills)
{
    host_core->now = 1000000;
    sc->refill_max = 0;
    refill_configure(sc, budget, period, refills);
}

static void test_split(void)
{
    configure(1000, 5000, 4);
    refill_charge(sc, 300);
    CHECK(sc->refill_count == 2 && refill(0)->amount == 700 && refill(1)->amount == 300);
    CHECK(refill(0)->time == 1000300 && refill(1)->time == 1005000);
    refill_charge(sc, 700);
    CHECK(sum() == 1000 && refill(0)->time == 1005000);
}

static void test_small_head(void)
{
    configure(1000, 5000, 4);
    refill_charge(sc, 1000 - min_budget_ticks + 1);
    CHECK(sum() == 1000 && refill_head(sc)->amount >= min_budget_ticks);
}

static void test_full_list(void)
{
    configure(2000, 100000, 2);
    for (unsigned i = 0; i < 6; i++) {
        const ticks_t began = host_core->now = refill_head(sc)->time + 700;

        refill_unblock(sc); /* a pause: what comes back does not follow on */
        refill_charge(sc, 210);
        /* The last one ends when the time just used would have come back and ended. */
        const struct refill *last = refill(sc->refill_count - 1);

        CHECK(last->time + last->amount == began + 100000 + 210);
        CHECK(sc->refill_count <= 2 && sum() == 2000);
        check_order();
    }
}

static void test_round_robin(void)
{
    configure(1000, 0, 2);
    refill_charge(sc, 400);
    CHECK(refill_head(sc)->amount == 600 && sum() == 1000 && refill_is_due(sc));
    refill_end_slice(sc, 590);
    CHECK(refill_head(sc)->amount == 1000 && sum() == 1000);
}

static void test_reconfigure(void)
{
    configure(1000, 5000, 4);
    refill_charge(sc, 400);
    refill_reconfigure(sc, 3000, 9000, 4);
    CHECK(sum() == 3000 && refill_head(sc)->amount == 600 && refill(1)->amount == 2400);
    refill_reconfigure(sc, 300, 9000, 2);
    CHECK(sum() == 300);
    refill_reconfigure(sc, 500, 0, 2);
    CHECK(sum() == 500 && sc->refill_count == 2);
}

static void one_random_step(void)
{
    switch (rand() % 3) {
    case 0: refill_unblock(sc); break;
    default:
        if (refill_is_ready(sc)) {
            refill_charge(sc, (ticks_t)rand() % (refill_head(sc)->amount + 50));
        }
        break;
    }
    host_core->now += (ticks_t)(rand() % 3 == 0 ? rand() % 9000 : rand() % 300);
}

static void test_random(void)
{
    ticks_t budget = 0;

    srand(11);
    for (unsigned round = 0; round < ROUNDS; round++) {
        if (round % 500 == 0) {
            budget = min_budget_ticks + (ticks_t)rand() % 4000;
            configure(budget, budget + (ticks_t)rand() % 9000 + 1, 2 + (word_t)(rand() % 7));
        }
        one_random_step();
        CHECK(sum() == budget);
        check_order();
    }
}

int main(void)
{
    static const struct unit_test tests[] = {
        {"refills.split", "what is used comes back one period later", test_split},
        {"refills.small_head", "a head too small to run on joins the next", test_small_head},
        {"refills.full_list", "with no room the last refill takes more and comes later",
         test_full_list},
        {"refills.round_robin", "a slice starts anew when it is used up", test_round_robin},
        {"refills.reconfigure", "a new budget holds at once, what was used stays used",
         test_reconfigure},
        {"refills.random", "the amounts add up and stand in order whatever happens", test_random},
    };

    unit_boot();
    return unit_run("kernel.object.sched_context", tests, ARRAY_SIZE(tests));
}
