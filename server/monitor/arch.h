// SPDX-License-Identifier: BSD-2-Clause
/* What differs between processors; the folder in arch/ has it. */
#pragma once

#include <explain/explain.h>
#include <sel4/sel4.h>

/* Registers of a stopped thread, by their DWARF numbers; false if the kernel refuses. */
bool arch_read_registers(seL4_CPtr tcb, struct explain_registers *registers);

/* Maps a frame for reading; takes that back. */
bool arch_map_page(seL4_CPtr frame, seL4_CPtr vspace, uint64_t address);
void arch_unmap_page(seL4_CPtr frame);
