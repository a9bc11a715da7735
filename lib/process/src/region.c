// SPDX-License-Identifier: BSD-2-Clause
/* The pages of a region. */
#include "space_priv.h"

_Static_assert(sizeof(struct extent) <= RECORD_BYTES, "an extent is one record");
_Static_assert(sizeof(struct region) <= RECORD_BYTES, "a region is one record");

static seL4_Word page_bytes(const struct region *region)
{
    return 1ull << region->page_bits;
}

seL4_Word region_start(const struct region *region)
{
    return region->range.start + ((seL4_Word)region->guard_pages << region->page_bits);
}

seL4_Word region_bytes(const struct region *region)
{
    return region->range.end - region_start(region);
}

static bool is_inside(const struct region *region, seL4_Word offset, seL4_Word size_bytes)
{
    return ((offset | size_bytes) & (page_bytes(region) - 1)) == 0 && size_bytes != 0 &&
           offset <= region_bytes(region) && size_bytes <= region_bytes(region) - offset;
}

static enum process_status check_unmapped(const struct region *region, seL4_Word offset,
                                          seL4_Word size_bytes)
{
    const seL4_Word start = region_start(region) + offset;

    if (!is_inside(region, offset, size_bytes)) {
        return PROCESS_BAD_ARGUMENT;
    }
    return ranges_are_free(&region->extents, start, start + size_bytes) ? PROCESS_OK
                                                                        : PROCESS_ADDRESS_TAKEN;
}

/* ---- extents ---- */

static unsigned extent_pages(const struct extent *extent)
{
    return (unsigned)((extent->range.end - extent->range.start) >> extent->page_bits);
}

static void free_run(struct pool *pool, struct object frames, unsigned count, bool is_copy)
{
    if (is_copy) {
        pool_free_slots(pool, frames.cap, count);
    } else {
        pool_free(pool, frames);
    }
}

/* Maps all of the run, or takes its first `done` pages back and the run with them. */
static enum process_status map_run(struct region *region, struct extent *extent, unsigned count)
{
    struct space *space = region->space;
    enum process_status status = PROCESS_OK;
    unsigned done = 0;

    for (; status == PROCESS_OK && done < count; done += status == PROCESS_OK) {
        status =
            table_map_page(space, extent->frames.cap + done, region->page_bits,
                           extent->range.start + done * page_bytes(region), region_rights(region));
    }
    if (status != PROCESS_OK) {
        free_run(space->pool, extent->frames, count, extent->is_copy);
        while (done-- > 0) {
            table_page_gone(space, region->page_bits,
                            extent->range.start + done * page_bytes(region));
        }
    }
    return status;
}

/* Takes the run of frames, also if it fails. */
static enum process_status add_extent(struct region *region, seL4_Word start, struct object frames,
                                      unsigned count, bool is_copy)
{
    struct pool *pool = region->space->pool;
    struct extent *extent = records_new(&pool->records);
    enum process_status status;

    if (extent == NULL) {
        free_run(pool, frames, count, is_copy);
        return PROCESS_NO_RECORDS;
    }
    extent->range.start = start;
    extent->range.end = start + count * page_bytes(region);
    extent->frames = frames;
    extent->same = extent;
    extent->page_bits = region->page_bits;
    extent->is_copy = is_copy;
    status = map_run(region, extent, count);
    if (status != PROCESS_OK) {
        records_free(&pool->records, extent);
        return status;
    }
    ranges_add(&region->extents, &extent->range);
    return PROCESS_OK;
}

static void leave_ring(struct extent *extent)
{
    struct extent *before = extent;

    while (before->same != extent) {
        before = before->same;
    }
    before->same = extent->same;
    extent->same = extent;
}

/* Of an extent that is no longer in the region; its pages are unmapped by losing their frames if
 * these go. */
static void free_extent_frames(struct pool *pool, struct extent *extent)
{
    const seL4_CPtr first = extent->frames.cap + extent->first;

    if (extent->is_copy) {
        pool_free_slots(pool, first, extent_pages(extent));
    } else if (extent->same == extent) {
        pool_free(pool, extent->frames);
    } else {
        for (unsigned i = 0; i < extent_pages(extent); i++) {
            const seL4_Error error = process_arch.unmap_frame(first + i);

            process_assert(error == seL4_NoError);
            (void)error;
        }
    }
    leave_ring(extent);
}

static void free_extent(struct region *region, struct extent *extent)
{
    struct space *space = region->space;

    ranges_remove(&region->extents, &extent->range);
    free_extent_frames(space->pool, extent);
    for (seL4_Word at = extent->range.start; at < extent->range.end;
         at += 1ull << extent->page_bits) {
        table_page_gone(space, extent->page_bits, at);
    }
    records_free(&space->pool->records, extent);
}

/* Cuts an extent in two at an address inside it; no page changes. */
static enum process_status cut_extent(struct region *region, struct extent *extent, seL4_Word at)
{
    struct extent *upper = records_new(&region->space->pool->records);

    if (upper == NULL) {
        return PROCESS_NO_RECORDS;
    }
    *upper = *extent;
    upper->range.start = at;
    upper->first = (uint8_t)(extent->first + ((at - extent->range.start) >> extent->page_bits));
    extent->range.end = at;
    extent->same = upper;
    ranges_add(&region->extents, &upper->range);
    return PROCESS_OK;
}

static enum process_status cut_at(struct region *region, seL4_Word address)
{
    struct extent *extent = (struct extent *)ranges_find(&region->extents, address);

    return extent == NULL || extent->range.start == address ? PROCESS_OK
                                                            : cut_extent(region, extent, address);
}

/* The opposite, where nothing came in between: for an unmapping that fails half way. */
static void mend_at(struct region *region, seL4_Word address)
{
    struct extent *lower = (struct extent *)ranges_find(&region->extents, address - 1);
    struct extent *upper = (struct extent *)ranges_find(&region->extents, address);

    if (lower != NULL && upper != NULL && lower != upper && lower->same == upper) {
        ranges_remove(&region->extents, &upper->range);
        leave_ring(upper);
        lower->range.end = upper->range.end;
        records_free(&region->space->pool->records, upper);
    }
}

enum process_status region_unmap(struct region *region, seL4_Word offset, seL4_Word size_bytes)
{
    const seL4_Word start = region_start(region) + offset, end = start + size_bytes;
    struct range *extent;
    enum process_status status;

    if (!is_inside(region, offset, size_bytes)) {
        return PROCESS_BAD_ARGUMENT;
    }
    status = cut_at(region, start);
    if (status == PROCESS_OK) {
        status = cut_at(region, end);
        if (status != PROCESS_OK) {
            mend_at(region, start);
        }
    }
    if (status != PROCESS_OK) {
        return status;
    }
    for (extent = ranges_from(&region->extents, start); extent != NULL && extent->start < end;
         extent = ranges_from(&region->extents, start)) {
        free_extent(region, (struct extent *)extent);
    }
    return PROCESS_OK;
}

/* ---- what can be mapped ---- */

/* The largest power of two of pages that is left and goes into one run. */
static unsigned run_pages(const struct region *region, seL4_Word size_bytes, unsigned most)
{
    const seL4_Word pages = size_bytes >> region->page_bits;
    unsigned count = 1;

    while (count * 2 <= pages && count * 2 <= most) {
        count *= 2;
    }
    return count;
}

/* Undoes what was mapped of [offset, + size_bytes): whole extents, which cannot fail. */
static void take_back(struct region *region, seL4_Word offset, seL4_Word size_bytes)
{
    if (size_bytes != 0) {
        const enum process_status status = region_unmap(region, offset, size_bytes);

        process_assert(status == PROCESS_OK);
        (void)status;
    }
}

static enum process_status map_some(struct region *region, seL4_Word offset, unsigned count)
{
    struct object frames;
    const enum process_status status = pool_new_run(
        region->space->pool, frame_of_bits(region->page_bits)->type, 0, count, &frames);

    return status != PROCESS_OK
               ? status
               : add_extent(region, region_start(region) + offset, frames, count, false);
}

/* Memory may be there only in smaller pieces than one would like. */
enum process_status region_map(struct region *region, seL4_Word offset, seL4_Word size_bytes)
{
    enum process_status status = check_unmapped(region, offset, size_bytes);
    unsigned most = POOL_RUN_MAX;
    seL4_Word done = 0;

    while (status == PROCESS_OK && done < size_bytes) {
        const unsigned count = run_pages(region, size_bytes - done, most);

        status = map_some(region, offset + done, count);
        if (status == PROCESS_OK) {
            done += count * page_bytes(region);
        } else if ((status == PROCESS_NO_MEMORY || status == PROCESS_NO_SLOTS) && count > 1) {
            most = count / 2;
            status = PROCESS_OK;
        }
    }
    if (status != PROCESS_OK) {
        take_back(region, offset, done);
    }
    return status;
}

/* ---- frames of others ---- */

/* Copies of `count` frames from an address of another space on, in slots side by side. */
static enum process_status copy_frames(struct region *region, const struct space *from,
                                       seL4_Word address, seL4_CPtr first, unsigned count)
{
    struct pool *pool = region->space->pool;
    const seL4_CPtr root = pool->slots.root;

    for (unsigned i = 0; i < count; i++) {
        seL4_CPtr frame;
        seL4_Error error;
        unsigned bits;
        enum process_status status =
            space_frame(from, address + i * page_bytes(region), &frame, &bits);

        if (status == PROCESS_OK && bits != region->page_bits) {
            status = PROCESS_BAD_ARGUMENT;
        }
        if (status != PROCESS_OK) {
            return status;
        }
        error = seL4_CNode_Copy(root, first + i, seL4_WordBits, root, frame, seL4_WordBits,
                                seL4_AllRights);
        if (error != seL4_NoError) {
            return pool_refused(pool, error);
        }
    }
    return PROCESS_OK;
}

static enum process_status share_some(struct region *region, seL4_Word offset,
                                      const struct space *from, seL4_Word address, unsigned count)
{
    struct object frames = {0, NULL};
    enum process_status status = pool_new_slots(region->space->pool, count, &frames.cap);

    if (status != PROCESS_OK) {
        return status;
    }
    status = copy_frames(region, from, address, frames.cap, count);
    if (status != PROCESS_OK) {
        pool_free_slots(region->space->pool, frames.cap, count);
        return status;
    }
    return add_extent(region, region_start(region) + offset, frames, count, true);
}

enum process_status region_share(struct region *region, seL4_Word offset, const struct region *from,
                                 seL4_Word from_offset, seL4_Word size_bytes)
{
    enum process_status status = check_unmapped(region, offset, size_bytes);
    seL4_Word done = 0;

    if (status == PROCESS_OK && !is_inside(from, from_offset, size_bytes)) {
        status = PROCESS_BAD_ARGUMENT;
    }
    while (status == PROCESS_OK && done < size_bytes) {
        const unsigned count = run_pages(region, size_bytes - done, SLOT_RUN_MAX);

        status = share_some(region, offset + done, from->space,
                            region_start(from) + from_offset + done, count);
        done += status == PROCESS_OK ? count * page_bytes(region) : 0;
    }
    if (status != PROCESS_OK) {
        take_back(region, offset, done);
    }
    return status;
}

enum process_status region_map_cap(struct region *region, seL4_Word offset, seL4_CPtr frame)
{
    struct object copy = {0, NULL};
    enum process_status status = check_unmapped(region, offset, page_bytes(region));

    if (status == PROCESS_OK) {
        status = pool_copy(region->space->pool, frame, seL4_AllRights, 0, &copy.cap);
    }
    return status != PROCESS_OK ? status
                                : add_extent(region, region_start(region) + offset, copy, 1, true);
}

/* ---- whole regions ---- */

/* A page whose frame is gone (another's, which it was shared from) has nothing to be changed. */
void region_protect(struct region *region, bool can_write)
{
    const seL4_CPtr root = region->space->root;
    struct range *range;

    region->can_write = can_write;
    for (range = ranges_from(&region->extents, 0); range != NULL;
         range = ranges_from(&region->extents, range->end)) {
        const struct extent *extent = (struct extent *)range;

        for (unsigned i = 0; i < extent_pages(extent); i++) {
            (void)process_arch.map_frame(extent->frames.cap + extent->first + i, root,
                                         range->start + ((seL4_Word)i << extent->page_bits),
                                         region_rights(region));
        }
    }
}

/* Everything of `from` at the address or above. */
static void move_extents(struct region *from, struct region *to, seL4_Word address)
{
    struct range *range;

    while ((range = ranges_from(&from->extents, address)) != NULL) {
        ranges_remove(&from->extents, range);
        ranges_add(&to->extents, range);
    }
}

enum process_status region_split(struct region *region, seL4_Word offset, struct region **upper)
{
    struct space *space = region->space;
    const seL4_Word at = region_start(region) + offset;
    struct region *made;

    if (offset == 0 || !is_inside(region, 0, offset) || at == region->range.end) {
        return PROCESS_BAD_ARGUMENT;
    }
    made = records_new(&space->pool->records);
    if (made == NULL || cut_at(region, at) != PROCESS_OK) {
        if (made != NULL) {
            records_free(&space->pool->records, made);
        }
        return PROCESS_NO_RECORDS;
    }
    made->range.start = at;
    made->range.end = region->range.end;
    made->space = space;
    made->page_bits = region->page_bits;
    made->can_write = region->can_write;
    region->range.end = at;
    move_extents(region, made, at);
    ranges_add(&space->regions, &made->range);
    *upper = made;
    return PROCESS_OK;
}
