// SPDX-License-Identifier: BSD-2-Clause
/*
 * The supervisor's own capabilities: slots, protected objects, and the arena,
 * from which everything is made that workers may touch. Protected objects are
 * never given back; the arena is, all at once.
 */
#pragma once

#include <sel4/sel4.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ARENA_BITS = 23 };

void supply_init(const seL4_BootInfo *info);
const seL4_BootInfo *supply_boot(void);

/* Stops the run: the set-up itself went wrong, which is the kernel's fault or this task's. */
void supply_check(bool ok, const char *what);

/* An I/O port capability for this port, which is any but 0x80. */
seL4_CPtr supply_ports(unsigned port);

/* For ever. */
seL4_CPtr supply_slot(void);
seL4_CPtr supply_object(seL4_Word type, seL4_Word size_bits);
seL4_CPtr supply_copy(seL4_CPtr cap, seL4_CapRights_t rights, seL4_Word badge);

/* Until the arena is emptied; on failure the arena is full, which is this task's fault. */
seL4_CPtr arena_slot(void);
seL4_CPtr arena_object(seL4_Word type, seL4_Word size_bits);
/* Retypes into a CNode of the arena; false if that fails. */
bool arena_object_into(seL4_CPtr cnode, unsigned slot, seL4_Word type, seL4_Word size_bits);
seL4_CPtr arena_copy(seL4_CPtr cap, seL4_CapRights_t rights, seL4_Word badge);
/* Revokes and deletes everything; checks that all memory came back. */
void arena_empty(void);

/* A page of the task's image. */
seL4_CPtr image_frame(const void *address);
uintptr_t image_start(void);
seL4_Word image_pages(void);
/* Pages with code and constants, which come first. */
seL4_Word image_constant_pages(void);

/* Maps a frame in the supervisor's address space, in one of WINDOW_PAGES places. */
enum { WINDOW_PAGES = 64 };
void *window_map(seL4_CPtr frame, unsigned place);
