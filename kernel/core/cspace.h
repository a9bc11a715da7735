// SPDX-License-Identifier: BSD-2-Clause
/* Finding capabilities by address: 20-objects section 4. */
#pragma once

#include "core/fault.h"
#include "object/slot.h"

struct tcb;

/* The slot a system call's capability address names in the thread's CSpace; NULL: see `failure`. */
struct slot *cspace_lookup(const struct tcb *tcb, word_t address, struct lookup_failure *failure);

/* Walks from `root` along the low `bits` bits of `address`. NULL: see `failure`. What remains of
 * the bits when a slot without a CNode is reached is left in *bits_left. */
struct slot *cspace_resolve(struct cap root, word_t address, unsigned bits, unsigned *bits_left,
                            struct lookup_failure *failure);

/* The slot that all `bits` (1..64) of the address name. NULL: see `failure`. */
struct slot *cspace_resolve_exactly(struct cap root, word_t address, unsigned bits,
                                    struct lookup_failure *failure);
