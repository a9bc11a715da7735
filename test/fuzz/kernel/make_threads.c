// SPDX-License-Identifier: BSD-2-Clause
/* Threads, time and domains. */
#include <abi/bootinfo.h>
#include <abi/limits.h>

#include "arch/host/host.h"
#include "chain.h"
#include "choose.h"
#include "make.h"
#include "object/sched_context.h"

/* ---- threads ---- */

static void make_configure(struct build *b)
{
    build_argument(
        b, 0,
        rng_one_in(b->rng, 10) ? choose_data(b, (struct cap){.type = CAP_CNODE, .bits = 8}) : 0);
    build_argument(b, 1, 0);
    build_argument(b, 2, choose_buffer(b));
    build_extra(b, choose_cspace(b));
    build_extra(b, choose_root(b));
    build_extra(b, build_pick_or_any(b, CAP_FRAME));
    build_finish(b, choose_needy_tcb(b, NEEDS_SPACE), METHOD_TCB_CONFIGURE);
}

static void make_set_space(struct build *b)
{
    build_argument(b, 0, 0);
    build_argument(b, 1, 0);
    build_extra(b, choose_endpoint_or_null(b));
    build_extra(b, choose_cspace(b));
    build_extra(b, choose_root(b));
    build_finish(b, choose_tcb(b), METHOD_TCB_SET_SPACE);
}

static void make_sched_params(struct build *b)
{
    build_argument(b, 0, rng_one_in(b->rng, 4) ? rng_below(b->rng, 256) : MAX_PRIORITY);
    build_argument(b, 1, choose_priority(b));
    build_extra(b, SLOT_INIT_TCB);
    build_extra(b, rng_one_in(b->rng, 12) ? 0 : build_pick_or_any(b, CAP_SCHED_CONTEXT));
    build_extra(b, choose_endpoint_or_null(b));
    build_finish(b, choose_tcb(b), METHOD_TCB_SET_SCHED_PARAMS);
}

static void make_registers(struct build *b)
{
    switch (rng_below(b->rng, 3)) {
    case 0:
        build_argument(b, 0, rng_below(b->rng, 2));
        build_argument(b, 1, rng_one_in(b->rng, 5) ? build_odd_number(b->rng) : 20);
        build_finish(b, choose_tcb(b), METHOD_TCB_READ_REGISTERS);
        break;
    case 1:
        build_argument(b, 0, rng_below(b->rng, 2));
        build_argument(b, 1, rng_below(b->rng, 4));
        build_argument(b, 2, HOST_USER_IP);
        build_argument(b, 3, rng_next(b->rng));
        build_argument(b, 4, rng_next(b->rng));
        build_finish(b, choose_tcb(b), METHOD_TCB_WRITE_REGISTERS);
        break;
    default:
        build_argument(b, 0, rng_below(b->rng, 16));
        build_extra(b, choose_tcb(b));
        build_finish(b, choose_tcb(b), METHOD_TCB_COPY_REGISTERS);
        break;
    }
}

static void make_one_priority(struct build *b)
{
    build_argument(b, 0, rng_one_in(b->rng, 20) ? rng_below(b->rng, 300) : choose_priority(b));
    build_extra(b, SLOT_INIT_TCB);
    build_finish(b, choose_tcb(b),
                 rng_one_in(b->rng, 3) ? METHOD_TCB_SET_MC_PRIORITY : METHOD_TCB_SET_PRIORITY);
}

static void make_flags(struct build *b)
{
    const word_t trap_all = TCB_FLAG_TRAP_ALL;

    build_argument(b, 0, rng_one_in(b->rng, 2) ? ~0ull : rng_below(b->rng, 2));
    build_argument(b, 1, rng_below(b->rng, 2) | (rng_one_in(b->rng, 3) ? trap_all : 0));
    build_finish(b, choose_tcb(b), METHOD_TCB_SET_FLAGS);
}

void make_tcb(struct build *b)
{
    switch (rng_below(b->rng, 24)) {
    case 0:
    case 1:
    case 2:
    case 3: make_configure(b); break;
    case 4: make_set_space(b); break;
    case 5:
    case 6:
    case 7: make_sched_params(b); break;
    case 8: make_registers(b); break;
    case 9: make_one_priority(b); break;
    case 10: make_flags(b); break;
    case 11:
        build_extra(b, choose_endpoint_or_null(b));
        build_finish(b, choose_tcb(b), METHOD_TCB_SET_TIMEOUT_ENDPOINT);
        break;
    case 12:
        build_argument(b, 0, choose_buffer(b));
        build_extra(b, build_pick_or_any(b, CAP_FRAME));
        build_finish(b, choose_tcb(b), METHOD_TCB_SET_IPC_BUFFER);
        break;
    case 13:
    case 14:
        build_extra(b, build_pick_or_any(b, CAP_NOTIFICATION));
        build_finish(b, choose_tcb(b), METHOD_TCB_BIND_NOTIFICATION);
        break;
    case 15: build_finish(b, choose_tcb(b), METHOD_TCB_UNBIND_NOTIFICATION); break;
    case 16: build_finish(b, choose_tcb(b), METHOD_TCB_SUSPEND); break;
    case 17:
        build_argument(b, 0, build_odd_number(b->rng));
        build_finish(b, choose_tcb(b), METHOD_TCB_SET_TLS_BASE);
        break;
    default: build_finish(b, choose_needy_tcb(b, NEEDS_RESUME), METHOD_TCB_RESUME); break;
    }
}

/* ---- time ---- */

static void make_parameters(struct build *b)
{
    const word_t a = choose_us(b), c = choose_us(b);
    const bool is_round_robin = rng_one_in(b->rng, 3);

    build_argument(b, 0, MIN(a, c));
    build_argument(b, 1, is_round_robin ? MIN(a, c) : MAX(a, c));
    build_argument(b, 2, rng_one_in(b->rng, 3) ? rng_below(b->rng, 12) : rng_below(b->rng, 2));
    build_argument(b, 3, rng_next(b->rng));
    build_argument(b, 4, rng_below(b->rng, 2));
}

void make_sched_control(struct build *b)
{
    make_parameters(b);
    build_extra(b, build_pick_or_any(b, CAP_SCHED_CONTEXT));
    build_finish(b, build_pick_or_any(b, CAP_SCHED_CONTROL), METHOD_SCHED_CONTROL_CONFIGURE_FLAGS);
}

void make_sched_context(struct build *b)
{
    const word_t sc = build_pick_or_any(b, CAP_SCHED_CONTEXT);
    const word_t object =
        rng_one_in(b->rng, 3) ? build_pick_or_any(b, CAP_NOTIFICATION) : choose_tcb(b);

    switch (rng_below(b->rng, 30)) {
    case 0: build_finish(b, sc, METHOD_SCHED_CONTEXT_UNBIND); break;
    case 1:
    case 5:
        build_extra(b, object);
        build_finish(b, sc, METHOD_SCHED_CONTEXT_UNBIND_OBJECT);
        break;
    case 2: build_finish(b, sc, METHOD_SCHED_CONTEXT_CONSUMED); break;
    case 3:
    case 4: build_finish(b, sc, METHOD_SCHED_CONTEXT_YIELD_TO); break;
    default:
        build_extra(b, object);
        build_finish(b, sc, METHOD_SCHED_CONTEXT_BIND);
        break;
    }
}

void make_domain(struct build *b)
{
    switch (rng_below(b->rng, 4)) {
    case 0:
    case 1:
        build_argument(b, 0, rng_below(b->rng, rng_one_in(b->rng, 3) ? 20 : 2));
        build_extra(b, choose_tcb(b));
        build_finish(b, SLOT_DOMAIN, METHOD_DOMAIN_SET_SET);
        break;
    case 2:
        build_argument(b, 0, rng_below(b->rng, 4));
        build_argument(b, 1, rng_below(b->rng, 3));
        build_argument(b, 2,
                       rng_one_in(b->rng, 4) ? build_odd_number(b->rng) : rng_below(b->rng, 30000));
        build_finish(b, SLOT_DOMAIN, METHOD_DOMAIN_SCHEDULE_CONFIGURE);
        break;
    default:
        build_argument(b, 0, rng_below(b->rng, 4));
        build_finish(b, SLOT_DOMAIN, METHOD_DOMAIN_SCHEDULE_SET_START);
        break;
    }
}

/* A context that nobody uses is given to a thread that has none. */
void make_bind(struct build *b)
{
    const struct node_list contexts = model_list(CAP_SCHED_CONTEXT);
    word_t context = 0;

    for (unsigned try = 0; contexts.count > 0 && try < 20; try++) {
        const struct slot *slot = contexts.nodes[rng_below(b->rng, contexts.count)]->slot;
        const struct sched_context *sc = cap_object(slot->cap);

        if (build_address(b->tcb, slot, &context) && sc->tcb == NULL &&
            sched_context_is_active(sc)) {
            break;
        }
    }
    build_extra(b, choose_needy_tcb(b, NEEDS_CONTEXT));
    build_finish(b, context, METHOD_SCHED_CONTEXT_BIND);
}

/* To somebody who is ready and not less important. */
static bool is_ready_target(struct build *b, struct cap cap)
{
    const struct tcb *tcb = ((const struct sched_context *)cap_object(cap))->tcb;

    return tcb != NULL && tcb->in_ready_queue && tcb->priority >= b->tcb->priority;
}

void make_yield_to(struct build *b)
{
    word_t context;

    if (!choose_that(b, CAP_SCHED_CONTEXT, is_ready_target, &context)) {
        context = build_pick_or_any(b, CAP_SCHED_CONTEXT);
    }
    build_finish(b, context, METHOD_SCHED_CONTEXT_YIELD_TO);
}

/* ---- cutting call chains ---- */

static bool is_in_chain(struct build *b, struct cap cap)
{
    return chain_has(cap) && cap_object(cap) != (const void *)b->tcb;
}

static void cut_thread(struct build *b, word_t tcb)
{
    static const uint8_t methods[] = {METHOD_TCB_SUSPEND, METHOD_TCB_SUSPEND, METHOD_TCB_RESUME};

    if (rng_one_in(b->rng, 4)) {
        build_argument(b, 0, choose_priority(b));
        build_extra(b, SLOT_INIT_TCB);
        build_finish(b, tcb, METHOD_TCB_SET_PRIORITY);
        return;
    }
    build_finish(b, tcb, (enum abi_method)methods[rng_below(b->rng, ARRAY_SIZE(methods))]);
}

static void cut_context(struct build *b, word_t context)
{
    if (rng_one_in(b->rng, 2)) {
        build_finish(b, context, METHOD_SCHED_CONTEXT_UNBIND);
        return;
    }
    make_parameters(b);
    build_extra(b, context);
    build_finish(b, build_pick_or_any(b, CAP_SCHED_CONTROL), METHOD_SCHED_CONTROL_CONFIGURE_FLAGS);
}

void make_cut(struct build *b)
{
    static const uint8_t types[] = {CAP_TCB, CAP_SCHED_CONTEXT, CAP_REPLY};
    const enum cap_type type = (enum cap_type)types[rng_below(b->rng, ARRAY_SIZE(types))];
    word_t address;

    if (!choose_that(b, type, is_in_chain, &address)) {
        make_reply(b);
    } else if (type == CAP_REPLY || rng_one_in(b->rng, 2)) {
        build_argument(b, 0, address); /* the CSpaces that have a name for it are flat, mostly */
        build_argument(b, 1, WORD_BITS);
        build_finish(b, SLOT_INIT_CNODE,
                     rng_one_in(b->rng, 3) ? METHOD_CNODE_REVOKE : METHOD_CNODE_DELETE);
    } else if (type == CAP_TCB) {
        cut_thread(b, address);
    } else {
        cut_context(b, address);
    }
}
