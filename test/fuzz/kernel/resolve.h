// SPDX-License-Identifier: BSD-2-Clause
/* Capability addresses, found bit by bit as the interface tells it. */
#pragma once

#include "object/slot.h"
#include "object/tcb.h"

/* Compares what the kernel finds for an address of a system call with what it should find. */
void resolve_check_address(const struct tcb *tcb, word_t address);

/* The same for the slot that exactly `depth` bits of an index name. */
void resolve_check_slot(struct cap root, word_t index, unsigned depth);
