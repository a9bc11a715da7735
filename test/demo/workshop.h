// SPDX-License-Identifier: BSD-2-Clause
/*
 * The workshop: one piece of untyped memory from which everything in the tour
 * is made, so that revoking it takes everything back.
 */
#pragma once

#include <sel4/sel4.h>

enum { WORKSHOP_BITS = 22 };

void workshop_open(const seL4_BootInfo *info);

/* An empty slot of the task's CSpace. */
seL4_CPtr slot_new(void);

/* Makes one object. */
seL4_CPtr object_new(seL4_Word type, seL4_Word size_bits);

/* A copy with these rights and (unless it is 0) this badge. */
seL4_CPtr cap_copy(seL4_CPtr cap, seL4_CapRights_t rights, seL4_Word badge);

/* How many objects were made, and how many bytes are left for more. */
unsigned workshop_objects(void);
seL4_Word workshop_free_bytes(void);

/* Takes back all of it. */
seL4_Error workshop_revoke(void);

/* Tries to get the workshop's whole memory as one object: the answer to "is it all back?". */
seL4_Error workshop_take_whole(void);
