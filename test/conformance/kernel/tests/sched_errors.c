// SPDX-License-Identifier: BSD-2-Clause
/* Every refusal of SchedControl, SchedContext and DomainSet methods, in the order of the checks. */
#include <harness/suite.h>

#define MIN_BUDGET_US 20
#define MAX_PERIOD_US (~0ull / ticks_per_us() / 8)
#define BOUNDS        RANGE_ERROR(MIN_BUDGET_US, MAX_PERIOD_US)

enum { MAX_EXTRA = ((1 << 8) - seL4_CoreSchedContextBytes) / seL4_RefillSizeBytes };

/* ---- SchedControl ---- */

static seL4_CPtr control(void)
{
    return boot->schedcontrol.start;
}

static struct reply configure(seL4_Word budget, seL4_Word period, seL4_Word refills, seL4_CPtr sc)
{
    return INVOKE(control(), SchedControlConfigureFlags, WORDS(budget, period, refills, 0, 0),
                  CAPS(sc));
}

REFUSED("kernel.sched_control.unknown_label", SchedControlConfigureFlags, 1, ILLEGAL_OPERATION)
{
    return INVOKE(control(), SchedContextBind, WORDS());
}

REFUSED("kernel.sched_control.configure.no_sc_given", SchedControlConfigureFlags, 2, TRUNCATED)
{
    return INVOKE(control(), SchedControlConfigureFlags, WORDS(0, 0, ~0ull, 0, 0));
}

REFUSED("kernel.sched_control.configure.truncated", SchedControlConfigureFlags, 3, TRUNCATED)
{
    return INVOKE(control(), SchedControlConfigureFlags, WORDS(~0ull, ~0ull, 0, 0), CAPS(NOTHING));
}

REFUSED("kernel.sched_control.configure.budget_above_longest", SchedControlConfigureFlags, 4,
        BOUNDS)
{
    return configure(MAX_PERIOD_US + 1, 0, ~0ull, NOTHING);
}

REFUSED("kernel.sched_control.configure.budget_far_too_long", SchedControlConfigureFlags, 4, BOUNDS)
{
    return configure(~0ull, 0, ~0ull, NOTHING);
}

REFUSED("kernel.sched_control.configure.period_above_longest", SchedControlConfigureFlags, 5,
        BOUNDS)
{
    return configure(0, MAX_PERIOD_US + 1, ~0ull, NOTHING);
}

REFUSED("kernel.sched_control.configure.budget_below_least", SchedControlConfigureFlags, 6, BOUNDS)
{
    return configure(MIN_BUDGET_US - 1, 0, ~0ull, NOTHING);
}

REFUSED("kernel.sched_control.configure.budget_zero", SchedControlConfigureFlags, 6, BOUNDS)
{
    return configure(0, 1000, 0, sc_new());
}

REFUSED("kernel.sched_control.configure.period_below_least", SchedControlConfigureFlags, 7, BOUNDS)
{
    return configure(MIN_BUDGET_US, MIN_BUDGET_US - 1, ~0ull, NOTHING);
}

REFUSED("kernel.sched_control.configure.budget_above_period", SchedControlConfigureFlags, 8,
        RANGE_ERROR(MIN_BUDGET_US, 100))
{
    return configure(101, 100, ~0ull, NOTHING);
}

REFUSED("kernel.sched_control.configure.no_sc", SchedControlConfigureFlags, 9,
        INVALID_CAPABILITY(1))
{
    return configure(100, 100, ~0ull, endpoint_new());
}

REFUSED("kernel.sched_control.configure.refills_of_smallest", SchedControlConfigureFlags, 10,
        RANGE_ERROR(0, 0))
{
    return configure(100, 200, 1, sc_new());
}

REFUSED("kernel.sched_control.configure.refills", SchedControlConfigureFlags, 10,
        RANGE_ERROR(0, MAX_EXTRA))
{
    return configure(100, 200, MAX_EXTRA + 1, object_new(seL4_SchedContextObject, 8));
}

TEST("kernel.sched_control.configure.limits_are_good")
{
    COVERS("SchedControlConfigureFlags.0");

    CHECK_REPLY(configure(MIN_BUDGET_US, MIN_BUDGET_US, 0, sc_new()), SUCCESS());
    CHECK_REPLY(configure(MIN_BUDGET_US, MAX_PERIOD_US, 0, sc_new()), SUCCESS());
    CHECK_REPLY(configure(MAX_PERIOD_US, MAX_PERIOD_US, 0, sc_new()), SUCCESS());
    CHECK_REPLY(configure(100, 200, MAX_EXTRA, object_new(seL4_SchedContextObject, 8)), SUCCESS());
}

TEST("kernel.sched_control.copy_works")
{
    CHECK_REPLY(INVOKE(copy_of(control()), SchedControlConfigureFlags, WORDS(100, 200, 0, 0, 1),
                       CAPS(sc_new())),
                SUCCESS());
}

/* ---- SchedContext ---- */

static struct reply bind(seL4_CPtr sc, seL4_CPtr cap)
{
    return INVOKE(sc, SchedContextBind, WORDS(), CAPS(cap));
}

REFUSED("kernel.sched_context.bind.truncated", SchedContextBind, 1, TRUNCATED)
{
    return INVOKE(seL4_CapInitThreadSC, SchedContextBind, WORDS());
}

REFUSED("kernel.sched_context.bind.has_tcb", SchedContextBind, 2, ILLEGAL_OPERATION)
{
    return bind(seL4_CapInitThreadSC, tcb_new());
}

REFUSED("kernel.sched_context.bind.tcb_has_another", SchedContextBind, 3, ILLEGAL_OPERATION)
{
    return bind(sc_new(), OWN_TCB);
}

REFUSED("kernel.sched_context.bind.blocked_and_inactive", SchedContextBind, 4, ILLEGAL_OPERATION)
{
    return bind(sc_new(), passive_thread_blocked()->tcb);
}

REFUSED("kernel.sched_context.bind.blocked_and_not_due", SchedContextBind, 4, ILLEGAL_OPERATION)
{
    return bind(sc_new_spent(), passive_thread_blocked()->tcb);
}

REFUSED("kernel.sched_context.bind.has_notification", SchedContextBind, 5, ILLEGAL_OPERATION)
{
    const seL4_CPtr sc = sc_new();

    CHECK_REPLY(bind(sc, notification_new()), SUCCESS());
    return bind(sc, notification_new());
}

REFUSED("kernel.sched_context.bind.notification_has_another", SchedContextBind, 6,
        ILLEGAL_OPERATION)
{
    const seL4_CPtr notification = notification_new();

    CHECK_REPLY(bind(sc_new(), notification), SUCCESS());
    return bind(sc_new(), notification);
}

REFUSED("kernel.sched_context.bind.wrong_type", SchedContextBind, 7, INVALID_CAPABILITY(1))
{
    return bind(sc_new(), endpoint_new());
}

REFUSED("kernel.sched_context.bind.null", SchedContextBind, 7, INVALID_CAPABILITY(1))
{
    return bind(sc_new(), NOTHING);
}

REFUSED("kernel.sched_context.unbind.own", SchedContextUnbind, 1, ILLEGAL_OPERATION)
{
    return INVOKE(seL4_CapInitThreadSC, SchedContextUnbind, WORDS());
}

static struct reply unbind_object(seL4_CPtr sc, seL4_CPtr cap)
{
    return INVOKE(sc, SchedContextUnbindObject, WORDS(), CAPS(cap));
}

REFUSED("kernel.sched_context.unbind_object.truncated", SchedContextUnbindObject, 1, TRUNCATED)
{
    return INVOKE(sc_new(), SchedContextUnbindObject, WORDS());
}

REFUSED("kernel.sched_context.unbind_object.other_tcb", SchedContextUnbindObject, 2,
        ILLEGAL_OPERATION)
{
    return unbind_object(thread_at(PRIORITY)->sc, tcb_new());
}

REFUSED("kernel.sched_context.unbind_object.own", SchedContextUnbindObject, 3, ILLEGAL_OPERATION)
{
    return unbind_object(seL4_CapInitThreadSC, OWN_TCB);
}

REFUSED("kernel.sched_context.unbind_object.other_notification", SchedContextUnbindObject, 4,
        ILLEGAL_OPERATION)
{
    const seL4_CPtr sc = sc_new();

    CHECK_REPLY(bind(sc, notification_new()), SUCCESS());
    return unbind_object(sc, notification_new());
}

REFUSED("kernel.sched_context.unbind_object.wrong_type", SchedContextUnbindObject, 5,
        INVALID_CAPABILITY(1))
{
    return unbind_object(sc_new(), endpoint_new());
}

REFUSED("kernel.sched_context.yield_to.nobody", SchedContextYieldTo, 1, ILLEGAL_OPERATION)
{
    return INVOKE(sc_new_with(1000, 1000), SchedContextYieldTo, WORDS());
}

REFUSED("kernel.sched_context.yield_to.self", SchedContextYieldTo, 2, ILLEGAL_OPERATION)
{
    return INVOKE(seL4_CapInitThreadSC, SchedContextYieldTo, WORDS());
}

REFUSED("kernel.sched_context.yield_to.above_mcp", SchedContextYieldTo, 3, ILLEGAL_OPERATION)
{
    struct thread *thread = thread_at(PRIORITY);

    OK(seL4_TCB_SetMCPriority(OWN_TCB, OWN_TCB, PRIORITY - 1));
    return INVOKE(thread->sc, SchedContextYieldTo, WORDS());
}

TEST("kernel.sched_context.unknown_label")
{
    const seL4_CPtr sc = sc_new();

    CHECK_REPLY(INVOKE(sc, SchedControlConfigureFlags, WORDS()), ILLEGAL_OPERATION);
    CHECK_REPLY(INVOKE(sc, SchedContextYieldTo + 1, WORDS()), ILLEGAL_OPERATION);
}

/* ---- DomainSet ---- */

enum { DOMAINS = CONFIG_NUM_DOMAINS, SCHEDULES = CONFIG_NUM_DOMAIN_SCHEDULES };

REFUSED("kernel.domain.set.truncated", DomainSetSet, 1, TRUNCATED)
{
    return INVOKE(seL4_CapDomain, DomainSetSet, WORDS());
}

REFUSED("kernel.domain.set.no_such_domain", DomainSetSet, 2, INVALID_ARGUMENT(0))
{
    return INVOKE(seL4_CapDomain, DomainSetSet, WORDS(DOMAINS));
}

REFUSED("kernel.domain.set.whole_word", DomainSetSet, 2, INVALID_ARGUMENT(0))
{
    return INVOKE(seL4_CapDomain, DomainSetSet, WORDS(256), CAPS(tcb_new()));
}

REFUSED("kernel.domain.set.no_thread_given", DomainSetSet, 3, TRUNCATED)
{
    return INVOKE(seL4_CapDomain, DomainSetSet, WORDS(0));
}

REFUSED("kernel.domain.set.no_tcb", DomainSetSet, 4, INVALID_ARGUMENT(1))
{
    return INVOKE(seL4_CapDomain, DomainSetSet, WORDS(0), CAPS(endpoint_new()));
}

static struct reply schedule(seL4_Word index, seL4_Word domain, seL4_Word duration)
{
    return INVOKE(seL4_CapDomain, DomainScheduleConfigure, WORDS(index, domain, duration));
}

REFUSED("kernel.domain.schedule_configure.truncated", DomainScheduleConfigure, 1, TRUNCATED)
{
    return INVOKE(seL4_CapDomain, DomainScheduleConfigure, WORDS(SCHEDULES, DOMAINS, 1ull << 56),
                  .cut = 1);
}

REFUSED("kernel.domain.schedule_configure.index", DomainScheduleConfigure, 2,
        RANGE_ERROR(0, SCHEDULES - 2))
{
    return schedule(SCHEDULES - 1, DOMAINS, 1ull << 56);
}

REFUSED("kernel.domain.schedule_configure.domain", DomainScheduleConfigure, 3,
        RANGE_ERROR(0, DOMAINS - 1))
{
    return schedule(0, DOMAINS, 1ull << 56);
}

REFUSED("kernel.domain.schedule_configure.duration", DomainScheduleConfigure, 4,
        INVALID_ARGUMENT(2))
{
    return schedule(0, 0, 1ull << 56);
}

TEST("kernel.domain.schedule_configure.end_of_other_domain")
{
    COVERS("DomainScheduleConfigure.5");

    if (DOMAINS == 1) {
        skip("this profile has one domain");
    }
    CHECK_REPLY(schedule(0, 1, 0), INVALID_ARGUMENT(1));
}

REFUSED("kernel.domain.schedule_configure.end_at_start", DomainScheduleConfigure, 6,
        INVALID_ARGUMENT(2))
{
    return schedule(0, 0, 0);
}

REFUSED("kernel.domain.schedule_set_start.truncated", DomainScheduleSetStart, 1, TRUNCATED)
{
    return INVOKE(seL4_CapDomain, DomainScheduleSetStart, WORDS(SCHEDULES), .cut = 1);
}

REFUSED("kernel.domain.schedule_set_start.index", DomainScheduleSetStart, 2,
        RANGE_ERROR(0, SCHEDULES - 1))
{
    return INVOKE(seL4_CapDomain, DomainScheduleSetStart, WORDS(SCHEDULES));
}

REFUSED("kernel.domain.schedule_set_start.end_marker", DomainScheduleSetStart, 3,
        INVALID_ARGUMENT(0))
{
    return INVOKE(seL4_CapDomain, DomainScheduleSetStart, WORDS(SCHEDULES - 1));
}

TEST("kernel.domain.unknown_label")
{
    CHECK_REPLY(INVOKE(seL4_CapDomain, DomainSetSet - 1, WORDS()), ILLEGAL_OPERATION);
    CHECK_REPLY(INVOKE(seL4_CapDomain, DomainScheduleSetStart + 1, WORDS()), ILLEGAL_OPERATION);
}
