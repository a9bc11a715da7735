// SPDX-License-Identifier: BSD-2-Clause
/*
 * Makes the next step. It looks at the kernel's state to make calls that mean something,
 * and then, now and then, spoils them. A sequence starts with a few dozen steps that
 * create and start threads (beginning.c); after that every kind of call has its weight.
 */

#include "arch/host/host.h"
#include "choose.h"
#include "core/cspace.h"
#include "direct.h"
#include "fuzz.h"
#include "make.h"
#include "roles.h"
#include <arch/clock.h>

static struct rng rng;
static unsigned idle_steps;
static enum theme theme;

/* In the order of enum theme: mixed, chains, queues, time, memory, interrupts. */
static const struct {
    void (*make)(struct build *);
    uint8_t weight[THEME_COUNT];
} makers[] = {
    {make_retype, {14, 8, 8, 8, 40, 8}},       {make_cnode, {34, 20, 30, 14, 70, 14}},
    {make_badged, {8, 6, 40, 4, 4, 6}},        {make_nested, {4, 2, 2, 2, 14, 2}},
    {make_tcb, {26, 20, 20, 30, 20, 20}},      {make_bind, {12, 12, 12, 12, 8, 12}},
    {make_sched_control, {8, 6, 4, 30, 2, 6}}, {make_sched_context, {9, 9, 4, 24, 2, 9}},
    {make_yield_to, {6, 3, 2, 30, 1, 3}},      {make_domain, {2, 1, 1, 12, 1, 1}},
    {make_cut, {8, 30, 4, 8, 4, 4}},           {make_ipc, {50, 40, 60, 30, 20, 40}},
    {make_reply, {8, 12, 8, 6, 4, 4}},         {make_space, {18, 6, 6, 6, 90, 6}},
    {make_irq, {6, 2, 2, 2, 4, 30}},           {make_port, {2, 1, 1, 1, 3, 3}},
    {make_debug, {3, 2, 2, 2, 2, 2}},          {make_anything, {3, 3, 3, 3, 3, 3}},
    {make_event, {14, 12, 12, 24, 16, 90}},
};

static void make_some(struct build *b)
{
    unsigned total = 0;

    for (unsigned i = 0; i < ARRAY_SIZE(makers); i++) {
        total += makers[i].weight[theme];
    }
    unsigned dice = rng_below(b->rng, total);

    for (unsigned i = 0;; i++) {
        if (dice < makers[i].weight[theme]) {
            makers[i].make(b);
            return;
        }
        dice -= makers[i].weight[theme];
    }
}

/* Threads do what they are there for, the others help most of the time. */
static void make_step(struct build *b)
{
    const bool is_to_help = roles_of(b->tcb) == ROLE_ANY && !rng_one_in(b->rng, 3);

    if (!roles_make(b) && !(is_to_help && direct_make(b))) {
        build_reset(b);
        make_some(b);
    }
}

/* ---- in charge ---- */

void generate_start(uint64_t seed)
{
    rng.state = seed * 0x2545f4914f6cdd1dull + 1;
    theme = (enum theme)rng_below(&rng, THEME_COUNT);
    roles_start(seed, theme);
    idle_steps = 0;
}

/* Nobody can run: time passes to the next thing that happens, or somebody is helped: the initial
 * thread (word 0) rather than others. */
static void make_idle(struct op *op)
{
    const bool timer_is_near = host_timer != CLOCK_NEVER && host_timer - host_now < 10000000;

    op->kind = OP_TIME;
    if (timer_is_near && idle_steps % 8 == 0) {
        op->ticks = (unsigned)(host_timer - host_now);
    } else if (rng_one_in(&rng, 8)) {
        op->kind = rng_one_in(&rng, 2) ? OP_PIN : OP_MESSAGE;
        op->word[0] = rng_below(&rng, 6);
    } else {
        op->kind = OP_RESCUE;
        op->word[0] = rng_one_in(&rng, 3) ? rng_below(&rng, 64) : 0;
    }
    idle_steps++;
}

/* A restarted call is made again; the initial thread rather does something else than wait again. */
static bool is_to_repeat(const struct tcb *tcb)
{
    struct lookup_failure ignored;
    const struct slot *slot = cspace_lookup(tcb, context_capability(&tcb->context), &ignored);

    if (tcb->context.entry != ENTRY_TRAP || tcb->context.rip != HOST_USER_IP ||
        (int64_t)tcb->context.rdx >= 0) {
        return false;
    }
    if (choose_is_precious_thread(tcb) &&
        (slot == NULL || slot->cap.type == CAP_ENDPOINT || slot->cap.type == CAP_NOTIFICATION)) {
        return rng_one_in(&rng, 6);
    }
    return !rng_one_in(&rng, 5);
}

bool generate_op(struct op *op, unsigned step)
{
    enum { IDLE_STEPS_MAX = 24 };
    struct build b = build_begin(op, &rng);

    if (host_core->current == host_core->idle) {
        make_idle(op);
        return idle_steps < IDLE_STEPS_MAX;
    }
    idle_steps = 0;
    if (is_to_repeat(host_core->current)) {
        op->kind = OP_REPEAT;
        op->preempt = rng_one_in(&rng, 3) ? (uint8_t)rng_below(&rng, 200) : 0;
        op->seed = rng_next(&rng) >> 20;
    } else if (step < BEGINNING_STEPS) {
        b.is_strict = true;
        make_beginning(&b, step);
        op->preempt = 0;
    } else {
        make_step(&b);
    }
    return true;
}
