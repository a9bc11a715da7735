// SPDX-License-Identifier: BSD-2-Clause
/* What happens to an object when a capability to it goes away (core/deletion.c decides when). */
#pragma once

#include "core/preemption.h"
#include "object/slot.h"

/* The capability in the slot is about to be removed; `is_last`: the object goes as well. Undoes
 * what the capability stands for: mappings, queues, bindings. */
enum progress finalise_cap(struct slot *slot, bool is_last) MUST_USE;

/* The last capability to a CNode or TCB goes: afterwards only the slots inside it matter. */
void finalise_container(struct cap cap);
