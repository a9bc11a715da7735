// SPDX-License-Identifier: BSD-2-Clause
/*
 * An address space: who has which addresses, and what is mapped there.
 *
 *   space
 *     region            addresses reserved for one purpose; nothing else gets them
 *       extent          up to 64 frames side by side that were made, or copied, at once
 *     table             a page table of ours; made when a page needs it, gone with its last page
 *
 *   region: none --space_reserve--> reserved --region_map, region_share--> wholly or in part mapped
 *           --region_unmap--> reserved --space_release (from either)--> none
 *
 * Pages are mapped and unmapped one by one or together. Frames that were made here go back to the
 * pool when the last page of those that were made at once is unmapped.
 *
 * Tables are found out by asking: a Map that is refused says which table is missing. So a space
 * can also be one that somebody else began (the caller's own, with the kernel's tables in it).
 */
#pragma once

#include <process/pool.h>
#include <process/range.h>

#define SPACE_ANYWHERE (~0ull)

struct space {
    struct pool *pool; /* borrowed */
    seL4_CPtr root;
    struct object root_object; /* block null: the root is not ours */
    seL4_Word start, end;      /* what may be reserved */
    seL4_Word search_start;    /* from where on SPACE_ANYWHERE looks */
    struct ranges regions;
    struct ranges tables[3]; /* by level, as in arch.h */
};

struct region {
    struct range range; /* first; guard included */
    struct space *space;
    struct ranges extents;
    uint32_t guard_pages; /* at the bottom: never mapped */
    uint8_t page_bits;
    uint8_t can_write;
};

struct region_want {
    seL4_Word address; /* of what can be mapped; or SPACE_ANYWHERE */
    seL4_Word size_bytes;
    seL4_Word guard_bytes; /* below it */
    unsigned page_bits;    /* 0: the smallest pages */
    bool can_write;
};

/* A new, empty space with an ASID of the pool of ASIDs. */
enum process_status space_new(struct space *space, struct pool *pool,
                              seL4_CPtr asid_pool) PROCESS_MUST_USE;

/* A space that exists, with the addresses of it that are ours. */
void space_of_existing(struct space *space, struct pool *pool, seL4_CPtr root, seL4_Word start,
                       seL4_Word end);

/* Releases every region. */
void space_clear(struct space *space);

/* Releases every region; the root, too, if space_new() made it. */
void space_free(struct space *space);

/* ---- regions ---- */

/* `region` lives until space_release(). */
enum process_status space_reserve(struct space *space, const struct region_want *want,
                                  struct region **region) PROCESS_MUST_USE;
void space_release(struct region *region);

/* Cuts a region in two: *upper gets what is at the offset and above it, mapped or not. */
enum process_status region_split(struct region *region, seL4_Word offset,
                                 struct region **upper) PROCESS_MUST_USE;

/* The region with this address; null: nobody's. */
struct region *space_find(const struct space *space, seL4_Word address);

/* Of what can be mapped. */
seL4_Word region_start(const struct region *region);
seL4_Word region_bytes(const struct region *region);

/* ---- pages; offsets and sizes are multiples of the region's pages ---- */

/* New frames, full of zeros. No page of the range may be mapped. */
enum process_status region_map(struct region *region, seL4_Word offset,
                               seL4_Word size_bytes) PROCESS_MUST_USE;

/* Frames of another region, of this or another space, seen here too. They have to be mapped
 * there, and are no longer mapped here once they are unmapped there. */
enum process_status region_share(struct region *region, seL4_Word offset, const struct region *from,
                                 seL4_Word from_offset, seL4_Word size_bytes) PROCESS_MUST_USE;

/* A frame of the caller's, which keeps it: copied and mapped. */
enum process_status region_map_cap(struct region *region, seL4_Word offset,
                                   seL4_CPtr frame) PROCESS_MUST_USE;

/* Pages that are not mapped are left out. Fails (PROCESS_NO_RECORDS) only where it has to cut a
 * hole into an extent; a whole region, or what one region_map() has mapped, can always go. */
enum process_status region_unmap(struct region *region, seL4_Word offset,
                                 seL4_Word size_bytes) PROCESS_MUST_USE;

/* All pages of the region, and those that are mapped later. */
void region_protect(struct region *region, bool can_write);

/* The frame at an address of a space, and the log2 of its size. */
enum process_status space_frame(const struct space *space, seL4_Word address, seL4_CPtr *frame,
                                unsigned *bits) PROCESS_MUST_USE;

/* Everything the books promise; slow, for tests. */
void space_check(const struct space *space);
