// SPDX-License-Identifier: BSD-2-Clause
/* What space.c (regions), region.c (their pages) and table.c (page tables) share. */
#pragma once

#include <process/arch.h>
#include <process/space.h>

/* Pages that were mapped at once, as far as they are still mapped. */
struct extent {
    struct range range;   /* first */
    struct object frames; /* the whole run, also of pages that are no longer in the range */
    struct extent *same;  /* a ring of those that have pages of the same run */
    uint8_t first;        /* where in the run the range begins */
    uint8_t page_bits;
    uint8_t is_copy; /* of capabilities to somebody else's frames; the run is only slots */
};

struct table {
    struct range range; /* first; what it can map */
    struct object object;
    uint16_t used;
};

static inline seL4_CapRights_t region_rights(const struct region *region)
{
    return region->can_write ? seL4_ReadWrite : seL4_CanRead;
}

/* The frame size; null: there is none like this. */
const struct arch_frame *frame_of_bits(unsigned bits);

/* Maps one page and makes the tables that are missing. */
enum process_status table_map_page(struct space *space, seL4_CPtr frame, unsigned page_bits,
                                   seL4_Word address, seL4_CapRights_t rights) PROCESS_MUST_USE;

/* A page is no longer mapped: tables that are empty now go. */
void table_page_gone(struct space *space, unsigned page_bits, seL4_Word address);

/* The table of a mapped page stays when the page is gone: as if one more were mapped. */
void table_pin(struct space *space, unsigned page_bits, seL4_Word address);
