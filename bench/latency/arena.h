// SPDX-License-Identifier: BSD-2-Clause
/* Objects: those that stay, and those of one round, from an arena that is revoked after it. */
#pragma once

#include <sel4/sel4.h>

#define PAGE_BYTES 4096ull

void arena_init(const seL4_BootInfo *info);
/* Everything until here stays; objects_new() takes from the arena from now on. */
void arena_open(void);
/* Gives back all objects and slots since arena_open(). */
void arena_reset(void);

seL4_CPtr slot_new(void);
seL4_CPtr slots_new(seL4_Word count);
/* `count` objects in consecutive slots; the first one's. */
seL4_CPtr objects_new(seL4_Word type, seL4_Word size_bits, seL4_Word count);
seL4_CPtr object_new(seL4_Word type, seL4_Word size_bits);
/* The same from another untyped. */
seL4_CPtr objects_from(seL4_CPtr untyped, seL4_Word type, seL4_Word size_bits, seL4_Word count);

/* A copy with a badge or a guard. */
seL4_CPtr minted(seL4_CPtr cap, seL4_Word badge);
seL4_CPtr copied(seL4_CPtr cap);
void slot_delete(seL4_CPtr slot);

seL4_CPtr image_frame(const void *address);
seL4_CPtr sched_control(void);
/* Another address space in which the task's image is mapped as in this one. */
seL4_CPtr vspace_with_image(void);
