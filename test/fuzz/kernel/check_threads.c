// SPDX-License-Identifier: BSD-2-Clause
/* Threads, what they wait for, and what time they have. */
#include "check.h"
#include "core/sched.h"
#include "fuzz.h"
#include "object/endpoint.h"
#include "object/notification.h"
#include "object/reply.h"
#include "object/sched_context.h"
#include "object/sched_control.h"
#include "object/wait_queue.h"
#include <arch/clock.h>

static unsigned mark; /* of this round */

struct object *check_alive(const void *pointer, enum cap_type type, const char *what,
                           const void *where)
{
    struct object *object = model_object(pointer);

    EXPECT(object != NULL && object->type == type, "%s of %p is %p, which is no %s", what, where,
           pointer, cap_name((struct cap){.type = type}));
    EXPECT(!object->is_zombie, "%s of %p is %p, which is being deleted", what, where, pointer);
    return object;
}

/* ---- scheduling contexts ---- */

static void check_refills(const struct object *object, const struct sched_context *sc)
{
    ticks_t sum = 0;
    ticks_t last = 0;

    EXPECT(sc->refill_max >= MIN_REFILLS && sc->refill_first < sc->refill_max &&
               sc->refill_count >= 1 && sc->refill_count <= sc->refill_max,
           "context %p: refill ring first %lu count %lu max %lu", (const void *)sc,
           sc->refill_first, sc->refill_count, sc->refill_max);
    EXPECT(sc->refill_max * sizeof(struct refill) + SCHED_CONTEXT_HEADER_BYTES <=
               object->size_bytes,
           "context %p: more refills than its memory holds", (const void *)sc);
    for (word_t i = 0; i < sc->refill_count; i++) {
        const struct refill *refill = &sc->refills[(sc->refill_first + i) % sc->refill_max];

        EXPECT(sc->period == 0 || refill->time >= last,
               "context %p: refill %lu of %lu at %lu, before the end %lu of the one before it",
               (const void *)sc, i, sc->refill_count, refill->time, last);
        last = refill->time + (sc->period == 0 ? 0 : refill->amount);
        sum += refill->amount;
    }
    EXPECT(sum == object->budget, "context %p: its refills add up to %lu, configured were %lu",
           (const void *)sc, sum, object->budget);
}

static void check_context(struct object *object)
{
    const struct sched_context *sc = (const struct sched_context *)object->base;

    if (sched_context_is_active(sc)) {
        check_refills(object, sc);
    }
    if (sc->tcb != NULL) {
        check_alive(sc->tcb, CAP_TCB, "thread", sc);
        EXPECT(sc->tcb->sched_context == sc, "context %p: its thread %p has %p", (const void *)sc,
               (void *)sc->tcb, (void *)sc->tcb->sched_context);
    }
    if (sc->notification != NULL) {
        check_alive(sc->notification, CAP_NOTIFICATION, "notification", sc);
        EXPECT(sc->notification->sched_context == sc, "context %p: its notification %p has %p",
               (const void *)sc, (void *)sc->notification, (void *)sc->notification->sched_context);
    }
    if (sc->reply != NULL) {
        check_alive(sc->reply, CAP_REPLY, "call stack", sc);
        EXPECT(sc->reply->sched_context == sc, "context %p: the top of its stack %p leads to %p",
               (const void *)sc, (void *)sc->reply, (void *)sc->reply->sched_context);
    }
    if (sc->yield_from != NULL) {
        check_alive(sc->yield_from, CAP_TCB, "yielder", sc);
        EXPECT(sc->yield_from->yield_to == sc, "context %p: its yielder %p yields to %p",
               (const void *)sc, (void *)sc->yield_from, (void *)sc->yield_from->yield_to);
    }
}

/* ---- reply objects ---- */

static void check_reply(struct object *object)
{
    const struct reply *reply = (const struct reply *)object->base;
    const struct tcb *tcb = reply->tcb;

    if (tcb != NULL) {
        check_alive(tcb, CAP_TCB, "thread", reply);
        EXPECT(tcb->reply == reply, "reply %p: its thread %p has %p", (const void *)reply,
               (const void *)tcb, (void *)tcb->reply);
        EXPECT(tcb->state == THREAD_BLOCKED_ON_RECEIVE || tcb->state == THREAD_BLOCKED_ON_REPLY,
               "reply %p: its thread %p is in state %u", (const void *)reply, (const void *)tcb,
               tcb->state);
    }
    /* The top of a stack whose context went away leads to no context any more. */
    if (reply_is_on_stack(reply) || reply->older != NULL) {
        EXPECT(tcb != NULL && tcb->state == THREAD_BLOCKED_ON_REPLY,
               "reply %p is on a call stack but nobody waits in it", (const void *)reply);
    }
    if (reply->older != NULL) {
        check_alive(reply->older, CAP_REPLY, "older call", reply);
        EXPECT(reply->older->newer == reply, "reply %p: the older call does not lead back",
               (const void *)reply);
    }
    if (reply->newer != NULL) {
        check_alive(reply->newer, CAP_REPLY, "newer call", reply);
        EXPECT(reply->newer->older == reply, "reply %p: the newer call does not lead back",
               (const void *)reply);
        EXPECT(reply->sched_context == NULL, "reply %p is the top and is not", (const void *)reply);
    }
    if (reply->sched_context != NULL) {
        check_alive(reply->sched_context, CAP_SCHED_CONTEXT, "context", reply);
        EXPECT(reply->sched_context->reply == reply, "reply %p: not the top of its context's stack",
               (const void *)reply);
    }
}

/* ---- who waits where ---- */

static unsigned check_queue(const struct tcb *head, unsigned state, const void *where)
{
    unsigned count = 0;
    unsigned priority = 256;

    for (const struct tcb *tcb = head; tcb != NULL; tcb = wait_queue_next(head, tcb)) {
        struct object *object = check_alive(tcb, CAP_TCB, "waiter", where);

        EXPECT(object->mark != mark, "thread %p waits twice (now at %p)", (const void *)tcb, where);
        object->mark = mark;
        EXPECT(tcb->state == state, "thread %p waits at %p in state %u, expected %u",
               (const void *)tcb, where, tcb->state, state);
        const void *at = state == THREAD_BLOCKED_ON_NOTIFICATION
                             ? (const void *)tcb->wait.notification
                             : (const void *)tcb->wait.endpoint;

        EXPECT(at == where, "thread %p waits at %p but says %p", (const void *)tcb, where, at);
        EXPECT(tcb->priority <= priority, "queue of %p: priority %u behind %u", where,
               tcb->priority, priority);
        const struct wait_links *links = &tcb->wait.links;

        EXPECT(links->next->wait.links.prev == tcb && links->prev->wait.links.next == tcb &&
                   links->next->priority == tcb->priority,
               "queue of %p: ring broken at thread %p", where, (const void *)tcb);
        EXPECT((links->group_next != NULL) == (tcb->priority < priority),
               "queue of %p: thread %p is wrongly%s a leader", where, (const void *)tcb,
               links->group_next != NULL ? "" : " not");
        EXPECT(links->group_next == NULL || (links->group_next->wait.links.group_prev == tcb &&
                                             links->group_prev->wait.links.group_next == tcb),
               "queue of %p: leaders broken at thread %p", where, (const void *)tcb);
        priority = tcb->priority;
        count++;
    }
    return count;
}

static void check_endpoint(struct object *object)
{
    const struct endpoint *endpoint = (const struct endpoint *)object->base;
    const enum endpoint_state state = endpoint_state(endpoint);
    const struct tcb *head = endpoint_head(endpoint);

    EXPECT((unsigned)state <= ENDPOINT_RECEIVING && (state == ENDPOINT_IDLE) == (head == NULL),
           "endpoint %p: state %u with first waiter %p", (const void *)endpoint, state,
           (const void *)head);
    check_queue(head,
                state == ENDPOINT_SENDING ? THREAD_BLOCKED_ON_SEND : THREAD_BLOCKED_ON_RECEIVE,
                endpoint);
    if (endpoint->cancel_cursor != NULL) {
        const struct object *at = check_alive(endpoint->cancel_cursor, CAP_TCB, "cursor", endpoint);

        EXPECT(at->mark == mark && endpoint->cancel_cursor->wait.endpoint == endpoint,
               "endpoint %p: its cursor %p does not wait there", (const void *)endpoint,
               (void *)endpoint->cancel_cursor);
    }
}

static void check_notification(struct object *object)
{
    const struct notification *n = (const struct notification *)object->base;

    EXPECT(n->state <= NOTIFICATION_ACTIVE &&
               (n->state == NOTIFICATION_WAITING) == (n->queue != NULL),
           "notification %p: state %lu with first waiter %p", (const void *)n, n->state,
           (void *)n->queue);
    check_queue(n->queue, THREAD_BLOCKED_ON_NOTIFICATION, n);
    if (n->bound_tcb != NULL) {
        check_alive(n->bound_tcb, CAP_TCB, "bound thread", n);
        EXPECT(n->bound_tcb->bound_notification == n, "notification %p: its thread is bound to %p",
               (const void *)n, (void *)n->bound_tcb->bound_notification);
    }
    if (n->sched_context != NULL) {
        check_alive(n->sched_context, CAP_SCHED_CONTEXT, "context", n);
        EXPECT(n->sched_context->notification == n, "notification %p: its context has %p",
               (const void *)n, (void *)n->sched_context->notification);
    }
}

/* ---- threads ---- */

static void check_state(const struct tcb *tcb)
{
    switch ((enum thread_state)tcb->state) {
    case THREAD_BLOCKED_ON_REPLY:
        EXPECT(tcb->reply != NULL, "thread %p waits for an answer in no reply object",
               (const void *)tcb);
        break;
    case THREAD_BLOCKED_ON_RECEIVE: break;
    case THREAD_INACTIVE:
    case THREAD_RUNNING:
    case THREAD_RESTART:
    case THREAD_BLOCKED_ON_SEND:
    case THREAD_BLOCKED_ON_NOTIFICATION:
        EXPECT(tcb->reply == NULL, "thread %p in state %u has a reply object", (const void *)tcb,
               tcb->state);
        break;
    default: fail("thread %p is in state %u", (const void *)tcb, tcb->state);
    }
    if (tcb->fault.type != FAULT_NULL) {
        EXPECT(!tcb_is_runnable(tcb), "thread %p runs with fault %u pending", (const void *)tcb,
               tcb->fault.type);
    }
}

static void check_tcb(struct object *object)
{
    const struct tcb *tcb = (const struct tcb *)object->base;
    const struct core *core = host_core;

    check_state(tcb);
    if (tcb->sched_context != NULL) {
        check_alive(tcb->sched_context, CAP_SCHED_CONTEXT, "context", tcb);
        EXPECT(tcb->sched_context->tcb == tcb, "thread %p: its context %p has %p",
               (const void *)tcb, (void *)tcb->sched_context, (void *)tcb->sched_context->tcb);
    }
    if (tcb->reply != NULL) {
        check_alive(tcb->reply, CAP_REPLY, "reply object", tcb);
        EXPECT(tcb->reply->tcb == tcb, "thread %p: its reply object %p has %p", (const void *)tcb,
               (void *)tcb->reply, (void *)tcb->reply->tcb);
    }
    if (tcb->bound_notification != NULL) {
        check_alive(tcb->bound_notification, CAP_NOTIFICATION, "notification", tcb);
        EXPECT(tcb->bound_notification->bound_tcb == tcb, "thread %p: its notification has %p",
               (const void *)tcb, (void *)tcb->bound_notification->bound_tcb);
    }
    if (tcb->yield_to != NULL) {
        check_alive(tcb->yield_to, CAP_SCHED_CONTEXT, "yield target", tcb);
        EXPECT(tcb->yield_to->yield_from == tcb, "thread %p: who it yields to does not know",
               (const void *)tcb);
    }
    EXPECT(!(tcb->in_ready_queue && tcb->in_release_queue), "thread %p is in both queues",
           (const void *)tcb);
    if (tcb->in_ready_queue) {
        EXPECT(sched_is_schedulable(tcb),
               "thread %p is ready but cannot run (state %u, context %p)", (const void *)tcb,
               tcb->state, (void *)tcb->sched_context);
        EXPECT(tcb != core->current, "the current thread %p is in a ready queue",
               (const void *)tcb);
    } else if (sched_is_schedulable(tcb) && tcb->sched_context->core == core->arch.number) {
        EXPECT(tcb == core->current, "thread %p could run but is in no queue", (const void *)tcb);
    }
    if (tcb->in_release_queue) {
        EXPECT(tcb->sched_context != NULL && tcb_is_runnable(tcb),
               "thread %p waits for time but could not use it", (const void *)tcb);
    }
}

/* ---- the scheduler's queues ---- */

static void check_ready_ring(struct tcb *head, unsigned domain, unsigned priority, unsigned *count)
{
    struct tcb *tcb = head;

    do {
        struct object *object = check_alive(tcb, CAP_TCB, "ready queue", head);

        EXPECT(tcb->in_ready_queue && tcb->domain == domain && tcb->priority == priority,
               "thread %p stands in the queue of domain %u priority %u, is of %u and %u (%d)",
               (void *)tcb, domain, priority, tcb->domain, tcb->priority, tcb->in_ready_queue);
        EXPECT(tcb->ready_next->ready_prev == tcb && tcb->ready_prev->ready_next == tcb,
               "ready queue broken at thread %p", (void *)tcb);
        EXPECT(object->mark != mark, "thread %p waits and is ready", (void *)tcb);
        object->mark = mark;
        ++*count;
        tcb = tcb->ready_next;
    } while (tcb != head);
}

static unsigned check_ready_queues(void)
{
    unsigned count = 0;

    for (unsigned domain = 0; domain < sys.abi.domains; domain++) {
        struct ready_queues *queues = &host_core->ready[domain];

        for (unsigned word = 0; word < PRIORITY_COUNT / 64; word++) {
            EXPECT(((queues->any >> word) & 1) == (queues->occupied[word] != 0),
                   "domain %u: summary of occupied priorities is wrong", domain);
            for (uint64_t bits = queues->occupied[word]; bits != 0; bits &= bits - 1) {
                const unsigned priority = word * 64 + count_trailing_zeros(bits);

                EXPECT(queues->heads[priority] != NULL, "domain %u priority %u: occupied by nobody",
                       domain, priority);
                check_ready_ring(queues->heads[priority], domain, priority, &count);
            }
        }
    }
    return count;
}

static unsigned check_heap(const struct time_node *node, const struct time_node *parent)
{
    if (node == NULL) {
        return 0;
    }
    const struct tcb *tcb = CONTAINER_OF(node, const struct tcb, release);
    struct object *object = check_alive(tcb, CAP_TCB, "release queue", host_core);

    EXPECT(node->parent == parent, "release queue: thread %p has a wrong parent",
           (const void *)tcb);
    EXPECT(parent == NULL || parent->time < node->time ||
               (parent->time == node->time && parent->order < node->order),
           "release queue: thread %p stands below a later one", (const void *)tcb);
    EXPECT(tcb->in_release_queue && object->mark != mark, "thread %p waits for time and more",
           (const void *)tcb);
    object->mark = mark;
    return 1 + check_heap(node->left, node) + check_heap(node->right, node);
}

static void check_queues_are_complete(unsigned ready, unsigned released)
{
    unsigned says_ready = 0, says_released = 0, says_waiting = 0, marked = 0;

    for (struct object *o = model_next_object(NULL); o != NULL; o = model_next_object(o)) {
        const struct tcb *tcb = (const struct tcb *)o->base;

        if (o->type != CAP_TCB || o->is_zombie) {
            continue;
        }
        says_ready += tcb->in_ready_queue;
        says_released += tcb->in_release_queue;
        says_waiting += tcb_is_blocked(tcb) && tcb->state != THREAD_BLOCKED_ON_REPLY;
        marked += o->mark == mark;
    }
    EXPECT(says_ready == ready, "%u threads are in ready queues, %u say so", ready, says_ready);
    EXPECT(says_released == released, "%u threads are in the release queue, %u say so", released,
           says_released);
    EXPECT(says_waiting + ready + released == marked, "%u threads wait somewhere, %u say so",
           marked - ready - released, says_waiting);
}

static void check_thread_list(void)
{
    unsigned listed = 0, alive = 0;

    for (const struct tcb *tcb = sys.all_tcbs; tcb != NULL; tcb = tcb->all_next) {
        check_alive(tcb, CAP_TCB, "list of all threads", &sys);
        listed++;
    }
    for (struct object *o = model_next_object(NULL); o != NULL; o = model_next_object(o)) {
        alive += o->type == CAP_TCB && !o->is_zombie;
    }
    EXPECT(listed == alive, "%u threads are listed, %u exist", listed, alive);
}

void check_object(struct object *object)
{
    mark++;
    switch ((enum cap_type)object->type) {
    case CAP_ENDPOINT: check_endpoint(object); break;
    case CAP_NOTIFICATION: check_notification(object); break;
    case CAP_REPLY: check_reply(object); break;
    case CAP_SCHED_CONTEXT: check_context(object); break;
    case CAP_TCB: check_tcb(object); break;
    default: break;
    }
}

/* What holds after every kernel exit, without a look at all objects. */
void check_core(void)
{
    const struct core *core = host_core;
    const struct tcb *current = core->current;
    const struct sched_context *sc = current->sched_context;

    EXPECT(core->action == ACTION_RESUME && core->candidate == NULL,
           "the kernel was left with action %u, candidate %p", core->action,
           (void *)core->candidate);
    EXPECT(sc == core->sched_context, "the current thread's context is %p, %p pays",
           (const void *)sc, (void *)core->sched_context);
    EXPECT(core->timer_deadline == host_timer, "the timer is set to %lu, the kernel thinks %lu",
           host_timer, core->timer_deadline);
    EXPECT(core->timer_deadline <= core->domain_end, "the timer comes after the domain's end");
    EXPECT(core->ready_now == &core->ready[core->domain], "wrong domain's queues");
    if (current == core->idle) {
        EXPECT(sched_highest_ready(core) < 0, "idle while priority %d is ready",
               sched_highest_ready(core));
        return;
    }
    EXPECT(sched_is_schedulable(current), "the current thread %p cannot run (state %u, context %p)",
           (const void *)current, current->state, (const void *)sc);
    EXPECT(current->state == THREAD_RUNNING && current->yield_to == NULL,
           "the current thread %p is in state %u", (const void *)current, current->state);
    EXPECT(current->domain == core->domain, "the current thread is of domain %u, now is %u",
           current->domain, core->domain);
    EXPECT(sched_highest_ready(core) <= (int)current->priority,
           "the current thread has priority %u, %d is ready", current->priority,
           sched_highest_ready(core));
    EXPECT(core->timer_deadline <= core->charge_start + refill_head(core->sched_context)->amount,
           "the timer comes after the end of the budget");
    EXPECT(refill_head(core->sched_context)->time <= core->now, "a refill is used before its time");
}

void check_threads(void)
{
    mark++;
    for (struct object *o = model_next_object(NULL); o != NULL; o = model_next_object(o)) {
        if (o->type == CAP_ENDPOINT) {
            check_endpoint(o);
        } else if (o->type == CAP_NOTIFICATION) {
            check_notification(o);
        }
    }
    const unsigned ready = check_ready_queues();
    const unsigned released = check_heap(host_core->release_queue.root, NULL);

    EXPECT(released == host_core->release_queue.count, "release queue: %u threads, counted %lu",
           released, host_core->release_queue.count);
    check_queues_are_complete(ready, released);
    check_thread_list();
    for (struct object *o = model_next_object(NULL); o != NULL; o = model_next_object(o)) {
        if (o->type == CAP_REPLY) {
            check_reply(o);
        } else if (o->type == CAP_SCHED_CONTEXT) {
            check_context(o);
        } else if (o->type == CAP_TCB && !o->is_zombie) {
            check_tcb(o);
        }
    }
}
