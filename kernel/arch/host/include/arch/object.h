// SPDX-License-Identifier: BSD-2-Clause
/* Capabilities that only this architecture has: I/O ports and I/O page tables, as on x86_64. */
#pragma once

#include "core/invocation.h"

enum status arch_decode(struct invocation *inv) MUST_USE;
enum status arch_decode_frame(struct invocation *inv) MUST_USE;
void arch_finalise_cap(struct cap cap);
