// SPDX-License-Identifier: BSD-2-Clause
/*
 * Short ways through the kernel for the system calls that most of all IPC is:
 *
 *   call            a client calls a passive server that waits
 *   reply-receive   the server answers and waits for the next
 *   send            a signal, or a message to somebody who waits
 *   yield           of a round robin slice
 *   interrupt       of user code, to a waiting handler of higher priority
 *   unknown call    a thread's foreign system call goes to its passive handler, and
 *                   the handler's answer back (the linux server's bread and butter)
 *
 * Each is the slow path for one case with everything known in advance left out. It
 * first checks that it is that case and changes nothing until it is sure; if not, the
 * slow path starts from the beginning. With fastpath=off on the kernel command line
 * none of this is ever called, so that a test can compare what the two leave behind.
 *
 * What makes a switch allowed: the thread switched to is in the same domain, runs in a
 * valid address space, and either takes over the current thread's scheduling context
 * (so budget, timer and payer stay) or can pay for itself; and no ready thread has a
 * higher priority. Ready threads of the same priority come after it, as after any
 * thread that was just woken.
 */
#include "core/fastpath.h"

#include <abi/syscalls.h>

#include "core/cspace.h"
#include "core/fault.h"
#include "core/report.h"
#include "core/sched.h"
#include "core/syscall.h"
#include "object/endpoint.h"
#include "object/irq.h"
#include "object/notification.h"
#include "object/reply.h"
#include "object/sched_control.h"
#include "object/vspace.h"
#include "object/wait_queue.h"
#include <arch/clock.h>
#include <arch/fastpath.h>
#include <arch/irq.h>
#include <arch/switch.h>

/* ---- checks ---- */

/* Finds the slot an address names; false if it leads nowhere. One step is the common case. */
ALWAYS_INLINE bool lookup(const struct tcb *tcb, word_t address, const struct slot **slot)
{
    const struct cap root = tcb->slots[TCB_SLOT_CSPACE].cap;
    struct lookup_failure ignored;

    if (likely(cap_is_cnode_of(root, CNODE_WHOLE))) {
        if (unlikely(address >> root.bits != 0)) {
            return false;
        }
        *slot = (const struct slot *)cap_object(root) + address;
        return true;
    }
    *slot = cspace_find_nested(root, address);
    if (unlikely(*slot == NULL)) {
        *slot = cspace_lookup_slowly(root, address, &ignored);
    }
    return *slot != NULL;
}

/* Is it an endpoint capability with this right? */
ALWAYS_INLINE bool is_endpoint_with(struct cap cap, word_t right)
{
    return (cap.word & (CAP_TYPE_MASK | right << CAP_RIGHTS_SHIFT)) ==
           (CAP_TYPE(CAP_ENDPOINT) | right << CAP_RIGHTS_SHIFT);
}

/* To call through an endpoint one needs to be able to get an answer. */
ALWAYS_INLINE bool may_call(struct cap cap)
{
    return is_endpoint_with(cap, RIGHT_WRITE) &&
           (cap.word & (word_t)(RIGHT_GRANT | RIGHT_GRANT_REPLY) << CAP_RIGHTS_SHIFT) != 0;
}

/* The message's length; one with capabilities is longer than any. */
ALWAYS_INLINE unsigned plain_length(word_t info)
{
    return info & MASK(INFO_LENGTH_BITS + INFO_EXTRA_CAPS_BITS);
}

/* The budget check of every entry. Whatever is charged later goes by this look at the clock. */
ALWAYS_INLINE bool time_is_left(struct core *core)
{
    core->now = clock_now();
    return core->now < core->slice_end;
}

/* May the thread run next, on the current thread's context? */
ALWAYS_INLINE bool may_switch_to(const struct core *core, struct tcb *to)
{
    return tcb_has_root(core, to) && to->domain == core->domain &&
           (likely(core->ready_now->any == 0) || to->priority >= sched_highest_ready(core));
}

/* The buffer that words of a message of `length` are read from; false when it is missing. */
ALWAYS_INLINE bool find_source(const struct tcb *from, unsigned length,
                               const struct ipc_buffer **source)
{
    if (likely(length <= MSG_REGISTERS)) {
        return true;
    }
    *source = tcb_ipc_buffer(from, false);
    return *source != NULL;
}

/* The same, and the one they are written to. */
ALWAYS_INLINE bool find_buffers(const struct tcb *from, const struct tcb *to, unsigned length,
                                const struct ipc_buffer **source, struct ipc_buffer **target)
{
    if (likely(length <= MSG_REGISTERS)) {
        return true;
    }
    *target = tcb_ipc_buffer(to, true);
    return find_source(from, length, source) && *target != NULL;
}

/* A receiver that a caller can wait for an answer from. */
ALWAYS_INLINE bool is_server(const struct tcb *tcb)
{
    assert(tcb->reply == NULL || !reply_is_on_stack(tcb->reply));
    return tcb->reply != NULL;
}

/* The same, and one that the caller lends its context to. */
ALWAYS_INLINE bool is_passive_server(const struct tcb *tcb)
{
    return is_server(tcb) && tcb->sched_context == NULL;
}

/* ---- moves ---- */

ALWAYS_INLINE void copy_message(const struct tcb *from, const struct ipc_buffer *source,
                                struct tcb *to, struct ipc_buffer *target, unsigned length)
{
    if (length > 0) {
        context_copy_message_registers(&to->context, &from->context, length);
        for (unsigned i = MSG_REGISTERS; i < length; i++) {
            target->msg[i] = source->msg[i];
        }
    }
}

ALWAYS_INLINE void dequeue_receiver(struct endpoint *endpoint, struct tcb *receiver)
{
    if (likely(receiver->wait.links.next == receiver &&
               receiver->wait.links.group_next == receiver)) {
        endpoint->queue_word = ENDPOINT_IDLE;
    } else {
        endpoint_dequeue(endpoint, receiver);
    }
}

ALWAYS_INLINE void enqueue_receiver(struct endpoint *endpoint, struct tcb *head,
                                    struct tcb *receiver)
{
    if (likely(head == NULL)) {
        head = receiver;
    } else {
        wait_queue_insert(&head, receiver);
    }
    endpoint->queue_word = (word_t)head | ENDPOINT_RECEIVING;
}

/* The caller waits for an answer in the server's reply object and lends its context along. */
ALWAYS_INLINE void lend(struct tcb *caller, struct tcb *server)
{
    struct reply *reply = server->reply;
    struct sched_context *sc = caller->sched_context;
    struct reply *top = sc->reply;

    server->reply = NULL;
    reply->tcb = caller;
    caller->reply = reply;
    reply->older = top;
    reply->sched_context = sc;
    if (top != NULL) {
        top->newer = reply;
        top->sched_context = NULL;
    }
    sc->reply = reply;
    caller->sched_context = NULL;
    caller->state = THREAD_BLOCKED_ON_REPLY;
    sc->tcb = server;
    server->sched_context = sc;
    server->state = THREAD_RUNNING;
}

/* The same, but each keeps its own context. */
ALWAYS_INLINE void await_answer(struct tcb *caller, struct tcb *server)
{
    struct reply *reply = server->reply;

    server->reply = NULL;
    reply->tcb = caller;
    caller->reply = reply;
    caller->state = THREAD_BLOCKED_ON_REPLY;
    server->state = THREAD_RUNNING;
}

/* The reverse: the reply object is the top of the stack. */
ALWAYS_INLINE void give_back(struct tcb *caller, struct tcb *server, struct reply *reply)
{
    struct sched_context *sc = server->sched_context;
    struct reply *older = reply->older;

    sc->reply = older;
    if (older != NULL) {
        older->newer = NULL;
        older->sched_context = sc;
    }
    reply->older = NULL;
    reply->sched_context = NULL;
    reply->tcb = server;
    server->reply = reply;
    caller->reply = NULL;
    server->sched_context = NULL;
    sc->tcb = caller;
    caller->sched_context = sc;
    caller->state = THREAD_RUNNING;
}

ALWAYS_INLINE NORETURN void switch_to(struct core *core, struct tcb *from, struct tcb *to)
{
    core->current = to;
    arch_switch_user(core, from, to, to->root);
    arch_leave_fast(core);
}

/*
 * The same when each pays for itself: the current context is charged and the other
 * thread's time begins. `from` has been put where it belongs.
 */
ALWAYS_INLINE NORETURN void switch_payer(struct core *core, struct tcb *from, struct tcb *to)
{
    sched_commit_time(core);
    core->sched_context = to->sched_context;
    if (!to->sched_context->sporadic && !sched_context_is_round_robin(to->sched_context)) {
        refill_unblock(to->sched_context);
    }
    sched_set_timer(core);
    switch_to(core, from, to);
}

/* A waiting thread that can run on its own context as soon as it is woken. */
ALWAYS_INLINE bool can_wake(const struct core *core, struct tcb *tcb)
{
    const struct sched_context *sc = tcb->sched_context;

    return sc != NULL && sched_context_is_active(sc) && !sc->sporadic &&
           tcb->domain == core->domain && sc->core == core->sched_context->core &&
           tcb_has_root(core, tcb);
}

/* The woken thread runs now if it is more important than the current one, which has been the most
 * important one until now; otherwise it waits for its turn as sched_exit() would have it. */
ALWAYS_INLINE NORETURN void run_woken(struct core *core, struct tcb *woken)
{
    struct tcb *current = core->current;

    woken->state = THREAD_RUNNING;
    if (woken->priority > current->priority) {
        sched_enqueue_head(current);
        switch_payer(core, current, woken);
    }
    if (woken->priority == current->priority) {
        sched_enqueue_tail(woken);
    } else {
        sched_enqueue_head(woken);
    }
    arch_leave_fast(core);
}

/* ---- call ---- */

/* What is left of the sender's info: label and length. */
ALWAYS_INLINE word_t info_for_receiver(word_t info)
{
    return info & ~(word_t)(MASK(INFO_CAPS_UNWRAPPED_BITS) << INFO_CAPS_UNWRAPPED_SHIFT);
}

/* Not IPC: the slow path, but what is known already is not found out again. */
ALWAYS_INLINE void call_object(struct core *core, const struct slot *slot)
{
    kernel_call_object(core, (struct slot *)(uintptr_t)slot);
    arch_leave(core);
}

void fast_call(struct core *core)
{
    struct tcb *caller = core->current;
    const word_t info = context_info(&caller->context);
    const unsigned length = plain_length(info);
    const struct ipc_buffer *source = NULL;
    struct ipc_buffer *target = NULL;
    const struct slot *slot;

    if (unlikely(!lookup(caller, context_capability(&caller->context), &slot))) {
        return;
    }
    if (unlikely(!may_call(slot->cap))) {
        if ((slot->cap.word & CAP_TYPE_MASK) != CAP_TYPE(CAP_ENDPOINT)) {
            call_object(core, slot);
        }
        return;
    }
    if (unlikely(length > MSG_MAX_LENGTH)) {
        return;
    }
    struct endpoint *endpoint = cap_object(slot->cap);
    struct tcb *server = endpoint_head(endpoint);

    if (unlikely(endpoint_state(endpoint) != ENDPOINT_RECEIVING || !is_server(server) ||
                 (server->sched_context != NULL && !can_wake(core, server)) ||
                 !may_switch_to(core, server) ||
                 !find_buffers(caller, server, length, &source, &target) || !time_is_left(core))) {
        return;
    }
    dequeue_receiver(endpoint, server);
    copy_message(caller, source, server, target, length);
    context_set_info(&server->context, info_for_receiver(info));
    context_set_badge(&server->context, slot->cap.data);
    if (unlikely(server->sched_context != NULL)) {
        await_answer(caller, server);
        switch_payer(core, caller, server);
    }
    lend(caller, server);
    switch_to(core, caller, server);
}

/* ---- reply-receive ---- */

/* The endpoint the server goes back to: it can receive there, and at most other receivers wait,
 * `head` first. */
ALWAYS_INLINE bool find_endpoint(const struct tcb *server, struct endpoint **endpoint,
                                 struct tcb **head)
{
    const struct notification *bound = server->bound_notification;
    const struct slot *slot;

    if (!lookup(server, context_capability(&server->context), &slot) ||
        !is_endpoint_with(slot->cap, RIGHT_READ) ||
        (bound != NULL && bound->state == NOTIFICATION_ACTIVE)) {
        return false;
    }
    *endpoint = cap_object(slot->cap);
    *head = endpoint_head(*endpoint);
    return endpoint_state(*endpoint) != ENDPOINT_SENDING;
}

/* Being on top of a stack means that a caller waits here. */
ALWAYS_INLINE bool is_top_of_stack(const struct reply *reply, const struct sched_context *sc)
{
    assert(reply->sched_context == NULL || reply->tcb->state == THREAD_BLOCKED_ON_REPLY);
    assert(reply->sched_context == NULL || reply->tcb->yield_to == NULL);
    return reply->sched_context == sc && reply->tcb->sched_context == NULL;
}

ALWAYS_INLINE void wait_again(struct tcb *server, struct endpoint *endpoint, struct tcb *head)
{
    server->wait.endpoint = endpoint;
    server->state = THREAD_BLOCKED_ON_RECEIVE;
    enqueue_receiver(endpoint, head, server);
}

/* The answer of a server that has a context of its own to a caller that has kept its own. */
static NOINLINE void answer_from_own_context(struct core *core, struct reply *reply,
                                             struct endpoint *endpoint, struct tcb *head)
{
    struct tcb *server = core->current;
    struct tcb *caller = reply->tcb;
    const struct notification *bound = server->bound_notification;
    const word_t info = context_info(&server->context);
    const unsigned length = plain_length(info);
    const struct ipc_buffer *source = NULL;
    struct ipc_buffer *target = NULL;

    if (caller == NULL || caller->state != THREAD_BLOCKED_ON_REPLY || reply_is_on_stack(reply) ||
        reply->older != NULL || caller->fault.type != FAULT_NULL ||
        (bound != NULL && bound->sched_context == server->sched_context) ||
        !can_wake(core, caller) || !may_switch_to(core, caller) ||
        !find_buffers(server, caller, length, &source, &target) || !time_is_left(core) ||
        !refill_is_ready(caller->sched_context)) {
        return;
    }
    copy_message(server, source, caller, target, length);
    context_set_info(&caller->context, info_for_receiver(info));
    context_set_badge(&caller->context, 0);
    caller->reply = NULL;
    caller->state = THREAD_RUNNING;
    reply->tcb = server;
    server->reply = reply;
    wait_again(server, endpoint, head);
    switch_payer(core, server, caller);
}

void fast_reply_recv(struct core *core)
{
    struct tcb *server = core->current;
    const word_t info = context_info(&server->context);
    const unsigned length = plain_length(info);
    struct endpoint *endpoint;
    struct tcb *head;
    const struct ipc_buffer *source = NULL;
    struct ipc_buffer *target = NULL;
    const struct slot *slot;

    if (unlikely(!find_endpoint(server, &endpoint, &head) ||
                 !lookup(server, context_reply(&server->context), &slot) ||
                 slot->cap.type != CAP_REPLY || length > MSG_MAX_LENGTH)) {
        return;
    }
    struct reply *reply = cap_object(slot->cap);

    if (unlikely(!is_top_of_stack(reply, server->sched_context))) {
        answer_from_own_context(core, reply, endpoint, head);
        return;
    }
    if (unlikely(!may_switch_to(core, reply->tcb))) {
        return;
    }
    struct tcb *caller = reply->tcb;

    if (caller->fault.type == FAULT_NULL) {
        if (unlikely(!find_buffers(server, caller, length, &source, &target) ||
                     !time_is_left(core))) {
            return;
        }
        copy_message(server, source, caller, target, length);
        context_set_info(&caller->context, info_for_receiver(info));
        context_set_badge(&caller->context, 0);
    } else {
        if (unlikely(caller->fault.type != FAULT_UNKNOWN_SYSCALL || info >> INFO_LABEL_SHIFT != 0 ||
                     !find_source(server, length, &source) || !time_is_left(core) ||
                     !context_apply_unknown_syscall(&caller->context, &server->context, source,
                                                    length))) {
            return;
        }
        caller->fault.type = FAULT_NULL;
    }
    give_back(caller, server, reply);
    wait_again(server, endpoint, head);
    switch_to(core, server, caller);
}

/* ---- a foreign system call, to its handler ---- */

void fast_unknown_syscall(struct core *core, word_t number)
{
    struct tcb *caller = core->current;
    const struct cap handler = caller->slots[TCB_SLOT_FAULT_HANDLER].cap;

    if (unlikely(!may_call(handler) || report_wants_foreign_call(caller))) {
        return;
    }
    struct endpoint *endpoint = cap_object(handler);
    struct tcb *server = endpoint_head(endpoint);

    if (unlikely(endpoint_state(endpoint) != ENDPOINT_RECEIVING || !is_passive_server(server) ||
                 !may_switch_to(core, server))) {
        return;
    }
    struct ipc_buffer *buffer = tcb_ipc_buffer(server, true);

    if (unlikely(buffer == NULL || !time_is_left(core))) {
        return;
    }
    dequeue_receiver(endpoint, server);
    caller->fault.type = FAULT_UNKNOWN_SYSCALL;
    caller->fault.unknown_syscall.number = number;
    context_write_unknown_syscall(&server->context, buffer, &caller->context, number);
    context_set_info(&server->context, (word_t)FAULT_UNKNOWN_SYSCALL << INFO_LABEL_SHIFT |
                                           FAULT_UNKNOWN_SYSCALL_LENGTH);
    context_set_badge(&server->context, handler.data);
    lend(caller, server);
    switch_to(core, caller, server);
}

/* ---- send: a signal, or a message to a thread that waits for one ---- */

ALWAYS_INLINE void signal(struct core *core, const struct slot *slot)
{
    struct notification *notification = cap_object(slot->cap);
    const struct tcb *bound = notification->bound_tcb;
    struct tcb *waiter = notification->queue;

    if (!time_is_left(core)) {
        return;
    }
    if (waiter == NULL) {
        if (unlikely(bound != NULL && bound->state == THREAD_BLOCKED_ON_RECEIVE)) {
            return;
        }
        notification->word |= slot->cap.data;
        notification->state = NOTIFICATION_ACTIVE;
        arch_leave_fast(core);
    }
    if (unlikely(!can_wake(core, waiter))) {
        return;
    }
    notification_dequeue(notification, waiter);
    context_set_badge(&waiter->context, slot->cap.data);
    run_woken(core, waiter);
}

ALWAYS_INLINE void send(struct core *core, const struct slot *slot, word_t info)
{
    struct tcb *sender = core->current;
    const unsigned length = plain_length(info);
    struct endpoint *endpoint = cap_object(slot->cap);
    struct tcb *receiver = endpoint_head(endpoint);
    const struct ipc_buffer *source = NULL;
    struct ipc_buffer *target = NULL;

    if (unlikely(endpoint_state(endpoint) != ENDPOINT_RECEIVING || !can_wake(core, receiver) ||
                 !find_buffers(sender, receiver, length, &source, &target) ||
                 !time_is_left(core))) {
        return;
    }
    dequeue_receiver(endpoint, receiver);
    if (receiver->reply != NULL) {
        reply_unlink(receiver->reply);
    }
    copy_message(sender, source, receiver, target, length);
    context_set_info(&receiver->context, info_for_receiver(info));
    context_set_badge(&receiver->context, slot->cap.data);
    run_woken(core, receiver);
}

void fast_send(struct core *core)
{
    const struct tcb *sender = core->current;
    const word_t info = context_info(&sender->context);
    const struct slot *slot;

    if (unlikely(!lookup(sender, context_capability(&sender->context), &slot) ||
                 plain_length(info) > MSG_MAX_LENGTH || !(slot->cap.rights & RIGHT_WRITE))) {
        return;
    }
    if (slot->cap.type == CAP_NOTIFICATION) {
        signal(core, slot);
    } else if (slot->cap.type == CAP_ENDPOINT) {
        send(core, slot, info);
    }
}

/* ---- yield, of a round robin slice ---- */

void fast_yield(struct core *core)
{
    struct tcb *current = core->current;
    struct sched_context *sc = core->sched_context;
    struct tcb *next = core->ready_now->heads[current->priority];

    if (unlikely(!sched_context_is_round_robin(sc) || !time_is_left(core) ||
                 (next != NULL && (!tcb_has_root(core, next) || next->yield_to != NULL ||
                                   next->state != THREAD_RUNNING)))) {
        return;
    }
    refill_end_slice(sc, 0);
    sc->consumed += sched_consumed(core);
    core->charge_start = core->now;
    if (next == NULL) {
        sched_set_timer(core);
        arch_leave_fast(core);
    }
    sched_rotate(core, next, current);
    switch_payer(core, current, next);
}

/* ---- an interrupt of user code, to a handler that waits and is more important ---- */

void fast_interrupt(struct core *core, unsigned irq)
{
    if (irq >= IRQ_COUNT || irq == IRQ_TIMER || core->arch.no_fast_interrupt) {
        return;
    }
    const struct cap cap = irq_notification(irq)->cap;
    struct notification *notification = cap_object(cap);

    if (cap.type != CAP_NOTIFICATION || !cap_can(cap, RIGHT_WRITE) || notification->queue == NULL ||
        notification->queue->priority <= core->current->priority ||
        !can_wake(core, notification->queue) || !time_is_left(core)) {
        return;
    }
    struct tcb *handler = notification->queue;

    arch_irq_mask(irq);
    arch_irq_end(irq);
    notification_dequeue(notification, handler);
    context_set_badge(&handler->context, cap.data);
    run_woken(core, handler);
}
