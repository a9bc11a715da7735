// SPDX-License-Identifier: BSD-2-Clause
/*
 * Interrupts as objects.
 *
 *             issue                        last handler capability deleted
 *   INACTIVE ------> ISSUED ---------------------------------------------> INACTIVE
 *   RESERVED: the kernel's own, never issued
 *
 * A line is unmasked when it is issued, masked when it is delivered and unmasked
 * again by Ack. The notification to signal sits in a slot of its own, a copy of
 * what SetNotification was given.
 */
#pragma once

#include "core/preemption.h"
#include "object/slot.h"

struct invocation;

enum irq_state { IRQ_INACTIVE, IRQ_ISSUED, IRQ_RESERVED };

/* Where the notification to signal sits. */
const struct slot *irq_notification(unsigned irq);

bool irq_is_free(unsigned irq);
void irq_reserve(unsigned irq);

/* Issues a handler for a free interrupt into an empty slot, as a child of IRQ control. */
void irq_issue(unsigned irq, struct slot *control, struct slot *destination);

/* The interrupt arrived. */
void irq_handle(unsigned irq);

enum progress irq_finalise(unsigned irq) MUST_USE;
