// SPDX-License-Identifier: BSD-2-Clause
#include "direct.h"

#include <abi/bootinfo.h>
#include <abi/limits.h>

#include "arch/host/host.h"
#include "choose.h"
#include "make.h"
#include "object/endpoint.h"
#include "object/irq.h"
#include "object/notification.h"
#include "object/reply.h"
#include "object/sched_context.h"
#include "object/vspace.h"
#include "roles.h"
#include <arch/clock.h>
#include <arch/irq.h>

/* ---- contexts ---- */

/* Never configured, for a core that does not run, or with its next refill in another age. */
static bool is_unusable(struct build *b, struct cap cap)
{
    enum { LONG_TICKS = 10000000 };
    struct sched_context *sc = cap_object(cap);

    (void)b;
    return !sched_context_is_active(sc) || sc->core != 0 ||
           (refill_head(sc)->time > host_now + LONG_TICKS) || refill_head(sc)->amount > LONG_TICKS;
}

static bool configure(struct build *b, word_t context)
{
    const word_t budget = MIN_BUDGET_US + rng_below(b->rng, rng_one_in(b->rng, 2) ? 100 : 2000);
    const bool is_round_robin = rng_one_in(b->rng, 3);

    build_argument(b, 0, budget);
    build_argument(b, 1, is_round_robin ? budget : budget + 1 + rng_below(b->rng, 3000));
    build_argument(b, 2, rng_below(b->rng, 9));
    build_argument(b, 3, rng_below(b->rng, 100));
    build_argument(b, 4, rng_below(b->rng, 2));
    build_extra(b, context);
    build_finish(b, choose_nth(b, CAP_SCHED_CONTROL, 0, 0), METHOD_SCHED_CONTROL_CONFIGURE_FLAGS);
    return true;
}

/* ---- threads ---- */

static bool has_space(const struct tcb *tcb)
{
    return tcb->slots[TCB_SLOT_CSPACE].cap.type == CAP_CNODE;
}

static bool lacks_space(struct build *b, struct cap cap)
{
    const struct tcb *tcb = cap_object(cap);

    return tcb != b->tcb && (!has_space(tcb) || tcb->slots[TCB_SLOT_BUFFER].cap.type == CAP_NULL ||
                             vspace_root_table(tcb->slots[TCB_SLOT_VSPACE].cap) == NULL);
}

static bool is_tcb_free(struct build *b, struct cap cap)
{
    const struct tcb *tcb = cap_object(cap);

    return tcb != b->tcb && has_space(tcb);
}

static bool give_space(struct build *b, word_t tcb)
{
    build_argument(b, 0, 0);
    build_argument(b, 1, 0);
    build_argument(b, 2, 0x800000 + (rng_below(b->rng, 16) << IPC_BUFFER_BITS));
    build_extra(b, SLOT_INIT_CNODE);
    build_extra(b, SLOT_INIT_VSPACE);
    build_extra(b, build_pick_or_any(b, CAP_FRAME));
    build_finish(b, tcb, METHOD_TCB_CONFIGURE);
    return true;
}

/* Those that wait to be lent one lack none. */
static bool lacks_context(struct build *b, struct cap cap)
{
    const struct tcb *tcb = cap_object(cap);
    const bool is_passive = tcb->state == THREAD_BLOCKED_ON_RECEIVE && tcb->reply != NULL;
    const bool awaits_one = tcb->state == THREAD_BLOCKED_ON_NOTIFICATION &&
                            tcb->wait.notification->sched_context != NULL;

    return is_tcb_free(b, cap) && tcb->sched_context == NULL && !is_passive && !awaits_one &&
           tcb->state != THREAD_BLOCKED_ON_REPLY && tcb->state != THREAD_INACTIVE;
}

static bool is_context_free(struct build *b, struct cap cap)
{
    const struct sched_context *sc = cap_object(cap);

    return sc->tcb == NULL && sc->reply == NULL && sched_context_is_active(sc) && sc->core == 0 &&
           (sc->notification == NULL || rng_one_in(b->rng, 4));
}

static bool give_context(struct build *b, word_t tcb)
{
    word_t context;

    if (!choose_that(b, CAP_SCHED_CONTEXT, is_context_free, &context)) {
        return choose_that(b, CAP_SCHED_CONTEXT, is_unusable, &context) && configure(b, context);
    }
    build_extra(b, tcb);
    build_finish(b, context, METHOD_SCHED_CONTEXT_BIND);
    return true;
}

/* Somebody has to help those that wait in vain, but not always at once. */
static bool is_stopped(struct build *b, struct cap cap)
{
    const struct tcb *tcb = cap_object(cap);

    return is_tcb_free(b, cap) &&
           (tcb->state == THREAD_INACTIVE ||
            (tcb->state == THREAD_BLOCKED_ON_SEND &&
             rng_one_in(b->rng, tcb->fault.type != FAULT_NULL ? 3 : 10)) ||
            (tcb->state == THREAD_BLOCKED_ON_REPLY && rng_one_in(b->rng, 40)));
}

static bool resume(struct build *b, word_t tcb)
{
    build_finish(b, tcb, METHOD_TCB_RESUME);
    return true;
}

static bool lacks_handler(struct build *b, struct cap cap)
{
    const struct tcb *tcb = cap_object(cap);

    const struct cap now = tcb->slots[TCB_SLOT_FAULT_HANDLER].cap;

    return is_tcb_free(b, cap) && (now.type != CAP_ENDPOINT || rng_one_in(b->rng, 80)) &&
           !(now.type == CAP_ENDPOINT && endpoint_state(cap_object(now)) == ENDPOINT_RECEIVING);
}

static bool give_handler(struct build *b, word_t tcb)
{
    word_t callee;

    build_argument(b, 0, 0);
    build_argument(b, 1, 0);
    build_extra(b, choose_passive_callee(b, &callee) ? callee : choose_callee(b));
    build_extra(b, SLOT_INIT_CNODE);
    build_extra(b, SLOT_INIT_VSPACE);
    build_finish(b, tcb, METHOD_TCB_SET_SPACE);
    return true;
}

static bool lacks_timeout_handler(struct build *b, struct cap cap)
{
    const struct tcb *tcb = cap_object(cap);

    return is_tcb_free(b, cap) && tcb->slots[TCB_SLOT_TIMEOUT_HANDLER].cap.type == CAP_NULL &&
           ((word_t)tcb >> TCB_BITS) % (roles_of(tcb) == ROLE_SERVER ? 2 : 4) == 0;
}

static bool give_timeout_handler(struct build *b, word_t tcb)
{
    build_extra(b, choose_callee(b));
    build_finish(b, tcb, METHOD_TCB_SET_TIMEOUT_ENDPOINT);
    return true;
}

static bool is_notification_unbound(struct build *b, struct cap cap)
{
    const struct notification *n = cap_object(cap);

    (void)b;
    return n->bound_tcb == NULL && n->queue == NULL;
}

static bool lacks_notification(struct build *b, struct cap cap)
{
    const struct tcb *tcb = cap_object(cap);

    return is_tcb_free(b, cap) && tcb->bound_notification == NULL && roles_of(tcb) == ROLE_SERVER &&
           ((word_t)tcb >> TCB_BITS) % 3 == 0;
}

static bool give_notification(struct build *b, word_t tcb)
{
    word_t notification;

    if (!choose_that(b, CAP_NOTIFICATION, is_notification_unbound, &notification)) {
        return false;
    }
    build_extra(b, notification);
    build_finish(b, tcb, METHOD_TCB_BIND_NOTIFICATION);
    return true;
}

/* In a domain that has no time, or of a priority that never or always runs. */
static bool is_displaced(struct build *b, struct cap cap)
{
    const struct tcb *tcb = cap_object(cap);

    return is_tcb_free(b, cap) && ((tcb->domain != host_core->domain && rng_one_in(b->rng, 8)) ||
                                   tcb->priority < 50 || tcb->priority > 150);
}

static bool put_back(struct build *b, word_t tcb)
{
    if (rng_one_in(b->rng, 2)) {
        build_argument(b, 0, host_core->domain);
        build_extra(b, tcb);
        build_finish(b, SLOT_DOMAIN, METHOD_DOMAIN_SET_SET);
    } else {
        build_argument(b, 0, choose_priority(b));
        build_extra(b, SLOT_INIT_TCB);
        build_finish(b, tcb, METHOD_TCB_SET_PRIORITY);
    }
    return true;
}

/* ---- contexts in the wrong place ---- */

/* A server waits with a context of its own: without, callers lend it theirs (some stay active, or
 * nobody could be sent to). A waiter is to run on
 * what its notification has. */
static bool is_in_the_way(struct build *b, struct cap cap)
{
    const struct sched_context *sc = cap_object(cap);
    const struct tcb *tcb = sc->tcb;

    (void)b;
    return tcb != NULL && sc->reply == NULL &&
           ((tcb->state == THREAD_BLOCKED_ON_RECEIVE && tcb->reply != NULL &&
             ((word_t)tcb >> TCB_BITS) % 4 != 0) ||
            (tcb->state == THREAD_BLOCKED_ON_NOTIFICATION &&
             tcb->wait.notification->sched_context != NULL &&
             tcb->wait.notification->sched_context != sc));
}

static bool unbind(struct build *b, word_t context)
{
    build_finish(b, context, METHOD_SCHED_CONTEXT_UNBIND);
    return true;
}

static bool lacks_own_context(struct build *b, struct cap cap)
{
    const struct notification *n = cap_object(cap);

    (void)b;
    return n->sched_context == NULL && ((word_t)n >> NOTIFICATION_BITS) % 2 == 0;
}

/* ---- whoever lacks something ---- */

enum want {
    WANT_SPACE,
    WANT_CONTEXT,
    WANT_RESUME,
    WANT_HANDLER,
    WANT_TIMEOUT_HANDLER,
    WANT_NOTIFICATION,
    WANT_PLACE,
    WANT_PARAMETERS,
    WANT_LOANS,
    WANT_NOTIFICATION_CONTEXT,
    WANT_COUNT
};

static const struct {
    enum cap_type type;
    bool (*is_wanted)(struct build *b, struct cap cap);
    bool (*give)(struct build *b, word_t address);
} wants[WANT_COUNT] = {
    [WANT_SPACE] = {CAP_TCB, lacks_space, give_space},
    [WANT_CONTEXT] = {CAP_TCB, lacks_context, give_context},
    [WANT_RESUME] = {CAP_TCB, is_stopped, resume},
    [WANT_HANDLER] = {CAP_TCB, lacks_handler, give_handler},
    [WANT_TIMEOUT_HANDLER] = {CAP_TCB, lacks_timeout_handler, give_timeout_handler},
    [WANT_NOTIFICATION] = {CAP_TCB, lacks_notification, give_notification},
    [WANT_PLACE] = {CAP_TCB, is_displaced, put_back},
    [WANT_PARAMETERS] = {CAP_SCHED_CONTEXT, is_unusable, configure},
    [WANT_LOANS] = {CAP_SCHED_CONTEXT, is_in_the_way, unbind},
    [WANT_NOTIFICATION_CONTEXT] = {CAP_NOTIFICATION, lacks_own_context, give_context},
};

static bool make_missing_handler(struct build *b)
{
    enum { HANDLERS = 3 };
    unsigned count = 0;

    for (unsigned i = 0; i < 8; i++) {
        count += irq_notification(i + IRQ_USER_OFFSET)->cap.type == CAP_NOTIFICATION;
    }
    if (count >= HANDLERS) {
        return false;
    }
    make_irq(b);
    return true;
}

/* Objects there should be; capabilities count, which is near enough. */
static bool make_missing_objects(struct build *b)
{
    static const struct {
        uint8_t cap_type, type, size_bits, count;
    } stock[] = {
        {CAP_TCB, TYPE_TCB, 0, 16},
        {CAP_ENDPOINT, TYPE_ENDPOINT, 0, 8},
        {CAP_NOTIFICATION, TYPE_NOTIFICATION, 0, 5},
        {CAP_SCHED_CONTEXT, TYPE_SCHED_CONTEXT, 8, 22},
        {CAP_REPLY, TYPE_REPLY, 0, 18},
        {CAP_FRAME, TYPE_PAGE_4K, 0, 20},
    };
    const unsigned n = rng_below(b->rng, ARRAY_SIZE(stock));

    if (model_list((enum cap_type)stock[n].cap_type).count >= stock[n].count) {
        return false;
    }
    make_objects(b, stock[n].type, stock[n].size_bits, 1 + rng_below(b->rng, 3));
    return true;
}

/* Which want comes first; the most urgent ones more often. */
static unsigned choose_want(struct build *b)
{
    static const uint8_t urgent[] = {WANT_CONTEXT, WANT_RESUME, WANT_LOANS};

    return rng_one_in(b->rng, 2) ? rng_below(b->rng, WANT_COUNT)
                                 : urgent[rng_below(b->rng, ARRAY_SIZE(urgent))];
}

bool direct_make(struct build *b)
{
    const unsigned start = choose_want(b);

    if ((rng_one_in(b->rng, 6) && make_missing_objects(b)) ||
        (rng_one_in(b->rng, 10) && make_missing_handler(b))) {
        return true;
    }
    for (unsigned i = 0; i < WANT_COUNT; i++) {
        const unsigned want = (start + i) % WANT_COUNT;
        word_t address;

        if (choose_that(b, wants[want].type, wants[want].is_wanted, &address) &&
            wants[want].give(b, address)) {
            return true;
        }
    }
    return false;
}
