// SPDX-License-Identifier: BSD-2-Clause
/* Time: thousands of threads whose budget returns at the same moment, and a scheduling context with
 * thousands of refills. */
#include "arena.h"
#include "crowd.h"
#include "latency.h"

enum {
    TICKS_PER_US = 1000,
    RELEASE_AFTER_US = 60000,
    SETTLE_US = 10000, /* for all to be woken */
    BUDGET_US = 100,
};

static struct crowd crowd;
static uint64_t release_at;

/* ---- a full release queue ---- */

static void wait_until(uint64_t time)
{
    while (timestamp() < time) {
    }
}

/* Its period is what is left until the common moment, to the tick: it begins on a microsecond. */
static void exhaust(seL4_Word index, const struct deed *yield)
{
    const uint64_t now = timestamp();
    const uint64_t begin = release_at - (release_at - now) / TICKS_PER_US * TICKS_PER_US;

    wait_until(begin);
    check_ok(seL4_SchedControl_ConfigureFlags(sched_control(), crowd.contexts + index, BUDGET_US,
                                              (release_at - begin) / TICKS_PER_US, 0, 0, 0),
             "configure a scheduling context");
    crowd_start(&crowd, index, yield);
}

static void postponed(unsigned round)
{
    const struct deed yield = {.number = (seL4_Word)seL4_SysYield};

    crowd = crowd_new(CROWD);
    release_at = timestamp() + (uint64_t)RELEASE_AFTER_US * TICKS_PER_US;
    for (seL4_Word i = 0; i < CROWD; i++) {
        exhaust(i, &yield);
    }
    check(timestamp() < release_at, "the crowd was not ready in time");
    if (round % 2 == 0) {
        for (seL4_Word i = 0; i < CROWD; i++) {
            crowd_priority(&crowd, i, PRIORITY_IDLE_CROWD);
        }
    }
    check(timestamp() < release_at, "the crowd's priorities were not changed in time");
    wait_until(release_at - 100 * TICKS_PER_US);
}

static void all_released(unsigned round)
{
    (void)round;
    wait_until(release_at + (uint64_t)SETTLE_US * TICKS_PER_US);
}

/* The same while they are still waiting: taken out of the queue in an order of its own. */
static void leave_release_queue(unsigned round)
{
    (void)round;
    for (seL4_Word i = 0; i < CROWD; i++) {
        check_ok(seL4_TCB_Suspend(crowd.tcbs + (i * 1033) % CROWD), "suspend");
    }
}

static void postponed_for_long(unsigned round)
{
    const struct deed yield = {.number = (seL4_Word)seL4_SysYield};

    (void)round;
    crowd = crowd_new(CROWD);
    for (seL4_Word i = 0; i < CROWD; i++) {
        check_ok(seL4_SchedControl_ConfigureFlags(sched_control(), crowd.contexts + i, BUDGET_US,
                                                  100 * RELEASE_AFTER_US, 0, 0, 0),
                 "configure a scheduling context");
        crowd_start(&crowd, i, &yield);
    }
}

/* ---- a context in pieces ---- */

enum {
    CONTEXT_BITS = 17,
    PIECES = 4096,
    PIECES_BUDGET_US = 10000,
    PIECES_PERIOD_US = 40000,
};

extern const char spender_entry[], burner_entry[]; /* deed.S */

static seL4_CPtr spender, context, tick;

static void start_at(const char *entry)
{
    seL4_UserContext registers = {.rip = (uintptr_t)entry, .rflags = 0x202, .rbx = tick};

    check_ok(
        seL4_TCB_WriteRegisters(spender, 1, 0, sizeof(registers) / sizeof(seL4_Word), &registers),
        "start the spender");
}

/* Short turns with pauses in between: each comes back as a refill of its own. */
static void in_pieces(unsigned round)
{
    const seL4_Word sporadic = round % 2;

    spender = object_new(seL4_TCBObject, 0);
    context = object_new(seL4_SchedContextObject, CONTEXT_BITS);
    tick = object_new(seL4_NotificationObject, 0);
    check_ok(
        seL4_TCB_Configure(spender, seL4_CapInitThreadCNode, 0, seL4_CapInitThreadVSpace, 0, 0, 0),
        "configure the spender");
    check_ok(seL4_SchedControl_ConfigureFlags(sched_control(), context, PIECES_BUDGET_US,
                                              PIECES_PERIOD_US, PIECES, 0, sporadic),
             "configure a scheduling context of many refills");
    check_ok(seL4_TCB_SetSchedParams(spender, seL4_CapInitThreadTCB, 255, PRIORITY_CROWD_FIRST,
                                     context, 0),
             "set scheduling parameters");
    start_at(spender_entry);
    for (unsigned i = 0; i < PIECES; i++) {
        seL4_Signal(tick);
    }
}

/* The rest of the first refill is used up, then all pieces become due, and are joined. */
static void burn_pieces(unsigned round)
{
    (void)round;
    start_at(burner_entry);
    wait_until(timestamp() + 3ull * PIECES_PERIOD_US * TICKS_PER_US);
}

static void reconfigure_pieces(unsigned round)
{
    (void)round;
    seL4_SchedContext_Consumed(context);
    check_ok(seL4_SchedContext_UnbindObject(context, spender), "unbind");
    check_ok(seL4_SchedContext_Bind(context, spender), "bind");
    check_ok(seL4_SchedControl_ConfigureFlags(sched_control(), context, PIECES_BUDGET_US / 2,
                                              PIECES_PERIOD_US, PIECES / 2, 0, 0),
             "configure again");
    slot_delete(context);
}

static const struct operation list[] = {
    {"release.due", 6, postponed, all_released},
    {"release.leave", 2, postponed_for_long, leave_release_queue},
    {"refills.burn", 2, in_pieces, burn_pieces},
    {"refills.configure", 40, in_pieces, reconfigure_pieces},
};

const struct operations time_operations = {list, sizeof(list) / sizeof(list[0])};
