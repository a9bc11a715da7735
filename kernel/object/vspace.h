// SPDX-License-Identifier: BSD-2-Clause
/*
 * Address spaces: frames and the tables that map them.
 *
 * The architecture describes its tables in arch_vspace_levels[], root first, and
 * its entries in <arch/pte.h>; everything here works on those. A capability
 * remembers where it is mapped; an entry is only believed to belong to it if it
 * still points to its object, because a table may have been taken away and
 * another mapped since.
 *
 *   table:  NEW --map--> MAPPED --unmap, last capability deleted--> NEW
 *   root:   NEW --assign--> ASSIGNED (until its last capability is deleted)
 *   frame:  each capability on its own: NEW --map--> MAPPED --unmap, deleted--> NEW
 */
#pragma once

#include <abi/methods.h>

#include "object/asid.h"
#include "object/cap.h"

/* One level of tables. Level 0 is the root. */
struct vspace_level {
    uint8_t entry_bits; /* log2 of the bytes one entry spans */
    uint16_t last_index;
    uint8_t table_bits; /* log2 of the bytes of a table */
    uint8_t tag;        /* of its capability, for DebugCapIdentify */
    uint8_t object_type;
    uint8_t map, unmap; /* enum abi_method; METHOD_NONE for the root */
};

/* One frame size. */
struct vspace_frame_size {
    uint8_t bits;
    uint8_t level; /* of the table whose entries map it */
    uint8_t object_type;
};

/* ---- object types of the architecture ---- */

bool vspace_type_exists(word_t type);
bool vspace_type_may_be_device(word_t type);
unsigned vspace_object_bits(word_t type);
struct cap vspace_cap_to_object(word_t type, paddr_t base, bool device);
/* Makes zeroed memory a table. */
void vspace_init_table(struct cap table);

unsigned vspace_table_bits(unsigned level);
unsigned vspace_table_tag(unsigned level);

/* Rights a frame capability keeps: reading and writing, only reading, or none (kernel only). */
unsigned vspace_mask_rights(unsigned rights, word_t mask);

/* ---- mappings ---- */

/* Takes away the mapping made with this capability, if there still is one. */
void vspace_unmap_frame(struct cap *frame);
void vspace_unmap_table(struct cap *table);

/* Last capability to a table or root. */
void vspace_finalise_table(struct cap table);

/* A root that threads can run in: it has an ASID. */
static inline bool vspace_is_usable_root(struct cap cap)
{
    return cap.type == CAP_TABLE && cap.bits == 0 && cap_is_mapped(cap);
}

/* The root table to run in, NULL if the capability does not (or no longer) give one. */
static inline void *vspace_root_table(struct cap cap)
{
    void *root = vspace_is_usable_root(cap) ? asid_root(cap_asid(cap)) : NULL;

    return root == cap_object(cap) ? root : NULL;
}

/* What user code would read at an aligned address; false: nothing that can be read. */
bool vspace_read_word(struct cap root, vaddr_t vaddr, word_t *word);

/* For the initial task: enters a table or frame without asking; the levels above must be there. */
void vspace_boot_map(struct cap root, struct cap *cap, vaddr_t vaddr);
