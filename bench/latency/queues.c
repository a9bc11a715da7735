// SPDX-License-Identifier: BSD-2-Clause
/* Queues with thousands of waiting threads. */
#include "arena.h"
#include "crowd.h"
#include "latency.h"

enum {
    UNUSED_BADGES = 40,
    ONE_PRIORITY = 1,
    MANY_PRIORITIES = PRIORITY_CROWD_LAST - PRIORITY_CROWD_FIRST
};

static struct crowd crowd;
static seL4_CPtr victim, badged_victim, unused_badges;

static void delete (unsigned round)
{
    (void)round;
    slot_delete(victim);
}

static void send_all(seL4_CPtr cap, seL4_Word priorities)
{
    const struct deed send = {.number = (seL4_Word)seL4_SysSend, .cap = cap};

    crowd_start_all(&crowd, &send, priorities);
}

static seL4_Word priorities_of(unsigned round)
{
    return round % 2 == 0 ? ONE_PRIORITY : MANY_PRIORITIES;
}

/* ---- everybody is woken ---- */

static void senders(unsigned round)
{
    crowd = crowd_new(CROWD);
    victim = object_new(seL4_EndpointObject, 0);
    send_all(victim, priorities_of(round));
}

static void receivers(unsigned round)
{
    const seL4_CPtr replies = objects_new(seL4_ReplyObject, 0, CROWD);

    crowd = crowd_new(CROWD);
    victim = object_new(seL4_EndpointObject, 0);
    for (seL4_Word i = 0; i < CROWD; i++) {
        const struct deed receive = {
            .number = (seL4_Word)seL4_SysRecv, .cap = victim, .reply = replies + i};

        crowd_priority(&crowd, i, PRIORITY_CROWD_FIRST + i % priorities_of(round));
        crowd_start(&crowd, i, &receive);
    }
}

static void waiters(unsigned round)
{
    crowd = crowd_new(CROWD);
    victim = object_new(seL4_NotificationObject, 0);
    const struct deed wait = {.number = (seL4_Word)seL4_SysWait, .cap = victim};

    crowd_start_all(&crowd, &wait, priorities_of(round));
}

/* Woken, they only become ready; the deletion goes on before they run. */
static void less_important(void (*make)(unsigned round), unsigned round)
{
    make(round);
    for (seL4_Word i = 0; i < CROWD; i++) {
        crowd_priority(&crowd, i, 1 + i % PRIORITY_IDLE_CROWD);
    }
}

static void idle_senders(unsigned round)
{
    less_important(senders, round);
}

static void idle_waiters(unsigned round)
{
    less_important(waiters, round);
}

/* ---- some are picked out ---- */

/* 4,096 with other badges; in front, in the middle and at the end one with the badge to cancel. */
static void badged_senders(unsigned round)
{
    (void)round;
    crowd = crowd_new(CROWD);
    victim = object_new(seL4_EndpointObject, 0);
    badged_victim = minted(victim, CROWD + 1);
    for (seL4_Word i = 0; i < CROWD; i++) {
        const struct deed send = {.number = (seL4_Word)seL4_SysSend,
                                  .cap = i % (CROWD / 2 - 1) == 0 ? badged_victim
                                                                  : minted(victim, i + 1)};

        crowd_start(&crowd, i, &send);
    }
    unused_badges = minted(victim, CROWD + 2);
    for (unsigned i = 1; i < UNUSED_BADGES; i++) {
        minted(victim, CROWD + 2 + i);
    }
}

static void cancel_badged(unsigned round)
{
    (void)round;
    check_ok(seL4_CNode_CancelBadgedSends(seL4_CapInitThreadCNode, badged_victim, seL4_WordBits),
             "cancel badged sends");
    for (unsigned i = 0; i < UNUSED_BADGES; i++) {
        check_ok(
            seL4_CNode_CancelBadgedSends(seL4_CapInitThreadCNode, unused_badges + i, seL4_WordBits),
            "cancel sends of nobody");
    }
}

/* Made once, and not touched between rounds would be quicker, but the arena is emptied. */
static void many_priorities(unsigned round)
{
    (void)round;
    crowd = crowd_new(CROWD);
    victim = object_new(seL4_EndpointObject, 0);
    send_all(victim, MANY_PRIORITIES);
}

/* The queue is in the order of priorities: whoever changes has to find a new place. */
static void change_priorities(unsigned round)
{
    for (seL4_Word i = 0; i < CROWD; i += 5) {
        crowd_priority(&crowd, (i + round) % CROWD,
                       i % 2 == 0 ? PRIORITY_CROWD_FIRST : PRIORITY_CROWD_LAST);
    }
}

static void leave_and_return(unsigned round)
{
    for (seL4_Word i = 0; i < CROWD; i += 7) {
        const seL4_CPtr tcb = crowd.tcbs + (i + round) % CROWD;

        check_ok(seL4_TCB_Suspend(tcb), "suspend");
        check_ok(seL4_TCB_Resume(tcb), "resume");
    }
}

/* One message after another wakes the first, which sends again at the end of its priority. */
static void receive_many(unsigned round)
{
    (void)round;
    for (unsigned i = 0; i < CROWD / 2; i++) {
        seL4_NBWait(victim, NULL);
    }
}

static const struct operation list[] = {
    {"delete.endpoint.sending", 6, senders, delete},
    {"delete.endpoint.receiving", 6, receivers, delete},
    {"delete.endpoint.ready", 4, idle_senders, delete},
    {"delete.notification", 6, waiters, delete},
    {"delete.notification.ready", 4, idle_waiters, delete},
    {"cancel.badged", 5, badged_senders, cancel_badged},
    {"queue.priority", 3, many_priorities, change_priorities},
    {"queue.suspend", 3, many_priorities, leave_and_return},
    {"queue.receive", 3, many_priorities, receive_many},
};

const struct operations queue_operations = {list, sizeof(list) / sizeof(list[0])};
