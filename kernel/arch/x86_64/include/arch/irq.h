// SPDX-License-Identifier: BSD-2-Clause
/*
 * Interrupt numbers: CPU vector - 32. User interrupt n of the interface is
 * vector 48 + n, so number n + 16; the sixteen before are the legacy
 * controller's and never arrive.
 */
#pragma once

#include "core/invocation.h"
#include <arch/clock.h>

#define IRQ_FIRST_VECTOR 32u
#define IRQ_USER_OFFSET  16u
#define IRQ_USER_LAST    107u
#define IRQ_TIMER        (TIMER_VECTOR - IRQ_FIRST_VECTOR)
#define IRQ_COUNT        (IRQ_TIMER + 1)

void arch_irq_mask(unsigned irq);
void arch_irq_unmask(unsigned irq);
/* Tells the interrupt controller that the interrupt was taken. */
void arch_irq_end(unsigned irq);
/* No handler is left: forgets what line the number stood for. */
void arch_irq_release(unsigned irq);

/* May the generic IRQControl_Get issue this number? */
enum status arch_check_irq(struct invocation *inv, word_t irq) MUST_USE;
enum status arch_decode_irq_control(struct invocation *inv) MUST_USE;
