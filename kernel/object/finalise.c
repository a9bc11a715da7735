// SPDX-License-Identifier: BSD-2-Clause
#include "object/finalise.h"

#include "core/core.h"
#include "object/asid.h"
#include "object/endpoint.h"
#include "object/irq.h"
#include "object/notification.h"
#include "object/reply.h"
#include "object/sched_context.h"
#include "object/tcb.h"
#include "object/vspace.h"
#include <arch/object.h>

/* Many may wait there, so this can be interrupted. Meanwhile the capability has no rights left,
 * as if it were gone already, and nobody new can start to wait. */
static enum progress finalise_endpoint(struct slot *slot)
{
    slot->cap.rights = 0;
    return endpoint_cancel_all(cap_object(slot->cap));
}

static enum progress finalise_notification(struct slot *slot)
{
    struct notification *notification = cap_object(slot->cap);

    slot->cap.rights = 0;
    if (notification->sched_context != NULL) {
        sched_context_unbind_notification(notification->sched_context);
    }
    if (notification->bound_tcb != NULL) {
        tcb_unbind_notification(notification->bound_tcb);
    }
    return notification_cancel_all(notification);
}

static enum progress finalise_last(struct slot *slot)
{
    struct cap cap = slot->cap;

    switch ((enum cap_type)cap.type) {
    case CAP_ENDPOINT: return finalise_endpoint(slot);
    case CAP_NOTIFICATION: return finalise_notification(slot);
    case CAP_REPLY: reply_finalise(cap_object(cap)); break;
    case CAP_SCHED_CONTEXT: sched_context_finalise(cap_object(cap)); break;
    case CAP_IRQ_HANDLER: return irq_finalise((unsigned)cap.data);
    case CAP_TABLE: vspace_finalise_table(cap); break;
    case CAP_ASID_POOL: asid_finalise_pool(cap); break;
    case CAP_IO_PORT: arch_finalise_cap(cap); break;
    default: break;
    }
    return PROGRESS_DONE;
}

enum progress finalise_cap(struct slot *slot, bool is_last)
{
    if (slot->cap.type == CAP_FRAME) {
        vspace_unmap_frame(&slot->cap);
        return PROGRESS_DONE;
    }
    if (slot->cap.type == CAP_TABLE || slot->cap.type == CAP_ASID_POOL) {
        this_core()->vspace_epoch++;
    }
    return is_last ? finalise_last(slot) : PROGRESS_DONE;
}

void finalise_container(struct cap cap)
{
    if (cap.type == CAP_TCB) {
        tcb_finalise(cap_object(cap));
    }
}
