// SPDX-License-Identifier: BSD-2-Clause
/* Interrupts: issuing handlers, every refusal, delivery, masking and acknowledging. */
#include <harness/ipc.h>
#include <harness/suite.h>
#include <harness/timer.h>

enum { VECTORS = 108, PINS = 24, UNUSED_VECTOR = 60, UNUSED_PIN = 20 };

/* ---- the generic method, which this machine has not ---- */

REFUSED("kernel.irq.get.truncated", IRQIssueIRQHandler, 1, TRUNCATED)
{
    return INVOKE(seL4_CapIRQControl, IRQIssueIRQHandler, WORDS(~0ull, 0, 0), CAPS(NOTHING),
                  .cut = 1);
}

REFUSED("kernel.irq.get.no_root_given", IRQIssueIRQHandler, 1, TRUNCATED)
{
    return INVOKE(seL4_CapIRQControl, IRQIssueIRQHandler, WORDS(~0ull, 0, 0));
}

REFUSED("kernel.irq.get.not_on_this_machine", IRQIssueIRQHandler, 2, ILLEGAL_OPERATION)
{
    return INVOKE(seL4_CapIRQControl, IRQIssueIRQHandler, WORDS(1, slot_new(), DEPTH),
                  CAPS(OWN_CNODE));
}

TEST("kernel.irq.get.not_on_this_machine_whatever_else")
{
    CHECK_REPLY(INVOKE(seL4_CapIRQControl, IRQIssueIRQHandler, WORDS(~0ull, 0, 0), CAPS(NOTHING)),
                ILLEGAL_OPERATION);
}

/* ---- IOAPIC ---- */

/* Words: index, depth, ioapic, pin, level, polarity, vector. */
static struct reply get_ioapic(seL4_CPtr root, seL4_Word slot, seL4_Word depth, seL4_Word ioapic,
                               seL4_Word pin, seL4_Word level, seL4_Word polarity, seL4_Word vector)
{
    return INVOKE(seL4_CapIRQControl, X86IRQIssueIRQHandlerIOAPIC,
                  WORDS(slot, depth, ioapic, pin, level, polarity, vector), CAPS(root));
}

static seL4_CPtr handler_new(seL4_Word vector)
{
    const seL4_CPtr slot = slot_new();

    CHECK_REPLY(get_ioapic(OWN_CNODE, slot, DEPTH, 0, UNUSED_PIN, 0, 0, vector), SUCCESS());
    return slot;
}

TEST("kernel.irq.control.unknown_label")
{
    COVERS("X86IRQIssueIRQHandlerIOAPIC.1");
    COVERS("X86IRQIssueIRQHandlerMSI.1");

    CHECK_REPLY(INVOKE(seL4_CapIRQControl, IRQAckIRQ, WORDS()), ILLEGAL_OPERATION);
    CHECK_REPLY(INVOKE(seL4_CapIRQControl, X86IOPortControlIssue, WORDS()), ILLEGAL_OPERATION);
}

REFUSED("kernel.irq.ioapic.truncated", X86IRQIssueIRQHandlerIOAPIC, 2, TRUNCATED)
{
    return INVOKE(seL4_CapIRQControl, X86IRQIssueIRQHandlerIOAPIC,
                  WORDS(0, 0, ~0ull, ~0ull, ~0ull, ~0ull, VECTORS), CAPS(NOTHING), .cut = 1);
}

REFUSED("kernel.irq.ioapic.no_root_given", X86IRQIssueIRQHandlerIOAPIC, 2, TRUNCATED)
{
    return INVOKE(seL4_CapIRQControl, X86IRQIssueIRQHandlerIOAPIC,
                  WORDS(0, 0, ~0ull, ~0ull, ~0ull, ~0ull, VECTORS));
}

REFUSED("kernel.irq.ioapic.vector", X86IRQIssueIRQHandlerIOAPIC, 3, RANGE_ERROR(0, VECTORS - 1))
{
    return get_ioapic(NOTHING, 0, 0, ~0ull, ~0ull, ~0ull, ~0ull, VECTORS);
}

REFUSED("kernel.irq.ioapic.vector_taken", X86IRQIssueIRQHandlerIOAPIC, 4, REVOKE_FIRST)
{
    handler_new(UNUSED_VECTOR);
    return get_ioapic(NOTHING, 0, 0, ~0ull, ~0ull, ~0ull, ~0ull, UNUSED_VECTOR);
}

REFUSED("kernel.irq.ioapic.slot_unreachable", X86IRQIssueIRQHandlerIOAPIC, 5, NO_ROOT(0))
{
    return get_ioapic(NOTHING, 0, 0, ~0ull, ~0ull, ~0ull, ~0ull, UNUSED_VECTOR);
}

REFUSED("kernel.irq.ioapic.slot_depth", X86IRQIssueIRQHandlerIOAPIC, 5, RANGE_ERROR(1, 64))
{
    return get_ioapic(OWN_CNODE, 0, 0, ~0ull, ~0ull, ~0ull, ~0ull, UNUSED_VECTOR);
}

REFUSED("kernel.irq.ioapic.slot_taken", X86IRQIssueIRQHandlerIOAPIC, 6, DELETE_FIRST)
{
    return get_ioapic(OWN_CNODE, OWN_TCB, DEPTH, ~0ull, ~0ull, ~0ull, ~0ull, UNUSED_VECTOR);
}

REFUSED("kernel.irq.ioapic.number", X86IRQIssueIRQHandlerIOAPIC, 8, RANGE_ERROR(0, 0))
{
    return get_ioapic(OWN_CNODE, slot_new(), DEPTH, 1, ~0ull, ~0ull, ~0ull, UNUSED_VECTOR);
}

REFUSED("kernel.irq.ioapic.pin", X86IRQIssueIRQHandlerIOAPIC, 9, RANGE_ERROR(0, PINS - 1))
{
    return get_ioapic(OWN_CNODE, slot_new(), DEPTH, 0, PINS, ~0ull, ~0ull, UNUSED_VECTOR);
}

REFUSED("kernel.irq.ioapic.level", X86IRQIssueIRQHandlerIOAPIC, 10, RANGE_ERROR(0, 1))
{
    return get_ioapic(OWN_CNODE, slot_new(), DEPTH, 0, UNUSED_PIN, 2, ~0ull, UNUSED_VECTOR);
}

REFUSED("kernel.irq.ioapic.polarity", X86IRQIssueIRQHandlerIOAPIC, 11, RANGE_ERROR(0, 1))
{
    return get_ioapic(OWN_CNODE, slot_new(), DEPTH, 0, UNUSED_PIN, 1, 2, UNUSED_VECTOR);
}

/* A refused attempt leaves the number free. */
TEST("kernel.irq.ioapic.refusal_leaves_no_trace")
{
    COVERS("X86IRQIssueIRQHandlerIOAPIC.0");
    const seL4_CPtr slot = slot_new();

    CHECK_REPLY(get_ioapic(OWN_CNODE, slot, DEPTH, 0, UNUSED_PIN, 1, 2, UNUSED_VECTOR),
                RANGE_ERROR(0, 1));
    CHECK(slot_is_empty(slot));
    CHECK_REPLY(get_ioapic(OWN_CNODE, slot, DEPTH, 0, UNUSED_PIN, 1, 1, UNUSED_VECTOR), SUCCESS());
    CHECK(!slot_is_empty(slot));
}

TEST("kernel.irq.ioapic.all_vectors")
{
    for (seL4_Word vector = 0; vector < VECTORS; vector++) {
        handler_new(vector);
    }
}

TEST("kernel.irq.ioapic.same_pin_twice")
{
    handler_new(UNUSED_VECTOR);
    handler_new(UNUSED_VECTOR + 1);
}

TEST("kernel.irq.handler.number_is_free_when_all_copies_are_gone")
{
    const seL4_CPtr handler = handler_new(UNUSED_VECTOR), copy = copy_of(handler);

    cap_delete(handler);
    CHECK_REPLY(get_ioapic(NOTHING, 0, 0, 0, 0, 0, 0, UNUSED_VECTOR), REVOKE_FIRST);
    cap_delete(copy);
    handler_new(UNUSED_VECTOR);
}

TEST("kernel.irq.handler.child_of_control")
{
    const seL4_CPtr handler = handler_new(UNUSED_VECTOR);

    cap_revoke(seL4_CapIRQControl);
    CHECK(slot_is_empty(handler));
    handler_new(UNUSED_VECTOR);
}

/* An issued handler is original: its copies are its children. */
TEST("kernel.irq.handler.copies_are_children")
{
    const seL4_CPtr handler = handler_new(UNUSED_VECTOR), copy = copy_of(handler);

    cap_revoke(handler);
    CHECK(slot_is_empty(copy));
    CHECK(!slot_is_empty(handler));
}

/* ---- MSI ---- */

static struct reply get_msi(seL4_CPtr root, seL4_Word slot, seL4_Word depth, seL4_Word bus,
                            seL4_Word device, seL4_Word function, seL4_Word vector)
{
    return INVOKE(seL4_CapIRQControl, X86IRQIssueIRQHandlerMSI,
                  WORDS(slot, depth, bus, device, function, 0, vector), CAPS(root));
}

REFUSED("kernel.irq.msi.truncated", X86IRQIssueIRQHandlerMSI, 2, TRUNCATED)
{
    return INVOKE(seL4_CapIRQControl, X86IRQIssueIRQHandlerMSI,
                  WORDS(0, 0, ~0ull, ~0ull, ~0ull, ~0ull, VECTORS), CAPS(NOTHING), .cut = 1);
}

REFUSED("kernel.irq.msi.no_root_given", X86IRQIssueIRQHandlerMSI, 2, TRUNCATED)
{
    return INVOKE(seL4_CapIRQControl, X86IRQIssueIRQHandlerMSI,
                  WORDS(0, 0, ~0ull, ~0ull, ~0ull, ~0ull, VECTORS));
}

REFUSED("kernel.irq.msi.vector", X86IRQIssueIRQHandlerMSI, 3, RANGE_ERROR(0, VECTORS - 1))
{
    return get_msi(NOTHING, 0, 0, ~0ull, ~0ull, ~0ull, VECTORS);
}

REFUSED("kernel.irq.msi.vector_taken", X86IRQIssueIRQHandlerMSI, 4, REVOKE_FIRST)
{
    handler_new(UNUSED_VECTOR);
    return get_msi(NOTHING, 0, 0, ~0ull, ~0ull, ~0ull, UNUSED_VECTOR);
}

REFUSED("kernel.irq.msi.slot_unreachable", X86IRQIssueIRQHandlerMSI, 5, RANGE_ERROR(1, 64))
{
    return get_msi(OWN_CNODE, 0, 65, ~0ull, ~0ull, ~0ull, UNUSED_VECTOR);
}

REFUSED("kernel.irq.msi.slot_taken", X86IRQIssueIRQHandlerMSI, 6, DELETE_FIRST)
{
    return get_msi(OWN_CNODE, OWN_TCB, DEPTH, ~0ull, ~0ull, ~0ull, UNUSED_VECTOR);
}

REFUSED("kernel.irq.msi.bus", X86IRQIssueIRQHandlerMSI, 7, RANGE_ERROR(0, 255))
{
    return get_msi(OWN_CNODE, slot_new(), DEPTH, 256, 32, 8, UNUSED_VECTOR);
}

REFUSED("kernel.irq.msi.device", X86IRQIssueIRQHandlerMSI, 8, RANGE_ERROR(0, 31))
{
    return get_msi(OWN_CNODE, slot_new(), DEPTH, 255, 32, 8, UNUSED_VECTOR);
}

REFUSED("kernel.irq.msi.function", X86IRQIssueIRQHandlerMSI, 9, RANGE_ERROR(0, 7))
{
    return get_msi(OWN_CNODE, slot_new(), DEPTH, 255, 31, 8, UNUSED_VECTOR);
}

TEST("kernel.irq.msi.issue")
{
    COVERS("X86IRQIssueIRQHandlerMSI.0");
    const seL4_CPtr slot = slot_new();

    CHECK_REPLY(get_msi(OWN_CNODE, slot, DEPTH, 255, 31, 7, UNUSED_VECTOR), SUCCESS());
    OK(seL4_IRQHandler_Ack(slot));
}

/* ---- handlers ---- */

REFUSED("kernel.irq.set_notification.truncated", IRQSetIRQHandler, 1, TRUNCATED)
{
    return INVOKE(handler_new(UNUSED_VECTOR), IRQSetIRQHandler, WORDS());
}

REFUSED("kernel.irq.set_notification.wrong_type", IRQSetIRQHandler, 2, INVALID_CAPABILITY(0))
{
    return INVOKE(handler_new(UNUSED_VECTOR), IRQSetIRQHandler, WORDS(), CAPS(endpoint_new()));
}

REFUSED("kernel.irq.set_notification.without_write", IRQSetIRQHandler, 2, INVALID_CAPABILITY(0))
{
    return INVOKE(handler_new(UNUSED_VECTOR), IRQSetIRQHandler, WORDS(),
                  CAPS(with_rights(notification_new(), seL4_CanRead)));
}

TEST("kernel.irq.handler.unknown_label")
{
    CHECK_REPLY(INVOKE(handler_new(UNUSED_VECTOR), IRQIssueIRQHandler, WORDS()), ILLEGAL_OPERATION);
}

/* ---- delivery, with the timer chip that every pc has ---- */

static seL4_Word poll(seL4_CPtr notification)
{
    return receive(seL4_SysNBWait, notification, NOTHING).badge;
}

TEST("kernel.irq.delivery.badge_and_mask")
{
    COVERS("IRQSetIRQHandler.0");
    COVERS("IRQAckIRQ.0");
    const seL4_CPtr notification = notification_new();
    const seL4_CPtr handler = timer_interrupt(5);

    OK(seL4_IRQHandler_SetNotification(handler, badged(notification, 0x40)));
    OK(seL4_IRQHandler_Ack(handler));
    timer_start_us(500);
    CHECK_EQUAL(receive(seL4_SysWait, notification, NOTHING).badge, 0x40);
    sleep_us(3000); /* more ticks, but the line is masked */
    CHECK_EQUAL(poll(notification), 0);
    OK(seL4_IRQHandler_Ack(handler));
    CHECK_EQUAL(receive(seL4_SysWait, notification, NOTHING).badge, 0x40);
    timer_stop();
}

TEST("kernel.irq.delivery.lost_without_notification")
{
    const seL4_CPtr notification = notification_new();
    const seL4_CPtr handler = timer_interrupt(5);

    timer_start_us(500);
    sleep_us(2000); /* unmasked when issued: it has fired, is masked and forgotten */
    OK(seL4_IRQHandler_SetNotification(handler, notification));
    sleep_us(2000);
    CHECK_EQUAL(poll(badged(notification, 1)), 0);
    OK(seL4_IRQHandler_SetNotification(handler, badged(notification, 3)));
    OK(seL4_IRQHandler_Ack(handler));
    sleep_us(2000);
    CHECK_EQUAL(poll(notification), 3);
    timer_stop();
}

TEST("kernel.irq.delivery.clear")
{
    COVERS("IRQClearIRQHandler.0");
    const seL4_CPtr notification = notification_new();
    const seL4_CPtr handler = timer_interrupt(5);

    OK(seL4_IRQHandler_SetNotification(handler, badged(notification, 3)));
    OK(seL4_IRQHandler_Clear(handler));
    timer_start_us(500);
    OK(seL4_IRQHandler_Ack(handler));
    sleep_us(2000);
    CHECK_EQUAL(poll(notification), 0);
    timer_stop();
}

TEST("kernel.irq.delivery.replaced_notification")
{
    const seL4_CPtr first = notification_new(), second = notification_new();
    const seL4_CPtr handler = timer_interrupt(5);

    OK(seL4_IRQHandler_SetNotification(handler, badged(first, 1)));
    OK(seL4_IRQHandler_SetNotification(handler, badged(second, 2)));
    timer_start_us(500);
    OK(seL4_IRQHandler_Ack(handler));
    sleep_us(2000);
    CHECK_EQUAL(poll(first), 0);
    CHECK_EQUAL(poll(second), 2);
    timer_stop();
}

/* The handler's copy is a child of the notification capability that was given. */
TEST("kernel.irq.delivery.revoked_notification")
{
    const seL4_CPtr notification = notification_new(), given = badged(notification, 4);
    const seL4_CPtr handler = timer_interrupt(5);

    OK(seL4_IRQHandler_SetNotification(handler, given));
    cap_revoke(given);
    timer_start_us(500);
    OK(seL4_IRQHandler_Ack(handler));
    sleep_us(2000);
    CHECK_EQUAL(poll(notification), 0);
    timer_stop();
}

TEST("kernel.irq.delivery.deleted_handler")
{
    const seL4_CPtr notification = notification_new();
    const seL4_CPtr handler = timer_interrupt(5);

    OK(seL4_IRQHandler_SetNotification(handler, badged(notification, 3)));
    timer_start_us(500);
    OK(seL4_IRQHandler_Ack(handler));
    cap_delete(handler);
    (void)poll(notification);
    sleep_us(2000);
    CHECK_EQUAL(poll(notification), 0);
    timer_stop();
}

static void count_interrupts(void *argument)
{
    const seL4_CPtr *caps = argument;

    for (int i = 0; i < 5; i++) {
        seL4_Wait(caps[0], NULL);
        (void)seL4_IRQHandler_Ack(caps[1]);
    }
}

TEST("kernel.irq.delivery.to_a_thread")
{
    seL4_CPtr caps[] = {notification_new(), timer_interrupt(107)};
    struct thread *thread;

    OK(seL4_IRQHandler_SetNotification(caps[1], caps[0]));
    thread = thread_run(PRIORITY, count_interrupts, caps);
    timer_start_us(300);
    thread_wait(thread);
    timer_stop();
}

/* ---- to threads that run on the notification's time ---- */

struct driver {
    seL4_CPtr notification, handler, endpoint, reply;
    volatile unsigned interrupts, requests;
};

static void drive(void *argument)
{
    struct driver *d = argument;

    for (;;) {
        seL4_Wait(d->notification, NULL);
        d->interrupts++;
        spin_us(50);
        (void)seL4_IRQHandler_Ack(d->handler);
    }
}

/* Acknowledges in the same call that it receives with, as components do. */
static void drive_and_serve(void *argument)
{
    struct driver *d = argument;
    struct reply m = receive((seL4_Word)seL4_SysRecv, d->endpoint, d->reply);

    for (;;) {
        if (m.badge == 1) {
            d->interrupts++;
            m = exchange((seL4_Word)seL4_SysNBSendRecv, d->handler, IRQAckIRQ,
                         (struct message){WORDS()}, d->endpoint, d->reply);
        } else {
            d->requests++;
            m = exchange((seL4_Word)seL4_SysReplyRecv, NOTHING, 0,
                         (struct message){WORDS(m.mr[0] + 1)}, d->endpoint, d->reply);
        }
    }
}

static void driver_start(struct driver *d, void (*run)(void *))
{
    const seL4_CPtr sc = sc_new_with(1000, 10000);
    struct thread *thread = thread_at(PRIORITY + 10);

    *d = (struct driver){.notification = notification_new(),
                         .handler = timer_interrupt(3),
                         .endpoint = endpoint_new(),
                         .reply = reply_new()};
    OK(seL4_IRQHandler_SetNotification(d->handler, badged(d->notification, 1)));
    OK(seL4_TCB_BindNotification(thread->tcb, d->notification));
    thread_start_at(thread, run, d);
    settle();
    thread_make_passive(thread);
    OK(seL4_SchedContext_Bind(sc, d->notification));
    timer_start_us(1000);
    OK(seL4_IRQHandler_Ack(d->handler));
}

TEST("kernel.irq.delivery.to_a_passive_thread")
{
    struct driver d;

    driver_start(&d, drive);
    sleep_us(20500);
    timer_stop();
    CHECK(d.interrupts >= 18 && d.interrupts <= 22);
}

struct client {
    seL4_CPtr endpoint;
    volatile unsigned wrong;
};

static void request_often(void *argument)
{
    struct client *c = argument;

    for (seL4_Word i = 0; i < 2000; i++) {
        const struct reply reply = INVOKE(c->endpoint, 0, WORDS(i));

        c->wrong += reply.length != 1 || reply.mr[0] != i + 1;
    }
}

/* Interrupts arrive while it waits, while it serves on a client's time, and in between. */
TEST_PATHS("kernel.irq.delivery.to_a_passive_server")
{
    struct driver d;
    struct client client;

    driver_start(&d, drive_and_serve);
    client = (struct client){.endpoint = badged(d.endpoint, 8)};
    timer_start_us(100);
    thread_wait(thread_run(PRIORITY, request_often, &client));
    CHECK_EQUAL(client.wrong, 0);
    CHECK_EQUAL(d.requests, 2000);
    sleep_us(1000);
    timer_stop();
    CHECK(d.interrupts > 10);
}
