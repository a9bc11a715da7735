// SPDX-License-Identifier: BSD-2-Clause
/* System calls at the end of a budget are made later: none is lost, none is made twice. */
#include <harness/ipc.h>
#include <harness/suite.h>

#define RECV ((seL4_Word)seL4_SysRecv)

enum { ROUNDS = 1500, SHORT_US = 61, STRETCH = 40 };

/* A caller that counts, and a server that checks the count. */
struct counting {
    seL4_CPtr endpoint, reply, notification;
    volatile seL4_Word called, served, signalled, wrong;
};

static void pause(seL4_Word round)
{
    for (volatile seL4_Word i = 0; i < round % STRETCH; i++) {
    }
}

static void count_calls(void *argument)
{
    struct counting *c = argument;

    for (seL4_Word i = 0; i < ROUNDS; i++) {
        const struct reply reply = INVOKE(c->endpoint, i & 0xff, WORDS(i, ~i, 2, 3, i + 4));

        c->wrong += reply.label != 0x55 || reply.length != 2 || reply.mr[1] != i + 1;
        c->called++;
        pause(i);
    }
}

static void serve(void *argument)
{
    struct counting *c = argument;
    struct reply m = receive(RECV, c->endpoint, c->reply);

    for (;;) {
        c->wrong += m.length != 5 || m.mr[0] != c->served || m.mr[4] != m.mr[0] + 4 ||
                    m.label != (m.mr[0] & 0xff);
        c->served++;
        pause(m.mr[0] / 3);
        m = exchange((seL4_Word)seL4_SysReplyRecv, NOTHING, 0x55,
                     (struct message){WORDS(0, m.mr[0] + 1)}, c->endpoint, c->reply);
    }
}

static struct counting counting_new(void)
{
    return (struct counting){
        .endpoint = endpoint_new(), .reply = reply_new(), .notification = notification_new()};
}

static struct thread *poor_thread(uint64_t budget_us, uint64_t period_us)
{
    return thread_new((struct thread_options){
        .priority = PRIORITY, .budget_us = budget_us, .period_us = period_us});
}

static void check_counts(struct counting *c, struct thread *caller)
{
    thread_wait(caller);
    CHECK_EQUAL(c->wrong, 0);
    CHECK_EQUAL(c->called, ROUNDS);
    CHECK_EQUAL(c->served, ROUNDS);
}

static void check_calls(seL4_Word server_priority, bool passive, uint64_t budget_us,
                        uint64_t period_us)
{
    struct counting c = counting_new();
    struct thread *server = thread_run(server_priority, serve, &c);
    struct thread *caller = poor_thread(budget_us, period_us);

    settle();
    if (passive) {
        thread_make_passive(server);
    }
    thread_start_at(caller, count_calls, &c);
    check_counts(&c, caller);
}

TEST_PATHS("kernel.budget_calls.to_a_passive_server")
{
    check_calls(PRIORITY + 1, true, SHORT_US, 100);
    check_calls(PRIORITY - 1, true, SHORT_US, 100);
}

TEST_PATHS("kernel.budget_calls.to_an_active_server")
{
    check_calls(PRIORITY + 1, false, SHORT_US, 100);
    check_calls(PRIORITY - 1, false, SHORT_US, 100);
}

TEST_PATHS("kernel.budget_calls.of_a_round_robin")
{
    check_calls(PRIORITY + 1, true, SHORT_US, SHORT_US);
    check_calls(PRIORITY, false, SHORT_US, SHORT_US);
}

/* Two callers on the shortest of slices take turns inside the server. */
TEST_PATHS("kernel.budget_calls.server_is_poor_too")
{
    struct counting c = counting_new();
    struct thread *server = poor_thread(SHORT_US + 2, 100), *caller = poor_thread(SHORT_US, 100);

    thread_start_at(server, serve, &c);
    thread_start_at(caller, count_calls, &c);
    check_counts(&c, caller);
}

/* ---- with timeout handlers that let everybody go on ---- */

struct forgiving {
    seL4_CPtr endpoint, reply;
    volatile seL4_Word timeouts;
};

static void forgive(void *argument)
{
    struct forgiving *f = argument;
    struct reply m = receive(RECV, f->endpoint, f->reply);

    for (;;) {
        f->timeouts += m.label == seL4_Fault_Timeout;
        m = exchange((seL4_Word)seL4_SysReplyRecv, NOTHING, 0, (struct message){WORDS()},
                     f->endpoint, f->reply);
    }
}

static void forgive_start(struct forgiving *f)
{
    *f = (struct forgiving){.endpoint = endpoint_new(), .reply = reply_new()};
    thread_run(PRIORITY + 5, forgive, f);
    settle();
}

TEST_PATHS("kernel.budget_calls.caller_told_of_timeouts")
{
    struct counting c = counting_new();
    struct thread *caller = poor_thread(SHORT_US, 100);
    struct forgiving f;

    forgive_start(&f);
    thread_run(PRIORITY + 1, serve, &c);
    OK(seL4_TCB_SetTimeoutEndpoint(caller->tcb, f.endpoint));
    thread_start_at(caller, count_calls, &c);
    check_counts(&c, caller);
    CHECK(f.timeouts > 10);
}

TEST_PATHS("kernel.budget_calls.server_told_of_timeouts")
{
    struct counting c = counting_new();
    struct thread *caller = poor_thread(SHORT_US, 100);
    struct thread *server = thread_run(PRIORITY + 1, serve, &c);
    struct forgiving f;

    forgive_start(&f);
    thread_make_passive(server);
    OK(seL4_TCB_SetTimeoutEndpoint(server->tcb, f.endpoint));
    thread_start_at(caller, count_calls, &c);
    check_counts(&c, caller);
    CHECK(f.timeouts > 10);
}

/* ---- sends and signals ---- */

static void count_sends(void *argument)
{
    struct counting *c = argument;

    for (seL4_Word i = 0; i < ROUNDS; i++) {
        invoke_by_send((seL4_Word)seL4_SysSend, c->endpoint, 0, (struct message){WORDS(i)});
        c->called++;
        pause(i);
    }
}

static void take_sends(void *argument)
{
    struct counting *c = argument;

    for (;;) {
        const struct reply m = receive((seL4_Word)seL4_SysWait, c->endpoint, NOTHING);

        c->wrong += m.length != 1 || m.mr[0] != c->served;
        c->served++;
        pause(m.mr[0] / 3);
    }
}

static void check_sends(seL4_Word priority)
{
    struct counting c = counting_new();
    struct thread *sender = poor_thread(SHORT_US, 100);
    struct thread *receiver = thread_new(
        (struct thread_options){.priority = priority, .budget_us = SHORT_US, .period_us = 90});

    thread_start_at(receiver, take_sends, &c);
    thread_start_at(sender, count_sends, &c);
    thread_wait(sender);
    sleep_us(1000);
    CHECK_EQUAL(c.wrong, 0);
    CHECK_EQUAL(c.called, ROUNDS);
    CHECK_EQUAL(c.served, ROUNDS);
}

TEST_PATHS("kernel.budget_calls.sends")
{
    check_sends(PRIORITY + 1);
    check_sends(PRIORITY - 1);
    check_sends(PRIORITY);
}

/* One signals, the other waits, and the other way round. */
static void ping(void *argument)
{
    struct counting *c = argument;

    for (seL4_Word i = 0; i < ROUNDS; i++) {
        signal_to(c->endpoint); /* here a notification, too */
        c->called++;
        pause(i);
        seL4_Wait(c->notification, NULL);
    }
}

static void pong(void *argument)
{
    struct counting *c = argument;

    for (;;) {
        seL4_Wait(c->endpoint, NULL);
        c->served++;
        pause(c->served / 3);
        signal_to(c->notification);
    }
}

TEST_PATHS("kernel.budget_calls.signals")
{
    struct counting c = {.endpoint = notification_new(), .notification = notification_new()};
    struct thread *one = poor_thread(SHORT_US, 100), *other = poor_thread(SHORT_US, 90);

    thread_start_at(other, pong, &c);
    thread_start_at(one, ping, &c);
    check_counts(&c, one);
}
