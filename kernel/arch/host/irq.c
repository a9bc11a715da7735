// SPDX-License-Identifier: BSD-2-Clause
/*
 * Interrupt lines. Pins are routed to numbers and can be masked; messages cannot.
 * A pin pulled while it is masked is lost: the devices here send edges.
 */
#include <arch/irq.h>

#include "arch/host/host.h"
#include "arch/host/host_priv.h"
#include "arch/host/state.h"
#include "core/syscall.h"
#include "lib/string.h"
#include "object/irq.h"
#include <arch/irq_controller.h>

enum source { SOURCE_NONE, SOURCE_PIN, SOURCE_MESSAGE };

static struct {
    enum source source;
    unsigned pin;
} lines[IRQ_COUNT];

static struct {
    bool is_masked;
    unsigned irq; /* 0: not routed */
} pins[HOST_IRQ_PINS];

static bool pending[IRQ_COUNT];
static bool in_service[IRQ_COUNT];

void host_irq_reset(void)
{
    memset(lines, 0, sizeof(lines));
    memset(pins, 0, sizeof(pins));
    memset(pending, 0, sizeof(pending));
    memset(in_service, 0, sizeof(in_service));
}

void arch_irq_mask(unsigned irq)
{
    if (lines[irq].source == SOURCE_PIN) {
        pins[lines[irq].pin].is_masked = true;
    }
}

void arch_irq_unmask(unsigned irq)
{
    if (lines[irq].source == SOURCE_PIN) {
        pins[lines[irq].pin].is_masked = false;
    }
}

void arch_irq_end(unsigned irq)
{
    assert(in_service[irq]);
    in_service[irq] = false;
}

void arch_irq_release(unsigned irq)
{
    lines[irq].source = SOURCE_NONE;
}

/* ---- decoding ---- */

enum status arch_check_irq(struct invocation *inv, word_t irq)
{
    (void)irq;
    return refuse(inv, ERR_ILLEGAL_OPERATION);
}

static enum status check_number_and_slot(struct invocation *inv, unsigned *irq,
                                         struct slot **destination)
{
    const word_t number = inv_argument(inv, 6);

    if (inv_lacks(inv, 7, 1)) {
        return refuse(inv, ERR_TRUNCATED_MESSAGE);
    }
    if (number > IRQ_USER_LAST) {
        return refuse_range(inv, 0, IRQ_USER_LAST);
    }
    *irq = (unsigned)number + IRQ_USER_OFFSET;
    if (!irq_is_free(*irq)) {
        return refuse(inv, ERR_REVOKE_FIRST);
    }
    return inv_find_empty_slot(inv, inv_extra(inv, 0), inv_argument(inv, 0), inv_argument(inv, 1),
                               destination);
}

/* The four words from argument 2 on must not be above these. */
static enum status check_limits(struct invocation *inv, const word_t *last, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (inv_argument(inv, 2 + i) > last[i]) {
            return refuse_range(inv, 0, last[i]);
        }
    }
    return STATUS_OK;
}

static enum status decode_pin(struct invocation *inv)
{
    static const word_t last[] = {0, HOST_IRQ_PINS - 1, 1, 1}; /* chip, pin, level, polarity */
    struct slot *destination;
    unsigned irq;
    enum status status = check_number_and_slot(inv, &irq, &destination);

    if (status != STATUS_OK || (status = check_limits(inv, last, ARRAY_SIZE(last))) != STATUS_OK) {
        return status;
    }
    const unsigned pin = (unsigned)inv_argument(inv, 3);

    lines[irq].source = SOURCE_PIN;
    lines[irq].pin = pin;
    pins[pin].irq = irq;
    irq_issue(irq, inv->slot, destination);
    return STATUS_OK;
}

static enum status decode_message(struct invocation *inv)
{
    static const word_t last[] = {255, 31, 7}; /* bus, device, function */
    struct slot *destination;
    unsigned irq;
    enum status status = check_number_and_slot(inv, &irq, &destination);

    if (status != STATUS_OK || (status = check_limits(inv, last, ARRAY_SIZE(last))) != STATUS_OK) {
        return status;
    }
    lines[irq].source = SOURCE_MESSAGE;
    irq_issue(irq, inv->slot, destination);
    return STATUS_OK;
}

enum status arch_decode_irq_control(struct invocation *inv)
{
    switch (inv->method) {
    case METHOD_X86_IRQ_ISSUE_IRQ_HANDLER_IOAPIC: return decode_pin(inv);
    case METHOD_X86_IRQ_ISSUE_IRQ_HANDLER_MSI: return decode_message(inv);
    default: return refuse(inv, ERR_ILLEGAL_OPERATION);
    }
}

/* ---- devices and the processor ---- */

void host_raise_pin(unsigned pin)
{
    if (pin < HOST_IRQ_PINS && pins[pin].irq != 0 && !pins[pin].is_masked) {
        pending[pins[pin].irq] = true;
    }
}

void host_raise_message(unsigned irq)
{
    if (irq < IRQ_TIMER) {
        pending[irq] = true;
    }
}

/* The highest number that waits, as the hardware prefers; -1: none. */
static int first_waiting(void)
{
    if (host_timer <= host_now) {
        return IRQ_TIMER;
    }
    for (int irq = IRQ_COUNT - 1; irq >= 0; irq--) {
        if (pending[irq]) {
            return irq;
        }
    }
    return -1;
}

bool host_interrupt_waits(void)
{
    return first_waiting() >= 0;
}

bool irqc_pending(void)
{
    return (host_hooks.preempt != NULL && host_hooks.preempt()) || host_interrupt_waits();
}

bool host_interrupts(unsigned limit)
{
    for (unsigned i = 0; i < limit; i++) {
        int irq = first_waiting();

        if (irq < 0) {
            return true;
        }
        if (irq == (int)IRQ_TIMER) {
            host_timer = CLOCK_NEVER;
        }
        pending[irq] = false;
        in_service[irq] = true;
        host_take_interrupt((unsigned)irq);
    }
    return !host_interrupt_waits();
}

void host_irq_put_state(struct state *state)
{
    word_t masked = 0;
    word_t waiting[(IRQ_COUNT + WORD_BITS - 1) / WORD_BITS] = {0};
    word_t served[ARRAY_SIZE(waiting)] = {0};

    for (unsigned i = 0; i < HOST_IRQ_PINS; i++) {
        masked |= (word_t)pins[i].is_masked << i;
    }
    for (unsigned irq = 0; irq < IRQ_COUNT; irq++) {
        waiting[irq / WORD_BITS] |= (word_t)pending[irq] << irq % WORD_BITS;
        served[irq / WORD_BITS] |= (word_t)in_service[irq] << irq % WORD_BITS;
    }
    state_put(state, "masked pins", masked);
    state_put_words(state, "waiting interrupts", waiting, ARRAY_SIZE(waiting));
    state_put_words(state, "interrupts in service", served, ARRAY_SIZE(served));
}
