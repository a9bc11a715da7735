// SPDX-License-Identifier: BSD-2-Clause
#include "object/irq.h"

#include "core/deletion.h"
#include "core/derivation.h"
#include "core/invocation.h"
#include "core/sched.h"
#include "object/notification.h"
#include <arch/irq.h>

static struct irq {
    struct slot notification;
    enum irq_state state;
} irqs[IRQ_COUNT];

const struct slot *irq_notification(unsigned irq)
{
    return &irqs[irq].notification;
}

bool irq_is_free(unsigned irq)
{
    return irqs[irq].state == IRQ_INACTIVE;
}

void irq_reserve(unsigned irq)
{
    irqs[irq].state = IRQ_RESERVED;
}

void irq_issue(unsigned irq, struct slot *control, struct slot *destination)
{
    struct cap handler = {.type = CAP_IRQ_HANDLER, .data = irq};

    assert(irq_is_free(irq));
    irqs[irq].state = IRQ_ISSUED;
    slot_insert(destination, control, handler);
    arch_irq_unmask(irq);
}

void irq_handle(unsigned irq)
{
    const struct cap cap = irqs[irq].notification.cap;

    if (irq == IRQ_TIMER) {
        sched_timer(this_core());
    } else {
        arch_irq_mask(irq);
        if (cap.type == CAP_NOTIFICATION && cap_can(cap, RIGHT_WRITE)) {
            notification_signal(cap_object(cap), cap.data);
        }
    }
    arch_irq_end(irq);
}

enum progress irq_finalise(unsigned irq)
{
    if (slot_delete(&irqs[irq].notification) == PROGRESS_PREEMPTED) {
        return PROGRESS_PREEMPTED;
    }
    arch_irq_mask(irq);
    arch_irq_release(irq);
    irqs[irq].state = IRQ_INACTIVE;
    return PROGRESS_DONE;
}

/* ---- decoding ---- */

static enum status decode_get(struct invocation *inv)
{
    const word_t irq = inv_argument(inv, 0);
    struct slot *destination;
    enum status status;

    if (inv_lacks(inv, 3, 1)) {
        return refuse(inv, ERR_TRUNCATED_MESSAGE);
    }
    if ((status = arch_check_irq(inv, irq)) != STATUS_OK) {
        return status;
    }
    if (!irq_is_free((unsigned)irq)) {
        return refuse(inv, ERR_REVOKE_FIRST);
    }
    status = inv_find_empty_slot(inv, inv_extra(inv, 0), inv_argument(inv, 1), inv_argument(inv, 2),
                                 &destination);
    if (status == STATUS_OK) {
        irq_issue((unsigned)irq, inv->slot, destination);
    }
    return status;
}

enum status decode_irq_control(struct invocation *inv)
{
    return inv->method == METHOD_IRQ_ISSUE_IRQ_HANDLER ? decode_get(inv)
                                                       : arch_decode_irq_control(inv);
}

static enum status decode_set_notification(struct invocation *inv, struct irq *irq)
{
    const struct cap cap = inv_extra(inv, 0);

    if (inv_lacks(inv, 0, 1)) {
        return refuse(inv, ERR_TRUNCATED_MESSAGE);
    }
    if (cap.type != CAP_NOTIFICATION || !cap_can(cap, RIGHT_WRITE)) {
        return refuse_capability(inv, 0);
    }
    if (slot_delete(&irq->notification) == PROGRESS_PREEMPTED) {
        return STATUS_PREEMPTED;
    }
    if (cap_same_object(inv->extra[0]->cap, cap)) {
        slot_insert(&irq->notification, inv->extra[0], cap);
    }
    return STATUS_OK;
}

enum status decode_irq_handler(struct invocation *inv)
{
    struct irq *irq = &irqs[inv->cap.data];

    switch (inv->method) {
    case METHOD_IRQ_ACK_IRQ: arch_irq_unmask((unsigned)inv->cap.data); return STATUS_OK;
    case METHOD_IRQ_SET_IRQ_HANDLER: return decode_set_notification(inv, irq);
    case METHOD_IRQ_CLEAR_IRQ_HANDLER: return status_of(slot_delete(&irq->notification));
    default: return refuse(inv, ERR_ILLEGAL_OPERATION);
    }
}
