// SPDX-License-Identifier: BSD-2-Clause
#include "reach.h"

#include <inttypes.h>

#include <abi/syscalls.h>

#include "arch/host/host.h"
#include "chain.h"
#include "core/sched.h"
#include "fuzz.h"
#include "model.h"
#include "object/endpoint.h"
#include "object/irq.h"
#include "object/notification.h"
#include "object/reply.h"
#include "object/vspace.h"
#include "object/wait_queue.h"
#include <arch/irq.h>
#include <arch/vspace.h>

enum { SAMPLE_EVERY = 32, MANY_WAITERS = 4, MANY_REFILLS = 3 };

void reach(enum reach what)
{
    run->counts.reached[what]++;
}

static void reach_if(bool condition, enum reach what)
{
    run->counts.reached[what] += condition;
}

/* ---- calls ---- */

static unsigned fast_exits;

static void before_deletion(const struct view *view)
{
    const struct cap target = view->target == NULL ? cap_null() : view->target->cap;

    switch (view->method) {
    case METHOD_CNODE_DELETE: reach_if(chain_has(target), REACH_CHAIN_DELETED); break;
    case METHOD_CNODE_REVOKE: reach_if(chain_has(target), REACH_CHAIN_REVOKED); break;
    case METHOD_CNODE_CANCEL_BADGED_SENDS:
        if (target.type == CAP_ENDPOINT) {
            const struct endpoint *endpoint = cap_object(target);
            const struct tcb *tcb = endpoint_head(endpoint);
            unsigned count = 0;

            for (; tcb != NULL; tcb = wait_queue_next(endpoint_head(endpoint), tcb)) {
                count++;
            }
            reach_if(count >= MANY_WAITERS && endpoint_state(endpoint) == ENDPOINT_SENDING,
                     REACH_CANCELLED);
        }
        break;
    default: break;
    }
}

/* Remembers where it is mapped, but there its root is gone. */
static bool is_stale(struct cap cap)
{
    return (cap.type == CAP_FRAME || cap.type == CAP_TABLE) && cap_is_mapped(cap) &&
           asid_root(cap_asid(cap)) == NULL;
}

void reach_before_call(const struct view *view)
{
    const bool is_in_chain = view->slot != NULL && chain_has(view->cap);

    reach(REACH_CALLS);
    fast_exits = host_fast_exits;
    if (view->slot == NULL) {
        return;
    }
    reach_if(is_stale(view->cap), REACH_STALE_CAPS);
    switch ((enum cap_type)view->cap.type) {
    case CAP_CNODE: before_deletion(view); break;
    case CAP_TCB:
        reach_if(is_in_chain && view->method == METHOD_TCB_SUSPEND, REACH_CHAIN_SUSPENDED);
        break;
    case CAP_SCHED_CONTEXT:
        reach_if(is_in_chain && (view->method == METHOD_SCHED_CONTEXT_UNBIND ||
                                 view->method == METHOD_SCHED_CONTEXT_UNBIND_OBJECT),
                 REACH_CHAIN_UNBOUND);
        break;
    case CAP_SCHED_CONTROL: reach_if(chain_has(view->extra[0]), REACH_CHAIN_UNBOUND); break;
    default: break;
    }
}

static enum reach fast_path_of(const struct view *view)
{
    switch (view->number) {
    case SYS_CALL: return REACH_FAST_CALLS;
    case SYS_REPLY_RECV: return REACH_FAST_REPLIES;
    case SYS_SEND:
        return view->cap.type == CAP_NOTIFICATION ? REACH_FAST_SIGNALS : REACH_FAST_SENDS;
    case SYS_YIELD: return REACH_FAST_YIELDS;
    default: return REACH_FAST_FOREIGN;
    }
}

static bool answered_fault; /* the reply object of the call holds a thread with a fault */

void reach_after_call(const struct view *view)
{
    const struct object *caller = model_object(view->caller);

    if (host_fast_exits != fast_exits) {
        const enum reach path = fast_path_of(view);

        reach(path == REACH_FAST_REPLIES && answered_fault ? REACH_FAST_FOREIGN_REPLIES : path);
    }
    if (caller == NULL || caller->type != CAP_TCB) {
        return;
    }
    reach_if(view->method == METHOD_SCHED_CONTEXT_YIELD_TO && view->caller->yield_to != NULL,
             REACH_YIELDED_TO);
    reach_if(view->caller->state == THREAD_RESTART && view->slot != NULL &&
                 view->caller->context.entry == ENTRY_SYSCALL,
             REACH_PUT_OFF);
}

/* ---- steps ---- */

static const struct sched_context *payer; /* before the step */
static bool was_on_loan;

void reach_before_step(void)
{
    const struct tcb *current = host_core->current;
    const unsigned depth = chain_depth(host_core->sched_context);

    payer = host_core->sched_context;
    was_on_loan = depth > 0;
    reach_if(depth == 1, REACH_ON_LOAN);
    reach_if(depth == 2, REACH_ON_LOAN_TWICE);
    reach_if(depth > 2, REACH_ON_LOAN_MORE);
    reach_if(payer != NULL && payer->notification != NULL && current->sched_context == payer,
             REACH_LENT_BY_SIGNAL);
    answered_fault = was_on_loan && payer->reply->tcb->fault.type != FAULT_NULL;
}

static void look_at_payer(void)
{
    const struct object *object = payer == NULL ? NULL : model_object(payer);
    const struct tcb *tcb = object == NULL ? NULL : payer->tcb;

    if (tcb == NULL || tcb == host_core->current) {
        return;
    }
    const bool has_timeout = tcb->fault.type == FAULT_TIMEOUT;

    reach_if(has_timeout, REACH_TIMEOUTS);
    reach_if(has_timeout && was_on_loan, REACH_TIMEOUTS_ON_LOAN);
    reach_if(was_on_loan && (has_timeout || tcb->in_release_queue), REACH_LOANS_SPENT);
}

/* ---- samples ---- */

static void sample_thread(const struct tcb *tcb)
{
    static const uint8_t states[] = {
        [THREAD_INACTIVE] = REACH_INACTIVE,
        [THREAD_RUNNING] = REACH_RUNNING,
        [THREAD_RESTART] = REACH_RESTARTING,
        [THREAD_BLOCKED_ON_RECEIVE] = REACH_RECEIVING,
        [THREAD_BLOCKED_ON_SEND] = REACH_SENDING,
        [THREAD_BLOCKED_ON_REPLY] = REACH_AWAITING_REPLY,
        [THREAD_BLOCKED_ON_NOTIFICATION] = REACH_AWAITING_SIGNAL,
    };

    if (tcb->state < ARRAY_SIZE(states)) {
        reach((enum reach)states[tcb->state]);
    }
    reach_if(tcb->in_release_queue, REACH_AWAITING_BUDGET);
    reach_if(tcb->in_ready_queue && tcb->domain != host_core->domain, REACH_OTHER_DOMAIN);
    reach_if(tcb->state == THREAD_BLOCKED_ON_RECEIVE && tcb->bound_notification != NULL,
             REACH_BOUND_RECEIVING);
}

static void sample_context(const struct sched_context *sc)
{
    const unsigned depth = chain_depth(sc);
    const bool has_many = sched_context_is_active(sc) && sc->refill_count >= MANY_REFILLS;

    reach_if(depth == 1, REACH_DEPTH_1);
    reach_if(depth == 2, REACH_DEPTH_2);
    reach_if(depth > 2, REACH_DEPTH_3);
    reach_if(has_many, REACH_MANY_REFILLS);
    reach_if(has_many && sc->sporadic, REACH_SPORADIC_REFILLS);
}

static void sample_endpoint(const struct endpoint *endpoint)
{
    const struct tcb *head = endpoint_head(endpoint);
    unsigned count = 0;
    bool has_several = false;

    for (const struct tcb *tcb = head; tcb != NULL; tcb = wait_queue_next(head, tcb)) {
        count++;
        has_several |= tcb->wait.badge != head->wait.badge;
    }
    reach_if(count >= MANY_WAITERS && has_several && endpoint_state(endpoint) == ENDPOINT_SENDING,
             REACH_LONG_QUEUES);
}

static void sample_object(const struct object *o)
{
    switch ((enum cap_type)o->type) {
    case CAP_ENDPOINT: sample_endpoint((const struct endpoint *)o->base); break;
    case CAP_SCHED_CONTEXT: sample_context((const struct sched_context *)o->base); break;
    case CAP_ASID_POOL: reach(REACH_POOLS); break;
    default: break;
    }
}

static void sample_caps(enum cap_type type)
{
    const struct node_list list = model_list(type);

    for (unsigned i = 0; i < list.count; i++) {
        const struct cap cap = list.nodes[i]->slot->cap;
        const bool is_mapped = cap.type == (unsigned)type && cap_is_mapped(cap);

        reach_if(cap.type == CAP_ZOMBIE, REACH_ZOMBIES);
        reach_if(type == CAP_FRAME && is_mapped, REACH_FRAMES);
        reach_if(type == CAP_FRAME && is_mapped && cap.bits > PAGE_BITS, REACH_LARGE_FRAMES);
        reach_if(type == CAP_TABLE && is_mapped && cap.bits > 0, REACH_TABLES);
        reach_if(cap.type == (unsigned)type && is_stale(cap), REACH_STALE);
    }
}

static void sample(void)
{
    reach(REACH_SAMPLES);
    for (const struct tcb *tcb = sys.all_tcbs; tcb != NULL; tcb = tcb->all_next) {
        sample_thread(tcb);
    }
    for (struct object *o = model_next_object(NULL); o != NULL; o = model_next_object(o)) {
        sample_object(o);
    }
    sample_caps(CAP_CNODE);
    sample_caps(CAP_TCB);
    sample_caps(CAP_FRAME);
    sample_caps(CAP_TABLE);
    for (unsigned irq = 0; irq < IRQ_COUNT; irq++) {
        reach_if(irq_notification(irq)->cap.type == CAP_NOTIFICATION, REACH_HANDLERS);
    }
}

void reach_after_step(unsigned step)
{
    look_at_payer();
    if ((step + 1) % SAMPLE_EVERY == 0) {
        sample();
    }
}

/* ---- telling ---- */

static const struct {
    const char *what;
    unsigned floor; /* per million steps */
} rows[REACH_COUNT] = {
#define ROW(name, what, floor) {what, floor},
    REACHES(ROW)
#undef ROW
};

static uint64_t per_million(uint64_t count, uint64_t steps)
{
    return steps == 0 ? 0 : count * 1000000 / steps;
}

void reach_print(FILE *to, const uint64_t *counts, uint64_t steps)
{
    fprintf(to, "per million steps:");
    for (unsigned i = 0; i < REACH_COUNT; i++) {
        fprintf(to, "%s%" PRIu64 " %s", i % 3 == 0 ? "\n  " : ", ", per_million(counts[i], steps),
                rows[i].what);
    }
    fprintf(to, "\n");
}

unsigned reach_complain(FILE *to, const uint64_t *counts, uint64_t steps)
{
    unsigned count = 0;

    for (unsigned i = 0; i < REACH_COUNT; i++) {
        const uint64_t reached = per_million(counts[i], steps);
        const unsigned least = rows[i].floor / 2; /* any change deals other cards */

        if (reached < least) {
            fprintf(to, "too few %s: %" PRIu64 " per million steps, expected at least %u\n",
                    rows[i].what, reached, least);
            count++;
        }
    }
    return count;
}
