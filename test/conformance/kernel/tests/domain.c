// SPDX-License-Identifier: BSD-2-Clause
/* Domains: only threads of the current one run. The driver lives in domain 0. */
#include <harness/ipc.h>
#include <harness/suite.h>

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
