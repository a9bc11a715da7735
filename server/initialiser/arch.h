// SPDX-License-Identifier: BSD-2-Clause
/* What differs from processor to processor: object types, page tables, devices, registers. */
#pragma once
#include "job.h"

/* For Retype. */
seL4_Word arch_object_type(const struct system_object *run);
seL4_Word arch_size_bits(const struct system_object *run);

/* enum system_arch of this processor. */
uint32_t arch_number(void);

seL4_Error arch_make_asid_pool(seL4_CPtr page, seL4_CPtr slot);
seL4_Error arch_assign_asid(seL4_CPtr vspace);

/* An interrupt, I/O ports or I/O address space in a slot. */
seL4_Error arch_issue(const struct job *job, const struct system_object *run, seL4_CPtr slot);

/* Maps a page table or a frame of `run`; `space` is the run of the address space. */
seL4_Error arch_map_table(const struct system_object *run, seL4_CPtr table,
                          const struct system_object *space, seL4_CPtr space_cap, uint64_t vaddr);
seL4_Error arch_map_frame(seL4_CPtr frame, const struct system_object *space, seL4_CPtr space_cap,
                          uint64_t vaddr, unsigned rights);

/* Page tables above those of the description, for the first address that an I/O space maps. */
void arch_add_io_levels(struct job *job, uint32_t space, uint64_t vaddr);

/* Page tables of the window through which the initialiser fills frames. */
void arch_open_window(struct job *job);

/* Frames of a size have an address of their own. */
seL4_Error arch_map_window(seL4_CPtr frame, unsigned size_bits, void **address);
seL4_Error arch_unmap_window(seL4_CPtr frame);

/* Where the thread starts; all other registers are 0. */
seL4_Error arch_set_entry(seL4_CPtr tcb, uint64_t pc, uint64_t sp);

/* Ticks of the domain schedule in a microsecond; 0 if the kernel does not say. */
uint64_t arch_ticks_per_us(const struct job *job);
