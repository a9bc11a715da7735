// SPDX-License-Identifier: BSD-2-Clause
/* Spaces and regions. */
#include "space_priv.h"

/* ---- regions ---- */

struct region *space_find(const struct space *space, seL4_Word address)
{
    return (struct region *)ranges_find(&space->regions, address);
}

/* Where the region with its guard begins. */
static enum process_status choose_start(const struct space *space, const struct region_want *want,
                                        unsigned page_bits, seL4_Word *start)
{
    const seL4_Word size_bytes = want->size_bytes + want->guard_bytes;

    if (want->address == SPACE_ANYWHERE) {
        return ranges_find_gap(&space->regions, space->search_start, space->end, size_bytes,
                               page_bits, start)
                   ? PROCESS_OK
                   : PROCESS_NO_ADDRESSES;
    }
    if (want->address < want->guard_bytes || want->address - want->guard_bytes < space->start ||
        want->address >= space->end || want->size_bytes > space->end - want->address ||
        (want->address & ((1ull << page_bits) - 1)) != 0) {
        return PROCESS_BAD_ARGUMENT;
    }
    *start = want->address - want->guard_bytes;
    return ranges_are_free(&space->regions, *start, *start + size_bytes) ? PROCESS_OK
                                                                         : PROCESS_ADDRESS_TAKEN;
}

static bool is_sound(const struct region_want *want, unsigned page_bits)
{
    const seL4_Word low_bits = (1ull << page_bits) - 1;

    return frame_of_bits(page_bits) != NULL && want->size_bytes != 0 &&
           want->size_bytes + want->guard_bytes >= want->size_bytes &&
           want->guard_bytes >> page_bits <= UINT32_MAX &&
           ((want->size_bytes | want->guard_bytes) & low_bits) == 0;
}

enum process_status space_reserve(struct space *space, const struct region_want *want,
                                  struct region **region)
{
    const unsigned page_bits = want->page_bits != 0 ? want->page_bits : process_arch.frames[0].bits;
    struct region *made;
    seL4_Word start;
    enum process_status status = is_sound(want, page_bits)
                                     ? choose_start(space, want, page_bits, &start)
                                     : PROCESS_BAD_ARGUMENT;

    if (status != PROCESS_OK) {
        return status;
    }
    made = records_new(&space->pool->records);
    if (made == NULL) {
        return PROCESS_NO_RECORDS;
    }
    made->range.start = start;
    made->range.end = start + want->guard_bytes + want->size_bytes;
    made->space = space;
    made->guard_pages = (uint32_t)(want->guard_bytes >> page_bits);
    made->page_bits = (uint8_t)page_bits;
    made->can_write = want->can_write;
    ranges_add(&space->regions, &made->range);
    *region = made;
    return PROCESS_OK;
}

void space_release(struct region *region)
{
    struct space *space = region->space;
    const enum process_status status = region_unmap(region, 0, region_bytes(region));

    process_assert(status == PROCESS_OK && region->extents.root == NULL);
    (void)status;
    ranges_remove(&space->regions, &region->range);
    records_free(&space->pool->records, region);
}

enum process_status space_frame(const struct space *space, seL4_Word address, seL4_CPtr *frame,
                                unsigned *bits)
{
    const struct region *region = space_find(space, address);
    const struct extent *extent =
        region == NULL ? NULL : (struct extent *)ranges_find(&region->extents, address);

    if (extent == NULL) {
        return PROCESS_NOT_MAPPED;
    }
    *frame =
        extent->frames.cap + extent->first + ((address - extent->range.start) >> extent->page_bits);
    *bits = extent->page_bits;
    return PROCESS_OK;
}

/* ---- spaces ---- */

void space_of_existing(struct space *space, struct pool *pool, seL4_CPtr root, seL4_Word start,
                       seL4_Word end)
{
    process_assert(start < end && end <= process_arch.user_end);
    *space = (struct space){
        .pool = pool, .root = root, .start = start, .end = end, .search_start = start};
}

enum process_status space_new(struct space *space, struct pool *pool, seL4_CPtr asid_pool)
{
    struct object root;
    seL4_Error error;
    enum process_status status = pool_new(pool, process_arch.root_type, 0, &root);

    if (status != PROCESS_OK) {
        return status;
    }
    error = process_arch.assign_asid(asid_pool, root.cap);
    if (error != seL4_NoError) {
        pool_free(pool, root);
        return pool_refused(pool, error);
    }
    space_of_existing(space, pool, root.cap, process_arch.user_start, process_arch.user_end);
    space->root_object = root;
    space->search_start = process_arch.search_start;
    return PROCESS_OK;
}

void space_clear(struct space *space)
{
    while (space->regions.root != NULL) {
        space_release((struct region *)space->regions.root);
    }
}

void space_free(struct space *space)
{
    space_clear(space);
    if (space->root_object.block != NULL) {
        for (unsigned level = 0; level < process_arch.level_count; level++) {
            process_assert(space->tables[level].root == NULL);
        }
        pool_free(space->pool, space->root_object);
    }
    *space = (struct space){0};
}

/* ---- checking ---- */

static seL4_Word entries_of(const struct space *space, unsigned level, const struct range *table)
{
    seL4_Word count = 0;

    for (const struct range *r = ranges_from(&space->regions, table->start);
         r != NULL && r->start < table->end; r = ranges_from(&space->regions, r->end)) {
        const struct region *region = (const struct region *)r;
        const unsigned bits = region->page_bits;

        for (const struct range *e = ranges_from(&region->extents, table->start);
             frame_of_bits(bits)->level == level && e != NULL && e->start < table->end;
             e = ranges_from(&region->extents, e->end)) {
            const seL4_Word start = e->start > table->start ? e->start : table->start;
            const seL4_Word end = e->end < table->end ? e->end : table->end;

            count += (end - start) >> bits;
        }
    }
    for (const struct range *t = level == 0 ? NULL
                                            : ranges_from(&space->tables[level - 1], table->start);
         t != NULL && t->start < table->end; t = ranges_from(&space->tables[level - 1], t->end)) {
        count++;
    }
    return count;
}

/* Pinned tables have one more. */
void space_check(const struct space *space)
{
    for (unsigned level = 0; level < process_arch.level_count; level++) {
        for (const struct range *t = ranges_from(&space->tables[level], 0); t != NULL;
             t = ranges_from(&space->tables[level], t->end)) {
            const seL4_Word used = ((const struct table *)t)->used;
            const seL4_Word counted = entries_of(space, level, t);

            process_assert(used == counted || used == counted + 1);
        }
    }
}
