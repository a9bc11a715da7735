// SPDX-License-Identifier: BSD-2-Clause
/* Domains: only threads of the current one run. The driver lives in domain 0. */
#include <harness/ipc.h>
#include <harness/suite.h>
#include <harness/trace.h>

enum { DOMAINS = CONFIG_NUM_DOMAINS, LONG_US = 2000 };

static void need_domains(void)
{
    if (DOMAINS == 1) {
        skip("this profile has one domain");
    }
}

static void entry(seL4_Word index, seL4_Word domain, uint64_t us)
{
    CHECK_REPLY(
        INVOKE(seL4_CapDomain, DomainScheduleConfigure, WORDS(index, domain, us * ticks_per_us())),
        SUCCESS());
}

static void start_at(seL4_Word index)
{
    CHECK_REPLY(INVOKE(seL4_CapDomain, DomainScheduleSetStart, WORDS(index)), SUCCESS());
}

static void set_domain(seL4_CPtr tcb, seL4_Word domain)
{
    CHECK_REPLY(INVOKE(seL4_CapDomain, DomainSetSet, WORDS(domain), CAPS(tcb)), SUCCESS());
}

TEST("kernel.domain.set.own_domain")
{
    COVERS("DomainSetSet.0");

    set_domain(tcb_new(), 0);
}

TEST("kernel.domain.schedule.start_again")
{
    COVERS("DomainScheduleConfigure.0");
    COVERS("DomainScheduleSetStart.0");

    entry(0, 0, LONG_US);
    start_at(0);
    sleep_us(3 * LONG_US); /* one entry: it follows itself */
    entry(0, 0, 1000 * LONG_US);
    start_at(0);
}

TEST("kernel.domain.other_domain_does_not_run")
{
    struct ipc send = {.number = seL4_SysNBSend, .cap = endpoint_new()};
    struct thread *thread = thread_at(PRIORITY);

    need_domains();
    set_domain(thread->tcb, 1);
    thread_start_at(thread, ipc_once, &send);
    settle();
    sleep_us(3000);
    CHECK_EQUAL(send.done, 0);
    set_domain(thread->tcb, 0);
    thread_wait(thread);
    CHECK_EQUAL(send.done, 1);
}

/* While domain 1 has the machine the driver stands still, however high its priority. */
TEST("kernel.domain.schedule.switches_and_comes_back")
{
    struct ipc send = {.number = seL4_SysNBSend, .cap = endpoint_new()};
    struct thread *thread = thread_at(PRIORITY);
    uint64_t start_us;

    need_domains();
    set_domain(thread->tcb, 1);
    thread_start_at(thread, ipc_once, &send);
    entry(1, 1, LONG_US);
    entry(2, 0, 1000 * LONG_US);
    start_us = now_us();
    start_at(1); /* at once */
    CHECK(now_us() - start_us >= LONG_US - 10);
    CHECK(now_us() - start_us < LONG_US + 200);
    CHECK_EQUAL(send.done, 1);
}

TEST("kernel.domain.schedule.wraps_to_the_start")
{
    struct ipc send = {.number = seL4_SysNBSend, .cap = endpoint_new()};
    struct thread *thread = thread_at(PRIORITY);
    uint64_t gap_us = 0, last_us;

    need_domains();
    entry(1, 0, LONG_US);
    entry(2, 1, LONG_US / 2);
    entry(3, 0, 0);
    set_domain(thread->tcb, 1);
    thread_start_at(thread, ipc_once, &send);
    start_at(1);
    last_us = now_us();
    for (unsigned gaps = 0; gaps < 3;) {
        const uint64_t at_us = now_us();

        if (at_us - last_us > 100) {
            gap_us = at_us - last_us;
            gaps++;
        }
        last_us = at_us;
    }
    CHECK(gap_us >= LONG_US / 2 - 50 && gap_us <= LONG_US / 2 + 200);
    CHECK_EQUAL(send.done, 1);
}

TEST("kernel.domain.fresh_threads_belong_to_the_current_one")
{
    struct ipc send = {.number = seL4_SysNBSend, .cap = endpoint_new()};

    thread_wait(ipc_thread(PRIORITY, &send));
}

/* Messages cross; who is woken in another domain waits for its time. */
TEST("kernel.domain.message_across")
{
    const seL4_CPtr endpoint = endpoint_new();
    struct ipc wait = {.number = seL4_SysWait, .cap = endpoint};
    struct thread *thread = ipc_thread(PRIORITY, &wait);

    need_domains();
    settle();
    set_domain(thread->tcb, 1);
    invoke_by_send((seL4_Word)seL4_SysNBSend, endpoint, 7, (struct message){WORDS()});
    settle();
    CHECK_EQUAL(wait.done, 0);
    entry(1, 1, LONG_US);
    entry(2, 0, 1000 * LONG_US);
    start_at(1);
    CHECK_EQUAL(wait.done, 1);
    CHECK_EQUAL(wait.result.label, 7);
}

/* ---- threads that change sides ---- */

/* Domain 1 has the machine for a while, then domain 0 for ever. */
static void visit(seL4_Word domain, uint64_t us)
{
    entry(1, domain, us);
    entry(2, 0, 1000 * LONG_US);
    start_at(1);
}

static void move_itself(void *argument)
{
    const struct thread *self = argument;

    trace_note('A');
    set_domain(self->tcb, 1);
    trace_note('B');
}

/* The call is answered, and what comes after it waits for the domain's time. */
TEST("kernel.domain.several.itself")
{
    struct thread *thread = thread_at(PRIORITY);

    need_domains();
    trace_reset();
    thread_start_at(thread, move_itself, thread);
    settle();
    CHECK_TRACE("A");
    visit(1, LONG_US);
    CHECK_TRACE("AB");
}

TEST("kernel.domain.several.ready_thread")
{
    struct runner runners[] = {runner_new('a', PRIORITY), runner_new('b', PRIORITY)};

    need_domains();
    trace_reset();
    runner_start(&runners[0]);
    runner_start(&runners[1]);
    set_domain(runners[1].thread->tcb, 1);
    settle();
    CHECK_TRACE("a");
    visit(1, LONG_US);
    CHECK_TRACE("ab");
}

static void spend_then_note(void *argument)
{
    (void)argument;
    seL4_Yield();
    trace_note('y');
}

/* It gets time again while it is not its turn, and is ready when that comes. */
TEST("kernel.domain.several.thread_that_waits_for_time")
{
    struct thread *thread = thread_new(
        (struct thread_options){.priority = PRIORITY, .budget_us = 500, .period_us = 2000});

    need_domains();
    trace_reset();
    thread_start_at(thread, spend_then_note, NULL);
    settle();
    set_domain(thread->tcb, 1);
    sleep_us(4000);
    CHECK_TRACE("");
    visit(1, LONG_US);
    CHECK_TRACE("y");
}

TEST("kernel.domain.several.lent_context_crosses")
{
    struct ipc serve = {.cap = endpoint_new(), .reply = reply_new()};
    struct ipc call = {
        .number = seL4_SysCall, .cap = serve.cap, .label = 5, .message = {WORDS(1, 2)}};
    struct thread *server = passive_server(PRIORITY + 1, &serve);

    need_domains();
    set_domain(server->tcb, 1);
    ipc_thread(PRIORITY, &call);
    settle();
    CHECK_EQUAL(serve.done, 0);
    visit(1, LONG_US);
    CHECK_EQUAL(serve.done, 1);
    settle();
    CHECK_EQUAL(call.done, 1);
    CHECK_EQUAL(call.result.label, 5);
    CHECK_EQUAL(call.result.mr[1], 2);
}

TEST("kernel.domain.several.signal_across")
{
    const seL4_CPtr notification = notification_new();
    struct ipc wait = {.number = seL4_SysWait, .cap = notification};
    struct thread *thread = ipc_thread(PRIORITY, &wait);

    need_domains();
    settle();
    set_domain(thread->tcb, 1);
    signal_to(badged(notification, 9));
    settle();
    CHECK_EQUAL(wait.done, 0);
    visit(1, LONG_US);
    CHECK_EQUAL(wait.done, 1);
    CHECK_EQUAL(wait.result.badge, 9);
}

static void spin_on(void *argument)
{
    (void)argument;
    for (;;) {
    }
}

/* A budget is used only while the domain has the machine. */
TEST("kernel.domain.several.time_of_others_is_not_charged")
{
    struct thread *thread = thread_at(PRIORITY);

    need_domains();
    set_domain(thread->tcb, 1);
    thread_start_at(thread, spin_on, NULL);
    for (unsigned i = 0; i < 3; i++) {
        visit(1, LONG_US);
        spin_us(1000);
    }
    OK(seL4_TCB_Suspend(thread->tcb));
    CHECK_ABOUT(INVOKE(thread->sc, SchedContextConsumed, WORDS()).mr[0], 3 * LONG_US);
}

/* Nobody to run: the time passes all the same. */
TEST("kernel.domain.several.empty_domain_idles")
{
    uint64_t start_us;

    need_domains();
    start_us = now_us();
    visit(2, LONG_US);
    CHECK_ABOUT(now_us() - start_us, LONG_US);
}

static void note_for_ever(void *argument)
{
    uint64_t last = 0;

    for (;;) {
        const uint64_t now = ticks_now();

        if (now - last > 300 * ticks_per_us()) {
            trace_note((char)(uintptr_t)argument);
        }
        last = now;
    }
}

TEST("kernel.domain.schedule.order")
{
    static const char letters[] = "abc";
    static const seL4_Word order[] = {2, 1, 3, 1};

    need_domains();
    for (seL4_Word i = 0; i < 3; i++) {
        struct thread *thread = thread_at(PRIORITY);

        set_domain(thread->tcb, i + 1);
        thread_start_at(thread, note_for_ever, (void *)(uintptr_t)letters[i]);
    }
    for (seL4_Word i = 0; i < 4; i++) {
        entry(1 + i, order[i], LONG_US / 2);
    }
    entry(5, 0, 1000 * LONG_US);
    trace_reset();
    start_at(1);
    CHECK_TRACE("baca");
}

struct across {
    seL4_CPtr sc;
    struct reply reply;
};

static void yield_across(void *argument)
{
    struct across *across = argument;

    across->reply = INVOKE(across->sc, SchedContextYieldTo, WORDS());
    trace_note('Y');
}

/* Who cannot run now does not hold up the caller. */
TEST("kernel.domain.several.yield_to_across")
{
    struct runner other = runner_new('o', PRIORITY);
    struct across across = {.sc = other.thread->sc};

    need_domains();
    set_domain(other.thread->tcb, 1);
    trace_reset();
    runner_start(&other);
    thread_wait(thread_run(PRIORITY, yield_across, &across));
    CHECK_TRACE("Y");
    CHECK_EQUAL(across.reply.label, seL4_NoError);
    CHECK_EQUAL(across.reply.length, 1);
    visit(1, LONG_US);
    CHECK_TRACE("Yo");
}
