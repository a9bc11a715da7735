// SPDX-License-Identifier: BSD-2-Clause
#include "object/tcb.h"

#include "core/sched.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "object/endpoint.h"
#include "object/notification.h"
#include "object/reply.h"
#include "object/sched_context.h"
#include "object/vspace.h"
#include "object/wait_queue.h"
#include <arch/switch.h>

void tcb_init(struct tcb *tcb)
{
    context_init(&tcb->context);
    fpu_init(&tcb->fpu);
    wait_links_init(tcb);
    tcb->domain = (uint8_t)this_core()->domain;
    if (CONFIG_DEBUG) {
        tcb->all_next = sys.all_tcbs;
        if (sys.all_tcbs != NULL) {
            sys.all_tcbs->all_prev = tcb;
        }
        sys.all_tcbs = tcb;
    }
}

void tcb_set_state(struct tcb *tcb, enum thread_state state)
{
    struct core *core = this_core();

    tcb->state = (uint8_t)state;
    if (tcb == core->current && core->action == ACTION_RESUME && !sched_is_schedulable(tcb)) {
        sched_reschedule(core);
    }
}

static void cancel_endpoint_wait(struct tcb *tcb)
{
    if (tcb->reply != NULL) {
        reply_unlink(tcb->reply);
    }
    endpoint_dequeue(tcb->wait.endpoint, tcb);
}

void tcb_cancel_ipc(struct tcb *tcb)
{
    tcb->fault.type = FAULT_NULL;
    switch ((enum thread_state)tcb->state) {
    case THREAD_BLOCKED_ON_SEND:
    case THREAD_BLOCKED_ON_RECEIVE: cancel_endpoint_wait(tcb); break;
    case THREAD_BLOCKED_ON_NOTIFICATION: notification_dequeue(tcb->wait.notification, tcb); break;
    case THREAD_BLOCKED_ON_REPLY:
        if (tcb->reply != NULL) {
            reply_abandon(tcb->reply);
        }
        break;
    default: return;
    }
    tcb_set_state(tcb, THREAD_INACTIVE);
}

void tcb_suspend(struct tcb *tcb)
{
    tcb_cancel_ipc(tcb);
    sched_context_cancel_yield(tcb);
    if (tcb->state == THREAD_RUNNING) {
        context_complete(&tcb->context);
    }
    tcb_set_state(tcb, THREAD_INACTIVE);
    sched_dequeue(tcb);
}

void tcb_resume(struct tcb *tcb)
{
    if (!tcb_is_stopped(tcb)) {
        return;
    }
    tcb_cancel_ipc(tcb);
    tcb_set_state(tcb, THREAD_RESTART);
    sched_context_wake(tcb->sched_context);
    sched_context_resume(tcb->sched_context);
    sched_wake(tcb);
}

void tcb_set_priority(struct tcb *tcb, unsigned priority)
{
    sched_set_priority(tcb, priority);
    switch ((enum thread_state)tcb->state) {
    case THREAD_BLOCKED_ON_SEND:
    case THREAD_BLOCKED_ON_RECEIVE: endpoint_requeue(tcb->wait.endpoint, tcb); break;
    case THREAD_BLOCKED_ON_NOTIFICATION: notification_requeue(tcb->wait.notification, tcb); break;
    default: break;
    }
}

void tcb_set_flags(struct tcb *tcb, word_t flags)
{
    tcb->flags = flags;
    tcb->trap_all = (flags & TCB_FLAG_TRAP_ALL) != 0;
    fpu_flag_changed(tcb);
}

void tcb_bind_notification(struct tcb *tcb, struct notification *notification)
{
    tcb->bound_notification = notification;
    notification->bound_tcb = tcb;
}

void tcb_unbind_notification(struct tcb *tcb)
{
    if (tcb->bound_notification != NULL) {
        tcb->bound_notification->bound_tcb = NULL;
        tcb->bound_notification = NULL;
    }
}

static void forget(struct tcb *tcb)
{
    if (!CONFIG_DEBUG) {
        return;
    }
    if (tcb->all_prev != NULL) {
        tcb->all_prev->all_next = tcb->all_next;
    } else {
        sys.all_tcbs = tcb->all_next;
    }
    if (tcb->all_next != NULL) {
        tcb->all_next->all_prev = tcb->all_prev;
    }
}

void tcb_finalise(struct tcb *tcb)
{
    struct sched_context *sc = tcb->sched_context;

    tcb_unbind_notification(tcb);
    if (sc != NULL) {
        sched_context_unbind_tcb(sc);
        if (sc->yield_from != NULL) {
            sched_context_complete_yield(sc->yield_from);
        }
    }
    tcb_suspend(tcb);
    hwdebug_release(tcb);
    fpu_release(tcb);
    arch_forget_thread(tcb);
    forget(tcb);
}

void *tcb_find_root(struct tcb *tcb)
{
    tcb->root = vspace_root_table(tcb->slots[TCB_SLOT_VSPACE].cap);
    tcb->root_epoch = tcb->root == NULL ? 0 : this_core()->vspace_epoch;
    return tcb->root;
}

word_t tcb_message_word(const struct tcb *tcb, const struct ipc_buffer *buffer, unsigned index)
{
    if (index < MSG_REGISTERS) {
        return context_message_register(&tcb->context, index);
    }
    return buffer == NULL ? 0 : buffer->msg[index];
}

bool tcb_set_message_word(struct tcb *tcb, struct ipc_buffer *buffer, unsigned index, word_t value)
{
    if (index < MSG_REGISTERS) {
        context_set_message_register(&tcb->context, index, value);
        return true;
    }
    if (buffer == NULL) {
        return false;
    }
    buffer->msg[index] = value;
    return true;
}

const char *tcb_name(const struct tcb *tcb)
{
    return tcb->name[0] != '\0' ? tcb->name : "(unnamed)";
}
