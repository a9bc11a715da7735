// SPDX-License-Identifier: BSD-2-Clause
/*
 * Deleting capabilities and, with the last one, what they name.
 *
 * Deletion is preemptible: PROGRESS_PREEMPTED means that an interrupt waits (or
 * the caller's budget is gone), everything is consistent, and repeating the call
 * continues where it stopped.
 */
#pragma once

#include "core/preemption.h"
#include "object/slot.h"

/* Empties the slot. With the last capability to an object the object goes too. */
enum progress slot_delete(struct slot *slot) MUST_USE;

/* Deletes everything derived from the slot's capability; the slot itself stays. */
enum progress slot_revoke(struct slot *slot) MUST_USE;
