// SPDX-License-Identifier: BSD-2-Clause
#include "restart.h"
#include "arch.h"
#include "held.h"
#include "slots.h"
#include <microkit/restart.h>
#include <proto/monitor.h>

_Static_assert(MICROKIT_RESTARTED == MONITOR_RESTARTED, "programs know the label");
_Static_assert(MICROKIT_LABEL_DONE == MONITOR_DONE, "and this one");

const struct system_object *restart_object(const struct restart *restart, uint32_t object)
{
    const struct system_object *objects = system_table(restart->image, SYSTEM_TABLE_OBJECTS);

    return &objects[object];
}

bool restart_step(struct restart *restart, seL4_Error error, const char *doing)
{
    if (!restart->doing && error != seL4_NoError) {
        restart->doing = doing;
        restart->error = error;
    }
    return !restart->doing;
}

bool restart_mint(struct restart *restart, uint32_t slot, uint64_t badge, const char *doing)
{
    restart_unmint(restart);
    return restart_step(restart,
                        seL4_CNode_Mint(SLOT_CNODE, SLOT_MOMENT, (seL4_Uint8)restart->depth,
                                        SLOT_CNODE, slot, (seL4_Uint8)restart->depth,
                                        seL4_AllRights, badge),
                        doing);
}

void restart_unmint(const struct restart *restart)
{
    (void)seL4_CNode_Delete(SLOT_CNODE, SLOT_MOMENT, (seL4_Uint8)restart->depth);
}

static seL4_CPtr slot_of(const struct restart *restart, uint32_t object)
{
    return object == SYSTEM_NONE ? seL4_CapNull
                                 : held_slot(restart->image, restart->component, object, 0);
}

/* ---- stop ---- */

/* Who waits for an answer gets one, and with it the time it had lent. Without a caller this does
 * nothing. */
static void answer_caller(const struct restart *restart)
{
    seL4_Send(slot_of(restart, restart->own->reply),
              seL4_MessageInfo_new(MONITOR_RESTARTED, 0, 0, 0));
}

static void stop(struct restart *restart)
{
    restart_step(restart, seL4_TCB_Suspend(SLOT_TCB + restart->component), "stopping it");
    answer_caller(restart);
    restart_step(restart, seL4_SchedContext_Unbind(slot_of(restart, restart->own->sched)),
                 "taking its time");
}

/* ---- objects it made ---- */

static void revoke_objects(struct restart *restart)
{
    const struct system_cap *caps = system_table(restart->image, SYSTEM_TABLE_CAPS);
    const struct held_range range = held_range(restart->component);

    for (uint32_t i = range.first; i < range.end; i++) {
        if (restart_object(restart, caps[i].object)->kind == SYSTEM_UNTYPED &&
            caps[i].meaning == SYSTEM_CAP_RESTART) {
            restart_step(restart,
                         seL4_CNode_Revoke(SLOT_CNODE, caps[i].slot, (seL4_Uint8)restart->depth),
                         "taking back its untyped memory");
        }
    }
}

/* ---- time and thread ---- */

/* Only who has control over scheduling can have changed it; then the monitor has that, too. */
static void restore_time(struct restart *restart)
{
    const struct system_sched *scheds = system_table(restart->image, SYSTEM_TABLE_SCHEDS);
    const struct system_cap *caps = system_table(restart->image, SYSTEM_TABLE_CAPS);
    const struct held_range range = held_range(restart->component);
    seL4_CPtr control = seL4_CapNull;

    for (uint32_t i = range.first; i < range.end; i++) {
        if (restart_object(restart, caps[i].object)->kind == SYSTEM_SCHED_CONTROL) {
            control = caps[i].slot;
        }
    }
    for (uint32_t i = 0; control && i < restart->image->tables[SYSTEM_TABLE_SCHEDS].count; i++) {
        if (scheds[i].object == restart->own->sched) {
            restart_step(restart,
                         seL4_SchedControl_ConfigureFlags(
                             control, slot_of(restart, scheds[i].object), scheds[i].budget_us,
                             scheds[i].period_us, 0, scheds[i].badge, 0),
                         "setting its budget");
        }
    }
}

/* With its own scheduling context again; another's that was lent to it in vain goes first. */
static void restore_scheduling(struct restart *restart)
{
    const struct system_thread *thread = restart->thread;
    const seL4_CPtr tcb = SLOT_TCB + restart->component;
    const seL4_CPtr sched = slot_of(restart, thread->sched);
    seL4_Error error;

    if (!restart_mint(restart, SLOT_ENDPOINT, thread->fault_badge, "naming its fault handler")) {
        return;
    }
    error = seL4_TCB_SetSchedParams(tcb, SLOT_OWN_TCB, thread->control_priority, thread->priority,
                                    sched, SLOT_MOMENT);
    if (error == seL4_IllegalOperation) {
        (void)seL4_TCB_SetSchedParams(tcb, SLOT_OWN_TCB, thread->control_priority, thread->priority,
                                      seL4_CapNull, SLOT_MOMENT);
        error = seL4_TCB_SetSchedParams(tcb, SLOT_OWN_TCB, thread->control_priority,
                                        thread->priority, sched, SLOT_MOMENT);
    }
    restart_step(restart, error, "setting its priority, time and fault handler");
    restart_unmint(restart);
}

static void restore_thread(struct restart *restart)
{
    const struct system_thread *thread = restart->thread;
    const seL4_CPtr tcb = SLOT_TCB + restart->component;

    restart_step(restart,
                 seL4_TCB_Configure(tcb, slot_of(restart, thread->cspace),
                                    thread->cspace_guard_bits, slot_of(restart, thread->vspace), 0,
                                    thread->buffer_vaddr, slot_of(restart, thread->buffer)),
                 "giving it its spaces");
    restore_scheduling(restart);
    restart_step(restart, seL4_TCB_SetTimeoutEndpoint(tcb, seL4_CapNull),
                 "taking its timeout handler");
    (void)seL4_TCB_UnbindNotification(tcb); /* refused if there is none */
    restart_step(restart, seL4_TCB_BindNotification(tcb, slot_of(restart, thread->notification)),
                 "binding its notification");
    restart_step(restart,
                 (seL4_Error)seL4_TCB_SetFlags(
                     tcb, seL4_TCBFlag_fpuDisabled,
                     thread->flags & SYSTEM_THREAD_NO_FPU ? seL4_TCBFlag_fpuDisabled : 0)
                     .error,
                 "setting its flags");
    restart_step(restart, seL4_TCB_SetTLSBase(tcb, 0), "resetting its thread pointer");
    restart_step(restart, arch_set_registers(tcb, thread->pc, thread->sp, false),
                 "setting its registers");
}

/* ---- events ---- */

static void restore_irq(struct restart *restart, uint32_t object, seL4_CPtr handler)
{
    const struct system_irq *irqs = system_table(restart->image, SYSTEM_TABLE_IRQS);
    const struct system_irq *irq = &irqs[restart_object(restart, object)->argument];

    if (restart_mint(restart, slot_of(restart, irq->notification), irq->badge,
                     "naming an interrupt")) {
        restart_step(restart, seL4_IRQHandler_SetNotification(handler, SLOT_MOMENT),
                     "connecting an interrupt");
        restart_step(restart, seL4_IRQHandler_Ack(handler), "acknowledging an interrupt");
        restart_unmint(restart);
    }
}

static void restore_irqs(struct restart *restart)
{
    const struct system_cap *caps = system_table(restart->image, SYSTEM_TABLE_CAPS);
    const struct held_range range = held_range(restart->component);

    for (uint32_t i = range.first; i < range.end; i++) {
        if (restart_object(restart, caps[i].object)->kind == SYSTEM_IRQ) {
            restore_irq(restart, caps[i].object, caps[i].slot);
        }
    }
}

/* All its channels at once: an event too many is allowed, one too few is not. */
static void signal_itself(struct restart *restart)
{
    const uint64_t bits =
        (uint64_t)restart->own->channel_bits_high << 32 | restart->own->channel_bits_low;

    if (bits && restart_mint(restart, slot_of(restart, restart->own->notification), bits,
                             "signalling its channels")) {
        seL4_Signal(SLOT_MOMENT);
        restart_unmint(restart);
    }
}

static void signal_neighbours(const struct restart *restart)
{
    const struct system_cap *caps = system_table(restart->image, SYSTEM_TABLE_CAPS);
    const struct held_range range = held_range(restart->component);

    for (uint32_t i = range.first; i < range.end; i++) {
        if (caps[i].meaning == SYSTEM_CAP_NOTIFY) {
            seL4_Signal(caps[i].slot);
        }
    }
}

/* ---- all of it ---- */

static const struct system_thread *thread_of(const struct system_image *image, uint32_t tcb)
{
    const struct system_thread *threads = system_table(image, SYSTEM_TABLE_THREADS);
    uint32_t i = 0;

    while (i < image->tables[SYSTEM_TABLE_THREADS].count - 1 && threads[i].tcb != tcb) {
        i++;
    }
    return &threads[i];
}

void restart_component(struct restart *restart, const struct system_image *image,
                       uint32_t component)
{
    const struct system_component *components = system_table(image, SYSTEM_TABLE_COMPONENTS);
    const struct system_object *objects = system_table(image, SYSTEM_TABLE_OBJECTS);

    *restart = (struct restart){.image = image,
                                .component = component,
                                .own = &components[component],
                                .thread = thread_of(image, components[component].tcb),
                                .depth = objects[components[image->monitor].cnode].argument};
    stop(restart);
    revoke_objects(restart);
    restore_caps(restart);
    restore_memory(restart);
    restore_time(restart);
    restore_thread(restart);
    restore_irqs(restart);
    if (!restart->doing) {
        signal_itself(restart);
        signal_neighbours(restart);
        restart_step(restart, seL4_TCB_Resume(SLOT_TCB + component), "starting it");
    }
}
