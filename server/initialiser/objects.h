// SPDX-License-Identifier: BSD-2-Clause
/* Makes the objects of the description, each with its capability in its slot. */
#pragma once
#include "job.h"

/* Those of memory: fixed addresses first, then from large to small. */
void objects_make(struct job *job);

/* One more page table, for the initialiser itself; its slot. */
seL4_CPtr objects_make_own(struct job *job, seL4_Word type);

/* Those that authority issues: interrupts, I/O ports, I/O address spaces. */
void objects_issue(struct job *job);
