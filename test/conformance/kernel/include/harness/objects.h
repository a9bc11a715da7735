// SPDX-License-Identifier: BSD-2-Clause
/*
 * Objects and slots for one test. Everything comes from one untyped, which is
 * revoked behind the test; every slot that was handed out is emptied.
 */
#pragma once
#include <sel4/sel4.h>
#include <stdbool.h>
#include <stdint.h>

#define PAGE_BYTES  4096ull
#define LARGE_BYTES (1ull << seL4_LargePageBits)
#define HUGE_BYTES  (1ull << seL4_HugePageBits)

/* Slots of the initial CSpace by short names, for tables of capabilities. */
enum {
    OWN_TCB = seL4_CapInitThreadTCB,
    OWN_CNODE = seL4_CapInitThreadCNode,
    OWN_VSPACE = seL4_CapInitThreadVSpace,
    OWN_POOL = seL4_CapInitThreadASIDPool,
    NOTHING = seL4_CapNull, /* an empty slot */
    DEPTH = seL4_WordBits,
};

extern const seL4_BootInfo *boot;

void objects_init(const seL4_BootInfo *info);
/* The harness keeps what was made before this; after it everything belongs to the test. */
void objects_keep(void);
/* Gives everything back. */
void objects_reset(void);

seL4_CPtr slot_new(void);
/* So many in a row; the first one. */
seL4_CPtr slots_new(seL4_Word count);
seL4_CPtr object_new(seL4_Word type, seL4_Word size_bits);
seL4_CPtr untyped_new(seL4_Word size_bits);
seL4_CPtr endpoint_new(void);
seL4_CPtr notification_new(void);
seL4_CPtr reply_new(void);
seL4_CPtr tcb_new(void);
seL4_CPtr cnode_new(seL4_Word slot_bits);
seL4_CPtr frame_new(void);
seL4_CPtr sc_new(void);
/* Budget and period in microseconds; equal ones make a round robin. */
seL4_CPtr sc_new_with(uint64_t budget_us, uint64_t period_us);
/* Untyped memory that is not RAM, cut down to this size. */
seL4_CPtr device_untyped_new(seL4_Word size_bits);

seL4_CPtr device_frame_new(void);
/* The page of a device at this physical address. */
seL4_CPtr device_frame_at(seL4_Word paddr);
/* A frame of another size, which nobody should touch. */
seL4_CPtr device_frame_of(seL4_Word type, seL4_Word size_bits);
/* Skips the test on processors without 1 GiB pages. */
void need_huge_pages(void);
/* A capability that cannot be copied: RevokeFirst. */
seL4_CPtr untyped_with_child(void);

/* Copies in a new slot. */
seL4_CPtr copy_of(seL4_CPtr cap);
seL4_CPtr badged(seL4_CPtr cap, seL4_Word badge);
seL4_CPtr with_rights(seL4_CPtr cap, seL4_CapRights_t rights);
void cap_delete(seL4_CPtr cap);
void cap_revoke(seL4_CPtr cap);
bool slot_is_empty(seL4_CPtr cap);

/* Paging: an address space without or with the task's image in it. */
seL4_CPtr vspace_new(void);
seL4_CPtr vspace_with_image(void);
/* Maps the image into an assigned one. */
void image_map(seL4_CPtr vspace);
/* All structures above a page at this address, in the address space. */
void tables_map(seL4_CPtr vspace, uintptr_t address);
/* Maps a device frame; skips the test where the processor cannot. */
seL4_CPtr map_device_frame(seL4_Word type, seL4_Word size_bits, seL4_CPtr vspace,
                           uintptr_t address);
seL4_CPtr asid_pool_new(void);
/* A fresh page there, too. */
seL4_CPtr page_map(seL4_CPtr vspace, uintptr_t address);
/* Where a test may map in the task's own address space: nothing is there, no tables either. */
#define FREE_ADDRESS 0x10000000000ull
/* Capability to the frame behind an address of the task's image. */
seL4_CPtr image_frame(const volatile void *address);
