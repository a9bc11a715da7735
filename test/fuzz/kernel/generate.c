// SPDX-License-Identifier: BSD-2-Clause
/*
 * Makes the next step. It looks at the kernel's state to make calls that mean something,
 * and then, now and then, spoils them. A sequence starts with a few dozen steps that
 * create and start threads; after that every kind of call has its weight.
 */
#include <stdlib.h>
#include <string.h>

#include <abi/bootinfo.h>
#include <abi/limits.h>
#include <abi/syscalls.h>

#include "arch/host/host.h"
#include "build.h"
#include "core/cspace.h"
#include "core/sched.h"
#include "fuzz.h"
#include "object/endpoint.h"
#include "object/untyped.h"
#include <arch/clock.h>
#include <arch/kernel_map.h>

static struct rng rng;
static unsigned idle_steps;

/* ---- creating ---- */

struct wish {
    uint8_t type; /* enum abi_object_type */
    uint8_t weight;
    uint8_t count_max;
};

static const struct wish wishes[] = {
    {TYPE_UNTYPED, 6, 4},        {TYPE_TCB, 8, 3},           {TYPE_ENDPOINT, 6, 4},
    {TYPE_NOTIFICATION, 5, 3},   {TYPE_CNODE, 6, 2},         {TYPE_SCHED_CONTEXT, 8, 3},
    {TYPE_REPLY, 8, 4},          {TYPE_PDPT, 2, 1},          {TYPE_PML4, 2, 1},
    {TYPE_PAGE_4K, 6, 6},        {TYPE_LARGE_PAGE, 1, 1},    {TYPE_PAGE_TABLE, 2, 2},
    {TYPE_PAGE_DIRECTORY, 2, 2}, {TYPE_IO_PAGE_TABLE, 1, 1}, {TYPE_HUGE_PAGE, 1, 1},
};

static const struct wish *choose_wish(void)
{
    unsigned total = 0;

    for (unsigned i = 0; i < ARRAY_SIZE(wishes); i++) {
        total += wishes[i].weight;
    }
    unsigned dice = rng_below(&rng, total);

    for (unsigned i = 0;; i++) {
        if (dice < wishes[i].weight) {
            return &wishes[i];
        }
        dice -= wishes[i].weight;
    }
}

static unsigned choose_size_bits(unsigned type)
{
    switch (type) {
    case TYPE_UNTYPED: return 4 + rng_below(&rng, 16);
    case TYPE_CNODE: return 1 + rng_below(&rng, 7);
    case TYPE_SCHED_CONTEXT: return 7 + rng_below(&rng, 4);
    default: return rng_one_in(&rng, 20) ? rng_below(&rng, 64) : 0;
    }
}

/* RAM rather than devices, and rather one with room for what is asked. */
static bool choose_untyped(struct build *b, word_t bytes, word_t *address)
{
    const bool is_careless = !b->is_strict && rng_one_in(&rng, 12);
    bool found = false;

    for (unsigned try = 0; try < 16; try++) {
        struct slot *slot;

        if (build_pick(b, CAP_UNTYPED, address, &slot) &&
            (!slot->cap.flag || (!b->is_strict && rng_one_in(&rng, 30)))) {
            found = true;
            if (is_careless || model_free_bytes(model_find(slot)) >= 2 * bytes) {
                break;
            }
        }
    }
    return found;
}

static unsigned bits_of_type(unsigned type, unsigned size_bits)
{
    switch (type) {
    case TYPE_UNTYPED:
    case TYPE_SCHED_CONTEXT: return size_bits;
    case TYPE_CNODE: return size_bits + SLOT_BITS;
    case TYPE_TCB: return TCB_BITS;
    case TYPE_LARGE_PAGE: return LARGE_PAGE_BITS;
    case TYPE_HUGE_PAGE: return HUGE_PAGE_BITS;
    default: return PAGE_BITS;
    }
}

static void retype(struct build *b, unsigned type, unsigned size_bits, unsigned count)
{
    struct place place = {0};
    word_t untyped = 0;
    struct slot *slot = build_empty_slot(b, count, &place);

    choose_untyped(b, (word_t)count << bits_of_type(type, size_bits), &untyped);
    build_argument(b, 0, type);
    build_argument(b, 1, size_bits);
    build_argument(b, 2, 0);
    build_argument(b, 3, 0);
    build_argument(b, 4, slot == NULL ? rng_below(&rng, 100) : place.index & MASK(20));
    build_argument(b, 5, rng_one_in(&rng, 40) ? rng_below(&rng, 300) : count);
    build_extra(b, place.cnode);
    build_finish(b, untyped, METHOD_UNTYPED_RETYPE);
}

static void make_retype(struct build *b)
{
    const struct wish *wish = choose_wish();

    retype(b, wish->type, choose_size_bits(wish->type), 1 + rng_below(&rng, wish->count_max));
}

/* ---- CNodes ---- */

/* The initial thread's own things are seldom touched, or little else would happen. */
static bool is_precious(const struct slot *slot)
{
    const struct object *container = model_container(slot);

    return (container != NULL && container->epoch == 1 &&
            (word_t)slot - container->base < SLOT_INITIAL_COUNT * sizeof(*slot)) ||
           slot->cap.type == CAP_SCHED_CONTROL;
}

static struct slot *choose_slot(struct build *b, bool is_to_go)
{
    for (unsigned try = 0; try < 6; try++) {
        struct slot *slot = build_any_slot(b);

        if (slot != NULL && (!is_to_go || !is_precious(slot) || rng_one_in(&rng, 100)) &&
            (!is_to_go || slot->cap.type != CAP_UNTYPED || rng_one_in(&rng, 3))) {
            return slot;
        }
    }
    return NULL;
}

static void make_remove(struct build *b, enum abi_method method)
{
    struct slot *slot = choose_slot(b, true);
    struct place place = {.cnode = SLOT_INIT_CNODE, .index = rng_below(&rng, 300), .depth = 64};

    if (slot != NULL) {
        build_place(b, slot, &place);
    }
    build_argument(b, 0, place.index);
    build_argument(b, 1, place.depth);
    build_finish(b, place.cnode, method);
}

static word_t choose_data(struct cap cap)
{
    if (cap.type == CAP_CNODE && !rng_one_in(&rng, 8)) {
        const unsigned size =
            rng_one_in(&rng, 2) ? WORD_BITS - (unsigned)cap.bits : rng_below(&rng, 60);
        const unsigned fits = MIN(size, WORD_BITS - (unsigned)cap.bits);

        return (rng_one_in(&rng, 2) ? 0 : rng_next(&rng) & MASK(MIN(fits, 8u))) << GUARD_SIZE_BITS |
               fits;
    }
    return rng_one_in(&rng, 4) ? build_odd_number(&rng) : rng_below(&rng, 4);
}

static void make_copy(struct build *b, enum abi_method method)
{
    struct slot *source =
        choose_slot(b, method == METHOD_CNODE_MOVE || method == METHOD_CNODE_MUTATE);
    struct place from = {.cnode = SLOT_INIT_CNODE, .index = rng_below(&rng, 300), .depth = 64};
    struct place to = {.cnode = SLOT_INIT_CNODE, .index = rng_below(&rng, 300), .depth = 64};

    if (source != NULL) {
        build_place(b, source, &from);
    }
    build_empty_slot(b, 1, &to);
    build_argument(b, 0, to.index);
    build_argument(b, 1, to.depth);
    build_argument(b, 2, from.index);
    build_argument(b, 3, from.depth);
    const word_t data = source == NULL ? 0 : choose_data(source->cap);

    if (method == METHOD_CNODE_MUTATE) {
        build_argument(b, 4, data);
    } else {
        build_argument(b, 4, rng_one_in(&rng, 3) ? rng_below(&rng, 16) : RIGHT_ALL);
        if (method == METHOD_CNODE_MINT) {
            build_argument(b, 5, data);
        }
    }
    build_extra(b, from.cnode);
    build_finish(b, to.cnode, method);
}

/* Few badges on few endpoints: given, copied, taken away and given again. */
static void make_badged(struct build *b)
{
    const struct node_list list = model_list(rng_one_in(&rng, 3) ? CAP_NOTIFICATION : CAP_ENDPOINT);
    struct place from = {SLOT_INIT_CNODE, 200, 64}, to = from;
    bool is_badged = false;

    for (unsigned try = 0; list.count > 0 && try < 10; try++) {
        const struct slot *slot = list.nodes[rng_below(&rng, MIN(list.count, 16u))]->slot;

        is_badged = slot->cap.data != 0;
        if (build_place(b, slot, &from)) {
            break;
        }
    }
    if (is_badged && rng_one_in(&rng, 2)) {
        build_argument(b, 0, from.index);
        build_argument(b, 1, from.depth);
        build_finish(b, from.cnode, METHOD_CNODE_DELETE);
        return;
    }
    build_empty_slot(b, 1, &to);
    build_argument(b, 0, to.index);
    build_argument(b, 1, to.depth);
    build_argument(b, 2, from.index);
    build_argument(b, 3, from.depth);
    build_argument(b, 4, RIGHT_ALL);
    if (!is_badged) {
        build_argument(b, 5, 1 + rng_below(&rng, 2));
    }
    build_extra(b, from.cnode);
    build_finish(b, to.cnode, is_badged ? METHOD_CNODE_COPY : METHOD_CNODE_MINT);
}

static void make_rotate(struct build *b)
{
    struct place to = {SLOT_INIT_CNODE, 200, 64}, pivot = to, source = to;
    const struct slot *pivot_slot = choose_slot(b, true);
    const struct slot *source_slot = choose_slot(b, true);

    if (pivot_slot != NULL) {
        build_place(b, pivot_slot, &pivot);
    }
    if (source_slot != NULL) {
        build_place(b, source_slot, &source);
    }
    if (rng_one_in(&rng, 3)) {
        to = source;
    } else {
        build_empty_slot(b, 1, &to);
    }
    build_argument(b, 0, to.index);
    build_argument(b, 1, to.depth);
    build_argument(b, 2, pivot_slot == NULL ? 0 : choose_data(pivot_slot->cap));
    build_argument(b, 3, pivot.index);
    build_argument(b, 4, pivot.depth);
    build_argument(b, 5, source_slot == NULL ? 0 : choose_data(source_slot->cap));
    build_argument(b, 6, source.index);
    build_argument(b, 7, source.depth);
    build_extra(b, pivot.cnode);
    build_extra(b, source.cnode);
    build_finish(b, to.cnode, METHOD_CNODE_ROTATE);
}

static void make_cancel_badged(struct build *b)
{
    const struct node_list list = model_list(CAP_ENDPOINT);
    struct place place = {SLOT_INIT_CNODE, 0, 64};

    for (unsigned try = 0; list.count > 0 && try < 16; try++) {
        const struct slot *slot = list.nodes[rng_below(&rng, list.count)]->slot;

        if (slot->cap.data != 0 && slot->cap.rights == RIGHT_ALL &&
            (endpoint_state(cap_object(slot->cap)) == ENDPOINT_SENDING || rng_one_in(&rng, 8)) &&
            build_place(b, slot, &place)) {
            break;
        }
    }
    build_argument(b, 0, place.index);
    build_argument(b, 1, place.depth);
    build_finish(b, place.cnode, METHOD_CNODE_CANCEL_BADGED_SENDS);
    b->op->preempt = rng_one_in(&rng, 2) ? 200 : b->op->preempt;
}

static void make_cnode(struct build *b)
{
    switch (rng_below(&rng, 20)) {
    case 0: make_remove(b, METHOD_CNODE_REVOKE); break;
    case 1:
    case 2:
    case 3: make_remove(b, METHOD_CNODE_DELETE); break;
    case 4:
    case 5: make_cancel_badged(b); break;
    case 6: make_rotate(b); break;
    case 7:
    case 8:
    case 9: make_copy(b, METHOD_CNODE_MOVE); break;
    case 10:
    case 11: make_copy(b, METHOD_CNODE_MUTATE); break;
    case 12:
    case 13:
    case 14: make_copy(b, METHOD_CNODE_COPY); break;
    default: make_copy(b, METHOD_CNODE_MINT); break;
    }
}

/* ---- threads ---- */

/* A TCB that is not the initial thread's, most of the time. */
static word_t choose_tcb(struct build *b)
{
    word_t address = 0;
    struct slot *slot;

    for (unsigned try = 0; try < 4; try++) {
        if (build_pick(b, CAP_TCB, &address, &slot) &&
            (cap_object(slot->cap) != (void *)b->tcb || rng_one_in(&rng, 20)) &&
            (!is_precious(slot) || rng_one_in(&rng, 60))) {
            return address;
        }
    }
    return rng_below(&rng, 300);
}

enum need { NEEDS_SPACE, NEEDS_CONTEXT, NEEDS_RESUME };

static bool has_need(const struct tcb *tcb, enum need need)
{
    const bool has_space = tcb->slots[TCB_SLOT_CSPACE].cap.type == CAP_CNODE;

    switch (need) {
    case NEEDS_SPACE: return !has_space;
    case NEEDS_CONTEXT: return has_space && tcb->sched_context == NULL && !tcb_is_blocked(tcb);
    default: return has_space && tcb->sched_context != NULL && tcb->state == THREAD_INACTIVE;
    }
}

/* A thread that lacks something, if there is one. */
static word_t choose_needy_tcb(struct build *b, enum need need)
{
    const struct node_list list = model_list(CAP_TCB);
    word_t address;

    for (unsigned try = 0; list.count > 0 && !rng_one_in(&rng, 8) && try < 24; try++) {
        const struct slot *slot = list.nodes[rng_below(&rng, list.count)]->slot;

        if (slot->cap.type == CAP_TCB && has_need(cap_object(slot->cap), need) &&
            build_address(b->tcb, slot, &address)) {
            return address;
        }
    }
    return choose_tcb(b);
}

static word_t choose_endpoint_or_null(struct build *b)
{
    return rng_one_in(&rng, 4) ? 0 : build_pick_or_any(b, CAP_ENDPOINT);
}

static word_t choose_root(struct build *b)
{
    return rng_one_in(&rng, 4) ? build_pick_or_any(b, CAP_TABLE) : SLOT_INIT_VSPACE;
}

static word_t choose_cspace(struct build *b)
{
    return rng_one_in(&rng, 10) ? build_pick_or_any(b, CAP_CNODE) : SLOT_INIT_CNODE;
}

static word_t choose_buffer(void)
{
    return rng_one_in(&rng, 8) ? build_odd_number(&rng)
                               : (rng_below(&rng, 16) << IPC_BUFFER_BITS) + 0x800000;
}

static void make_configure(struct build *b)
{
    build_argument(
        b, 0, rng_one_in(&rng, 10) ? choose_data((struct cap){.type = CAP_CNODE, .bits = 8}) : 0);
    build_argument(b, 1, 0);
    build_argument(b, 2, choose_buffer());
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

/* Few different ones, so that equals meet. */
static unsigned choose_priority(void)
{
    static const uint8_t some[] = {60, 90, 100, 100, 100, 110, 110, 140};

    return rng_one_in(&rng, 10) ? rng_below(&rng, 256) : some[rng_below(&rng, ARRAY_SIZE(some))];
}

static void make_sched_params(struct build *b)
{
    build_argument(b, 0, rng_one_in(&rng, 4) ? rng_below(&rng, 256) : MAX_PRIORITY);
    build_argument(b, 1, choose_priority());
    build_extra(b, SLOT_INIT_TCB);
    build_extra(b, rng_one_in(&rng, 12) ? 0 : build_pick_or_any(b, CAP_SCHED_CONTEXT));
    build_extra(b, choose_endpoint_or_null(b));
    build_finish(b, choose_tcb(b), METHOD_TCB_SET_SCHED_PARAMS);
}

static void make_registers(struct build *b)
{
    switch (rng_below(&rng, 3)) {
    case 0:
        build_argument(b, 0, rng_below(&rng, 2));
        build_argument(b, 1, rng_one_in(&rng, 5) ? build_odd_number(&rng) : 20);
        build_finish(b, choose_tcb(b), METHOD_TCB_READ_REGISTERS);
        break;
    case 1:
        build_argument(b, 0, rng_below(&rng, 2));
        build_argument(b, 1, rng_below(&rng, 4));
        build_argument(b, 2, HOST_USER_IP);
        build_argument(b, 3, rng_next(&rng));
        build_argument(b, 4, rng_next(&rng));
        build_finish(b, choose_tcb(b), METHOD_TCB_WRITE_REGISTERS);
        break;
    default:
        build_argument(b, 0, rng_below(&rng, 16));
        build_extra(b, choose_tcb(b));
        build_finish(b, choose_tcb(b), METHOD_TCB_COPY_REGISTERS);
        break;
    }
}

static void make_one_priority(struct build *b)
{
    build_argument(b, 0, rng_one_in(&rng, 20) ? rng_below(&rng, 300) : choose_priority());
    build_extra(b, SLOT_INIT_TCB);
    build_finish(b, choose_tcb(b),
                 rng_one_in(&rng, 3) ? METHOD_TCB_SET_MC_PRIORITY : METHOD_TCB_SET_PRIORITY);
}

static void make_flags(struct build *b)
{
    const word_t trap_all = TCB_FLAG_TRAP_ALL;

    build_argument(b, 0, rng_one_in(&rng, 2) ? ~0ull : rng_below(&rng, 2));
    build_argument(b, 1, rng_below(&rng, 2) | (rng_one_in(&rng, 3) ? trap_all : 0));
    build_finish(b, choose_tcb(b), METHOD_TCB_SET_FLAGS);
}

static void make_tcb(struct build *b)
{
    switch (rng_below(&rng, 24)) {
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
        build_argument(b, 0, choose_buffer());
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
        build_argument(b, 0, build_odd_number(&rng));
        build_finish(b, choose_tcb(b), METHOD_TCB_SET_TLS_BASE);
        break;
    default: build_finish(b, choose_needy_tcb(b, NEEDS_RESUME), METHOD_TCB_RESUME); break;
    }
}

/* ---- time ---- */

static word_t choose_us(void)
{
    return rng_one_in(&rng, 12) ? build_odd_number(&rng)
                                : MIN_BUDGET_US + rng_below(&rng, rng_one_in(&rng, 2) ? 60 : 2000);
}

static void make_sched_control(struct build *b)
{
    const word_t a = choose_us(), c = choose_us();
    const bool is_round_robin = rng_one_in(&rng, 3);

    build_argument(b, 0, MIN(a, c));
    build_argument(b, 1, is_round_robin ? MIN(a, c) : MAX(a, c));
    build_argument(b, 2, rng_one_in(&rng, 3) ? rng_below(&rng, 12) : rng_below(&rng, 2));
    build_argument(b, 3, rng_next(&rng));
    build_argument(b, 4, rng_below(&rng, 2));
    build_extra(b, build_pick_or_any(b, CAP_SCHED_CONTEXT));
    build_finish(b, build_pick_or_any(b, CAP_SCHED_CONTROL), METHOD_SCHED_CONTROL_CONFIGURE_FLAGS);
}

static void make_sched_context(struct build *b)
{
    const word_t sc = build_pick_or_any(b, CAP_SCHED_CONTEXT);
    const word_t object =
        rng_one_in(&rng, 3) ? build_pick_or_any(b, CAP_NOTIFICATION) : choose_tcb(b);

    switch (rng_below(&rng, 30)) {
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

static void make_domain(struct build *b)
{
    switch (rng_below(&rng, 4)) {
    case 0:
    case 1:
        build_argument(b, 0, rng_below(&rng, rng_one_in(&rng, 3) ? 20 : 2));
        build_extra(b, choose_tcb(b));
        build_finish(b, SLOT_DOMAIN, METHOD_DOMAIN_SET_SET);
        break;
    case 2:
        build_argument(b, 0, rng_below(&rng, 4));
        build_argument(b, 1, rng_below(&rng, 3));
        build_argument(b, 2, rng_one_in(&rng, 4) ? build_odd_number(&rng) : rng_below(&rng, 30000));
        build_finish(b, SLOT_DOMAIN, METHOD_DOMAIN_SCHEDULE_CONFIGURE);
        break;
    default:
        build_argument(b, 0, rng_below(&rng, 4));
        build_finish(b, SLOT_DOMAIN, METHOD_DOMAIN_SCHEDULE_SET_START);
        break;
    }
}

/* ---- messages ---- */

static word_t choose_info(struct build *b)
{
    const unsigned length = rng_one_in(&rng, 3) ? rng_below(&rng, 128) : rng_below(&rng, 6);
    const unsigned extras = rng_one_in(&rng, 4) ? rng_below(&rng, 4) : 0;

    for (unsigned i = 0; i < extras; i++) {
        struct slot *slot = build_any_slot(b);
        word_t address;

        build_extra(b, slot != NULL && build_address(b->tcb, slot, &address) ? address : 0);
    }
    return (rng_one_in(&rng, 2) ? rng_next(&rng) << INFO_LABEL_SHIFT : 0) |
           (word_t)extras << INFO_EXTRA_CAPS_SHIFT | length;
}

static void offer_receive_slot(struct build *b)
{
    enum { RECEIVE_CNODE_AT = 125 };
    struct place place;

    if (rng_one_in(&rng, 3) && build_empty_slot(b, 1, &place) != NULL) {
        build_buffer(b, RECEIVE_CNODE_AT, place.cnode);
        build_buffer(b, RECEIVE_CNODE_AT + 1, place.index);
        build_buffer(b, RECEIVE_CNODE_AT + 2, place.depth);
    }
}

static bool is_precious_thread(const struct tcb *tcb)
{
    const struct object *object = model_object(tcb);

    return object != NULL && object->epoch < 20;
}

static void make_ipc(struct build *b)
{
    static const int8_t all[] = {SYS_CALL,       SYS_CALL,         SYS_CALL,         SYS_CALL,
                                 SYS_REPLY_RECV, SYS_REPLY_RECV,   SYS_REPLY_RECV,   SYS_SEND,
                                 SYS_NB_SEND,    SYS_RECV,         SYS_RECV,         SYS_RECV,
                                 SYS_NB_RECV,    SYS_WAIT,         SYS_NB_WAIT,      SYS_YIELD,
                                 SYS_SEND,       SYS_NB_SEND_RECV, SYS_NB_SEND_WAIT, SYS_SEND};
    static const int8_t careful[] = {SYS_NB_SEND, SYS_NB_RECV, SYS_NB_WAIT, SYS_YIELD, SYS_SEND};
    struct op *op = b->op;
    enum cap_type what = rng_one_in(&rng, 4) ? CAP_NOTIFICATION : CAP_ENDPOINT;

    op->number = is_precious_thread(b->tcb) && !rng_one_in(&rng, 6)
                     ? careful[rng_below(&rng, ARRAY_SIZE(careful))]
                     : all[rng_below(&rng, ARRAY_SIZE(all))];
    if (op->number == SYS_SEND && is_precious_thread(b->tcb)) {
        what = CAP_NOTIFICATION;
    }
    op->word[WORD_INFO] = choose_info(b);
    op->word[WORD_CAP] = build_pick_or_any(b, what);
    op->word[WORD_REPLY] = build_pick_or_any(b, CAP_REPLY);
    op->word[WORD_DESTINATION] =
        build_pick_or_any(b, rng_one_in(&rng, 3) ? CAP_REPLY : CAP_ENDPOINT);
    if (op->number == SYS_NB_SEND_WAIT || rng_one_in(&rng, 12)) {
        op->word[WORD_REPLY] = build_pick_or_any(b, CAP_ENDPOINT);
    }
    for (unsigned i = 0; i < 3; i++) {
        op->word[WORD_MR0 + i] = rng_below(&rng, 1000);
    }
    offer_receive_slot(b);
}

static void make_reply(struct build *b)
{
    static const int8_t numbers[] = {SYS_SEND, SYS_NB_SEND, SYS_CALL};
    struct op *op = b->op;

    op->number = numbers[rng_below(&rng, ARRAY_SIZE(numbers))];
    op->word[WORD_CAP] = build_pick_or_any(b, CAP_REPLY);
    op->word[WORD_INFO] = rng_one_in(&rng, 2) ? rng_below(&rng, 24) : choose_info(b);
}

/* ---- threads that stick to something: call chains need servers and clients ---- */

enum role { ROLE_ANY, ROLE_SERVER, ROLE_CLIENT, ROLE_WAITER };

static uint64_t run_seed;

static uint64_t hash_of_thread(const struct tcb *tcb)
{
    struct rng own = {(uint64_t)(uintptr_t)tcb ^ run_seed};

    return rng_next(&own) >> 8;
}

static enum role role_of(const struct tcb *tcb)
{
    static const uint8_t roles[] = {ROLE_SERVER, ROLE_SERVER, ROLE_SERVER, ROLE_CLIENT,
                                    ROLE_CLIENT, ROLE_CLIENT, ROLE_WAITER, ROLE_ANY};

    return is_precious_thread(tcb) ? ROLE_ANY : (enum role)roles[hash_of_thread(tcb) % 8];
}

/* The n-th capability of a type, or one of those behind it. */
static word_t choose_nth(struct build *b, enum cap_type type, uint64_t n, unsigned right)
{
    const struct node_list list = model_list(type);
    word_t address;

    for (unsigned i = 0; i < list.count && i < 8; i++) {
        const struct slot *slot = list.nodes[(n + i) % list.count]->slot;

        if (cap_can(slot->cap, right) && build_address(b->tcb, slot, &address)) {
            return address;
        }
    }
    return rng_below(&rng, 256);
}

/* Somewhere to call: rather where somebody waits for calls, without a context of its own. */
static word_t choose_callee(struct build *b)
{
    const struct node_list list = model_list(CAP_ENDPOINT);
    word_t address;

    for (unsigned try = 0; list.count > 0 && try < 10; try++) {
        const struct slot *slot = list.nodes[rng_below(&rng, list.count)]->slot;
        const struct endpoint *endpoint = cap_object(slot->cap);
        const bool is_open = endpoint_state(endpoint) == ENDPOINT_RECEIVING &&
                             (endpoint_head(endpoint)->sched_context == NULL || try > 5);

        if ((is_open || rng_one_in(&rng, 12)) && cap_can(slot->cap, RIGHT_WRITE) &&
            build_address(b->tcb, slot, &address)) {
            return address;
        }
    }
    return choose_nth(b, CAP_ENDPOINT, rng_next(&rng) >> 8, RIGHT_WRITE);
}

static bool make_server_step(struct build *b)
{
    const uint64_t own = hash_of_thread(b->tcb);
    struct op *op = b->op;
    const unsigned dice = rng_below(&rng, 20);

    op->word[WORD_CAP] = choose_nth(b, CAP_ENDPOINT, own + rng_below(&rng, 2), RIGHT_READ);
    op->word[WORD_REPLY] = choose_nth(b, CAP_REPLY, own >> 8, 0);
    op->word[WORD_INFO] = rng_below(&rng, rng_one_in(&rng, 4) ? 24 : 6);
    if (dice < 9) {
        op->number = SYS_REPLY_RECV;
    } else if (dice < 12) {
        op->number = SYS_RECV;
    } else if (dice < 16) {
        op->number = SYS_CALL; /* the server of another server */
        op->word[WORD_CAP] = choose_callee(b);
    } else {
        memset(op->word, 0, sizeof(op->word));
        return false;
    }
    offer_receive_slot(b);
    return true;
}

static bool make_client_step(struct build *b)
{
    struct op *op = b->op;
    const unsigned dice = rng_below(&rng, 20);

    op->word[WORD_INFO] = rng_one_in(&rng, 3) ? choose_info(b) : rng_below(&rng, 6);
    op->word[WORD_CAP] = rng_one_in(&rng, 3)
                             ? choose_nth(b, CAP_ENDPOINT, rng_next(&rng) >> 8, RIGHT_WRITE)
                             : choose_callee(b);
    if (dice < 11) {
        op->number = SYS_CALL;
    } else if (dice < 13) {
        op->number = SYS_SEND;
    } else if (dice < 15) {
        op->number = rng_below(&rng, 400);
    } else {
        op->buffer_count = 0;
        b->extras = b->length = 0;
        memset(op->word, 0, sizeof(op->word));
        return false;
    }
    return true;
}

static bool make_waiter_step(struct build *b)
{
    if (rng_one_in(&rng, 5)) {
        return false;
    }
    b->op->number = rng_one_in(&rng, 12) ? SYS_NB_WAIT : SYS_WAIT;
    b->op->word[WORD_CAP] =
        choose_nth(b, CAP_NOTIFICATION, hash_of_thread(b->tcb) + rng_below(&rng, 2), RIGHT_READ);
    return true;
}

/* A context that nobody uses is given to a thread that has none. */
static void make_bind(struct build *b)
{
    const struct node_list contexts = model_list(CAP_SCHED_CONTEXT);
    word_t context = 0;

    for (unsigned try = 0; contexts.count > 0 && try < 20; try++) {
        const struct slot *slot = contexts.nodes[rng_below(&rng, contexts.count)]->slot;
        const struct sched_context *sc = cap_object(slot->cap);

        if (build_address(b->tcb, slot, &context) && sc->tcb == NULL &&
            sched_context_is_active(sc)) {
            break;
        }
    }
    build_extra(b, choose_needy_tcb(b, NEEDS_CONTEXT));
    build_finish(b, context, METHOD_SCHED_CONTEXT_BIND);
}

/* A server that waits with a reply object loses its context, so that callers lend it theirs; or a
 * thread without one gets one. */
static void make_passive(struct build *b)
{
    const struct node_list list = model_list(CAP_SCHED_CONTEXT);
    word_t address = 0;

    for (unsigned try = 0; list.count > 0 && try < 12; try++) {
        const struct slot *slot = list.nodes[rng_below(&rng, list.count)]->slot;
        const struct sched_context *sc = cap_object(slot->cap);

        if (build_address(b->tcb, slot, &address) && sc->tcb != NULL &&
            sc->tcb->state == THREAD_BLOCKED_ON_RECEIVE && sc->tcb->reply != NULL) {
            build_finish(b, address, METHOD_SCHED_CONTEXT_UNBIND);
            return;
        }
    }
    make_bind(b);
}

/* The only capability to a container goes into a container: nesting, and sometimes a circle. */
static void make_nested(struct build *b)
{
    const enum cap_type type = rng_one_in(&rng, 3) ? CAP_TCB : CAP_CNODE;
    const struct node_list list = model_list(type);
    struct place from = {SLOT_INIT_CNODE, 200, 64}, to = from;

    for (unsigned try = 0; list.count > 0 && try < 8; try++) {
        const struct slot *slot = list.nodes[rng_below(&rng, list.count)]->slot;

        if (slot->cap.type == (unsigned)type && !is_precious(slot) && build_place(b, slot, &from)) {
            break;
        }
    }
    build_empty_slot(b, 1, &to);
    build_argument(b, 0, to.index);
    build_argument(b, 1, to.depth);
    build_argument(b, 2, from.index);
    build_argument(b, 3, from.depth);
    build_extra(b, from.cnode);
    build_finish(b, to.cnode, METHOD_CNODE_MOVE);
}

/* ---- address spaces ---- */

static vaddr_t choose_vaddr(void)
{
    switch (rng_below(&rng, 8)) {
    case 0: return build_odd_number(&rng);
    case 1: return (vaddr_t)rng_below(&rng, 4) << 39;
    case 2: return (vaddr_t)rng_below(&rng, 4) << 30;
    case 3: return (vaddr_t)rng_below(&rng, 8) << 21;
    default:
        return (vaddr_t)rng_below(&rng, 3) << 30 | (vaddr_t)rng_below(&rng, 4) << 21 |
               (vaddr_t)rng_below(&rng, 32) << 12;
    }
}

static void make_table(struct build *b)
{
    static const uint8_t methods[4][2] = {
        {METHOD_X86_PDPT_MAP, METHOD_X86_PDPT_UNMAP},
        {METHOD_X86_PDPT_MAP, METHOD_X86_PDPT_UNMAP},
        {METHOD_X86_PAGE_DIRECTORY_MAP, METHOD_X86_PAGE_DIRECTORY_UNMAP},
        {METHOD_X86_PAGE_TABLE_MAP, METHOD_X86_PAGE_TABLE_UNMAP}};
    word_t address = 0;
    struct slot *slot = NULL;
    const bool is_found = build_pick(b, CAP_TABLE, &address, &slot);
    const unsigned level = is_found ? slot->cap.bits & 3 : rng_below(&rng, 4);

    if (level == 0 && is_found && rng_one_in(&rng, 2)) {
        build_extra(b, address);
        build_finish(b, build_pick_or_any(b, CAP_ASID_POOL), METHOD_X86_ASID_POOL_ASSIGN);
        return;
    }
    if (rng_one_in(&rng, 5)) {
        build_finish(b, address, (enum abi_method)methods[level][1]);
        return;
    }
    build_argument(b, 0, choose_vaddr());
    build_argument(b, 1, rng_below(&rng, 8));
    build_extra(b, choose_root(b));
    build_finish(b, address, (enum abi_method)methods[level][0]);
}

static void make_frame(struct build *b)
{
    word_t address = 0;
    struct slot *slot = NULL;
    vaddr_t vaddr = choose_vaddr();
    const bool is_found = build_pick(b, CAP_FRAME, &address, &slot);

    switch (rng_below(&rng, 10)) {
    case 0: build_finish(b, address, METHOD_X86_PAGE_UNMAP); return;
    case 1: build_finish(b, address, METHOD_X86_PAGE_GET_ADDRESS); return;
    case 2:
        build_argument(b, 0, 0);
        build_argument(b, 1, 0);
        build_extra(b, choose_root(b));
        build_finish(b, address, METHOD_X86_PAGE_MAP_IO);
        return;
    default: break;
    }
    if (is_found && cap_is_mapped(slot->cap) && rng_one_in(&rng, 2)) {
        vaddr = cap_vaddr(slot->cap);
    } else if (is_found && !rng_one_in(&rng, 8)) {
        vaddr = ALIGN_DOWN(vaddr, slot->cap.bits);
    }
    build_argument(b, 0, vaddr);
    build_argument(b, 1, rng_below(&rng, 4));
    build_argument(b, 2, rng_below(&rng, 8));
    build_extra(b, choose_root(b));
    build_finish(b, address, METHOD_X86_PAGE_MAP);
}

static void make_pool(struct build *b)
{
    struct place to = {SLOT_INIT_CNODE, 200, 64};
    word_t untyped = 0;
    struct slot *slot;

    for (unsigned try = 0; try < 12; try++) {
        if (build_pick(b, CAP_UNTYPED, &untyped, &slot) && slot->cap.bits == ASID_POOL_BITS) {
            break;
        }
    }
    build_empty_slot(b, 1, &to);
    build_argument(b, 0, to.index);
    build_argument(b, 1, to.depth);
    build_extra(b, untyped);
    build_extra(b, to.cnode);
    build_finish(b, SLOT_ASID_CONTROL, METHOD_X86_ASID_CONTROL_MAKE_POOL);
}

static void make_space(struct build *b)
{
    switch (rng_below(&rng, 12)) {
    case 0: make_pool(b); break;
    case 1:
    case 2:
    case 3:
    case 4: make_table(b); break;
    default: make_frame(b); break;
    }
}

/* ---- interrupts and ports ---- */

static void make_irq_control(struct build *b)
{
    struct place to = {SLOT_INIT_CNODE, 200, 64};
    const bool is_pin = rng_one_in(&rng, 2);

    build_empty_slot(b, 1, &to);
    build_argument(b, 0, to.index);
    build_argument(b, 1, to.depth);
    build_argument(b, 2, 0);
    build_argument(b, 3, rng_below(&rng, 26));
    build_argument(b, 4, rng_below(&rng, 2));
    build_argument(b, 5, rng_below(&rng, 2));
    build_argument(b, 6, rng_below(&rng, rng_one_in(&rng, 5) ? 120 : 6));
    build_extra(b, to.cnode);
    build_finish(b, SLOT_IRQ_CONTROL,
                 is_pin ? METHOD_X86_IRQ_ISSUE_IRQ_HANDLER_IOAPIC
                        : METHOD_X86_IRQ_ISSUE_IRQ_HANDLER_MSI);
}

static void make_irq(struct build *b)
{
    const word_t handler = build_pick_or_any(b, CAP_IRQ_HANDLER);

    switch (rng_below(&rng, 7)) {
    case 0:
    case 1: make_irq_control(b); break;
    case 2: build_finish(b, handler, METHOD_IRQ_ACK_IRQ); break;
    case 3: build_finish(b, handler, METHOD_IRQ_CLEAR_IRQ_HANDLER); break;
    case 4:
        build_argument(b, 0, 1);
        build_argument(b, 1, 1);
        build_argument(b, 2, 1);
        build_extra(b, SLOT_INIT_CNODE);
        build_finish(b, SLOT_IRQ_CONTROL, METHOD_IRQ_ISSUE_IRQ_HANDLER);
        break;
    default:
        build_extra(b, build_pick_or_any(b, CAP_NOTIFICATION));
        build_finish(b, handler, METHOD_IRQ_SET_IRQ_HANDLER);
        break;
    }
}

static void make_port(struct build *b)
{
    struct place to = {SLOT_INIT_CNODE, 200, 64};

    if (rng_one_in(&rng, 2)) {
        build_argument(b, 0, rng_below(&rng, 64));
        build_argument(b, 1, rng_below(&rng, rng_one_in(&rng, 5) ? 66000 : 64));
        build_empty_slot(b, 1, &to);
        build_argument(b, 2, to.index);
        build_argument(b, 3, to.depth);
        build_extra(b, to.cnode);
        build_finish(b, SLOT_IO_PORT_CONTROL, METHOD_X86_IO_PORT_CONTROL_ISSUE);
        return;
    }
    build_argument(b, 0, rng_below(&rng, 64));
    build_argument(b, 1, 0);
    build_finish(b, build_pick_or_any(b, CAP_IO_PORT),
                 (enum abi_method)(METHOD_X86_IO_PORT_IN8 + rng_below(&rng, 6)));
}

/* ---- other calls ---- */

static void make_debug(struct build *b)
{
    static const int8_t numbers[] = {SYS_DEBUG_PUT_CHAR,     SYS_DEBUG_CAP_IDENTIFY,
                                     SYS_DEBUG_RUN,          SYS_SET_TLS_BASE,
                                     SYS_DEBUG_CAP_IDENTIFY, SYS_BENCHMARK_NULL_SYSCALL};
    struct op *op = b->op;

    op->number = numbers[rng_below(&rng, ARRAY_SIZE(numbers))];
    op->word[WORD_CAP] = rng_below(&rng, 300);
    if (rng_one_in(&rng, 200)) {
        op->number = rng_one_in(&rng, 2) ? SYS_DEBUG_DUMP_SCHEDULER : SYS_DEBUG_SNAPSHOT;
    }
    if (op->number == SYS_DEBUG_RUN || rng_one_in(&rng, 4)) {
        op->number = rng_below(&rng, 400); /* a foreign system call */
    }
}

static void make_anything(struct build *b)
{
    struct op *op = b->op;
    struct slot *slot = build_any_slot(b);
    word_t address = rng_below(&rng, 300);

    if (slot != NULL) {
        build_address(b->tcb, slot, &address);
    }
    for (unsigned i = 0; i < 6; i++) {
        build_argument(b, i, build_odd_number(&rng));
    }
    for (unsigned i = 0; i < 3; i++) {
        build_extra(b, rng_below(&rng, 64));
    }
    build_finish(b, address, (enum abi_method)rng_below(&rng, METHOD_COUNT));
    if (rng_one_in(&rng, 3)) {
        op->number = -1 - (int64_t)rng_below(&rng, 11);
    }
}

static void make_event(struct build *b)
{
    struct op *op = b->op;

    switch (rng_below(&rng, 9)) {
    case 0:
        op->kind = OP_PIN;
        op->word[0] = rng_below(&rng, 24);
        break;
    case 1:
        op->kind = OP_MESSAGE;
        op->word[0] = rng_below(&rng, rng_one_in(&rng, 4) ? 108 : 6);
        break;
    case 2:
        op->kind = OP_FAULT;
        op->word[0] = rng_below(&rng, 4);
        op->word[1] = rng_below(&rng, 100);
        op->word[2] = rng_below(&rng, 100);
        break;
    case 3:
        op->kind = OP_FPU;
        op->word[0] = rng_next(&rng) >> 32;
        break;
    case 4:
    case 5:
        op->kind = OP_TOUCH;
        op->word[0] = choose_vaddr();
        break;
    default:
        op->kind = OP_TIME;
        op->ticks = rng_one_in(&rng, 40) ? (unsigned)(rng_next(&rng) >> 40)
                                         : rng_below(&rng, rng_one_in(&rng, 4) ? 60000 : 3000);
        break;
    }
}

static const struct {
    void (*make)(struct build *);
    unsigned weight;
} makers[] = {
    {make_retype, 14},       {make_cnode, 34},   {make_tcb, 26},  {make_sched_control, 8},
    {make_sched_context, 9}, {make_domain, 1},   {make_ipc, 62},  {make_reply, 8},
    {make_space, 18},        {make_irq, 6},      {make_port, 2},  {make_debug, 3},
    {make_anything, 3},      {make_passive, 20}, {make_bind, 12}, {make_nested, 4},
    {make_badged, 8},        {make_event, 14},
};

static void make_some(struct build *b)
{
    unsigned total = 0;

    for (unsigned i = 0; i < ARRAY_SIZE(makers); i++) {
        total += makers[i].weight;
    }
    unsigned dice = rng_below(&rng, total);

    for (unsigned i = 0;; i++) {
        if (dice < makers[i].weight) {
            makers[i].make(b);
            return;
        }
        dice -= makers[i].weight;
    }
}

static void make_as_role(struct build *b)
{
    const enum role role = role_of(b->tcb);

    if (!(role == ROLE_SERVER && make_server_step(b)) &&
        !(role == ROLE_CLIENT && make_client_step(b)) &&
        !(role == ROLE_WAITER && make_waiter_step(b))) {
        make_some(b);
    }
}

/* ---- the beginning: something to work with ---- */

enum { FIRST_THREADS = 10, BEGINNING_STEPS = 70 };

/* Thread n gets everything it needs to run, in four calls; then interrupts get handlers. */
static void make_first_threads(struct build *b, unsigned step)
{
    const unsigned n = step / 4;
    const word_t tcb = choose_nth(b, CAP_TCB, n + 1, 0);
    const word_t context = choose_nth(b, CAP_SCHED_CONTEXT, n + 1, 0);
    const word_t budget = 200 + rng_below(&rng, 2000);

    if (n >= FIRST_THREADS) {
        make_irq(b);
        return;
    }
    switch (step % 4) {
    case 0:
        build_argument(b, 0, budget);
        build_argument(b, 1, rng_one_in(&rng, 2) ? budget : budget * 3);
        build_argument(b, 2, rng_below(&rng, 4));
        build_argument(b, 3, n);
        build_argument(b, 4, rng_below(&rng, 2));
        build_extra(b, context);
        build_finish(b, choose_nth(b, CAP_SCHED_CONTROL, 0, 0),
                     METHOD_SCHED_CONTROL_CONFIGURE_FLAGS);
        break;
    case 1:
        build_argument(b, 0, 0);
        build_argument(b, 1, 0);
        build_argument(b, 2, 0x800000 + ((word_t)n << IPC_BUFFER_BITS));
        build_extra(b, SLOT_INIT_CNODE);
        build_extra(b, SLOT_INIT_VSPACE);
        build_extra(b, choose_nth(b, CAP_FRAME, 8 + n, RIGHT_WRITE));
        build_finish(b, tcb, METHOD_TCB_CONFIGURE);
        break;
    case 2:
        build_argument(b, 0, MAX_PRIORITY);
        build_argument(b, 1, choose_priority());
        build_extra(b, SLOT_INIT_TCB);
        build_extra(b, context);
        build_extra(b, rng_one_in(&rng, 3) ? 0 : choose_nth(b, CAP_ENDPOINT, n, RIGHT_WRITE));
        build_finish(b, tcb, METHOD_TCB_SET_SCHED_PARAMS);
        break;
    default: build_finish(b, tcb, METHOD_TCB_RESUME); break;
    }
}

static void make_beginning(struct build *b, unsigned step)
{
    static const struct {
        uint8_t type, size_bits, count;
    } first[] = {
        {TYPE_UNTYPED, 18, 4},      {TYPE_UNTYPED, 14, 4}, {TYPE_UNTYPED, 12, 4},
        {TYPE_TCB, 0, 12},          {TYPE_ENDPOINT, 0, 5}, {TYPE_NOTIFICATION, 0, 3},
        {TYPE_SCHED_CONTEXT, 8, 9}, {TYPE_REPLY, 0, 9},    {TYPE_CNODE, 6, 1},
        {TYPE_CNODE, 4, 2},         {TYPE_CNODE, 2, 2},    {TYPE_PAGE_4K, 0, 14},
        {TYPE_PML4, 0, 2},          {TYPE_PDPT, 0, 2},     {TYPE_PAGE_DIRECTORY, 0, 2},
        {TYPE_PAGE_TABLE, 0, 2},
    };

    if (step < ARRAY_SIZE(first)) {
        retype(b, first[step].type, first[step].size_bits, first[step].count);
        return;
    }
    if (step < BEGINNING_STEPS - 2) {
        make_first_threads(b, step - (unsigned)ARRAY_SIZE(first));
    } else if (step == BEGINNING_STEPS - 2) {
        /* The initial thread steps down: others are to have their turns. */
        build_argument(b, 0, 300);
        build_argument(b, 1, 300);
        for (unsigned i = 2; i < 5; i++) {
            build_argument(b, i, 0);
        }
        build_extra(b, SLOT_INIT_SC);
        build_finish(b, choose_nth(b, CAP_SCHED_CONTROL, 0, 0),
                     METHOD_SCHED_CONTROL_CONFIGURE_FLAGS);
    } else {
        build_argument(b, 0, 90);
        build_extra(b, SLOT_INIT_TCB);
        build_finish(b, SLOT_INIT_TCB, METHOD_TCB_SET_PRIORITY);
    }
}

/* ---- in charge ---- */

void generate_start(uint64_t seed)
{
    rng.state = seed * 0x2545f4914f6cdd1dull + 1;
    run_seed = seed;
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
    if (is_precious_thread(tcb) &&
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
        make_as_role(&b);
    }
    return true;
}
