// SPDX-License-Identifier: BSD-2-Clause
/* What differs between processors; the folder in arch/ has it. */
#pragma once

#include <explain/explain.h>
#include <proto/system_image.h>
#include <sel4/sel4.h>

/* Registers of a stopped thread, by their DWARF numbers; false if the kernel refuses. */
bool arch_read_registers(seL4_CPtr tcb, struct explain_registers *registers);

/* All registers of a stopped thread: these two, and zeros. Lets it go if `resume`. */
seL4_Error arch_set_registers(seL4_CPtr tcb, uint64_t pc, uint64_t sp, bool resume);

/* Stack pointer for a function that nobody calls, with its stack ending at `end`. */
uint64_t arch_first_sp(const void *end);

/* Maps a frame of any size for reading or also for writing; takes that back. */
seL4_Error arch_map_frame(seL4_CPtr frame, seL4_CPtr vspace, uint64_t address, bool write);
void arch_unmap_frame(seL4_CPtr frame);

/* Milliseconds since some moment. */
uint64_t arch_clock_ms(const struct system_image *image);
