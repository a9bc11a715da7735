// SPDX-License-Identifier: BSD-2-Clause
/* Which line an interrupt number stands for: a pin of the I/O APIC, or a message. */
#include <arch/irq.h>

#include "object/irq.h"
#include <arch/irq_controller.h>

enum source { SOURCE_NONE, SOURCE_PIN, SOURCE_MESSAGE };

static struct {
    uint8_t source; /* enum source */
    uint8_t pin;
} lines[IRQ_COUNT];

void arch_irq_mask(unsigned irq)
{
    if (lines[irq].source == SOURCE_PIN) {
        irqc_mask(lines[irq].pin);
    }
}

void arch_irq_unmask(unsigned irq)
{
    if (lines[irq].source == SOURCE_PIN) {
        irqc_unmask(lines[irq].pin);
    }
}

void arch_irq_end(unsigned irq)
{
    (void)irq;
    lapic_eoi();
}

void arch_irq_release(unsigned irq)
{
    lines[irq].source = SOURCE_NONE;
}

enum status arch_check_irq(struct invocation *inv, word_t irq)
{
    (void)irq;
    return refuse(inv, ERR_ILLEGAL_OPERATION); /* only the two methods below say which line */
}

/* Checks common to both methods: the number and the place for the capability. */
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

static enum status decode_pin(struct invocation *inv)
{
    const word_t chip = inv_argument(inv, 2);
    const word_t pin = inv_argument(inv, 3);
    const word_t level = inv_argument(inv, 4);
    const word_t polarity = inv_argument(inv, 5);
    struct slot *destination;
    unsigned irq;
    enum status status = check_number_and_slot(inv, &irq, &destination);

    if (status != STATUS_OK) {
        return status;
    }
    if (irqc_pins == 0) {
        return refuse(inv, ERR_ILLEGAL_OPERATION);
    }
    if (chip > 0) {
        return refuse_range(inv, 0, 0);
    }
    if (pin >= irqc_pins) {
        return refuse_range(inv, 0, irqc_pins - 1);
    }
    if (level > 1 || polarity > 1) {
        return refuse_range(inv, 0, 1);
    }
    lines[irq].source = SOURCE_PIN;
    lines[irq].pin = (uint8_t)pin;
    irqc_route((unsigned)pin, (uint8_t)(irq + IRQ_FIRST_VECTOR), level == 1, polarity == 1);
    irq_issue(irq, inv->slot, destination);
    return STATUS_OK;
}

static enum status decode_message(struct invocation *inv)
{
    static const word_t last[] = {255, 31, 7}; /* bus, device, function */
    struct slot *destination;
    unsigned irq;
    enum status status = check_number_and_slot(inv, &irq, &destination);

    for (unsigned i = 0; status == STATUS_OK && i < ARRAY_SIZE(last); i++) {
        if (inv_argument(inv, 2 + i) > last[i]) {
            status = refuse_range(inv, 0, last[i]);
        }
    }
    if (status == STATUS_OK) {
        lines[irq].source = SOURCE_MESSAGE;
        irq_issue(irq, inv->slot, destination);
    }
    return status;
}

enum status arch_decode_irq_control(struct invocation *inv)
{
    switch (inv->method) {
    case METHOD_X86_IRQ_ISSUE_IRQ_HANDLER_IOAPIC: return decode_pin(inv);
    case METHOD_X86_IRQ_ISSUE_IRQ_HANDLER_MSI: return decode_message(inv);
    default: return refuse(inv, ERR_ILLEGAL_OPERATION);
    }
}
