// SPDX-License-Identifier: BSD-2-Clause
/* Capabilities that only this architecture has: I/O ports and I/O page tables. */
#pragma once

#include "core/invocation.h"

enum status arch_decode(struct invocation *inv) MUST_USE;

/* Methods of frames beyond those every architecture has. */
enum status arch_decode_frame(struct invocation *inv) MUST_USE;

/* Last capability to the object. */
void arch_finalise_cap(struct cap cap);
