// SPDX-License-Identifier: BSD-2-Clause
/* Interrupt numbers, as on x86_64: CPU vector - 32; user interrupt n is number n + 16. */
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
void arch_irq_end(unsigned irq);
void arch_irq_release(unsigned irq);

enum status arch_check_irq(struct invocation *inv, word_t irq) MUST_USE;
enum status arch_decode_irq_control(struct invocation *inv) MUST_USE;
