// SPDX-License-Identifier: BSD-2-Clause
/* Page tables: made when the kernel says that one is missing, given back with their last entry. */
#include "space_priv.h"

enum { MISSING_BITS_WORD = 2 }; /* of the answer to a refused Map */

_Static_assert(sizeof(struct table) <= RECORD_BYTES, "a table is one record");

const struct arch_frame *frame_of_bits(unsigned bits)
{
    for (unsigned i = 0; i < process_arch.frame_size_count; i++) {
        if (process_arch.frames[i].bits == bits) {
            return &process_arch.frames[i];
        }
    }
    return NULL;
}

/* Ours, at this level, for the address; null also for levels above the highest. */
static struct table *find_table(const struct space *space, unsigned level, seL4_Word address)
{
    return level < process_arch.level_count
               ? (struct table *)ranges_find(&space->tables[level], address)
               : NULL;
}

/* One entry less in our table at this level; empty ones go, and are an entry less above. */
static void drop_entry(struct space *space, unsigned level, seL4_Word address)
{
    struct table *table = find_table(space, level, address);

    while (table != NULL) {
        process_assert(table->used > 0);
        if (--table->used > 0) {
            return;
        }
        ranges_remove(&space->tables[level], &table->range);
        pool_free(space->pool, table->object);
        records_free(&space->pool->records, table);
        table = find_table(space, ++level, address);
    }
}

static void count_entry(const struct space *space, unsigned level, seL4_Word address)
{
    struct table *table = find_table(space, level, address);

    if (table != NULL) {
        table->used++;
    }
}

static enum process_status add_table(struct space *space, unsigned level, seL4_Word address)
{
    const struct arch_level *kind = &process_arch.levels[level];
    struct table *table = records_new(&space->pool->records);
    enum process_status status = PROCESS_NO_RECORDS;
    seL4_Error error;

    if (table == NULL) {
        return status;
    }
    status = pool_new(space->pool, kind->type, 0, &table->object);
    if (status == PROCESS_OK) {
        error = kind->map(table->object.cap, space->root, address);
        if (error == seL4_NoError) {
            table->range.start = address >> kind->span_bits << kind->span_bits;
            table->range.end = table->range.start + (1ull << kind->span_bits);
            ranges_add(&space->tables[level], &table->range);
            count_entry(space, level + 1, address);
            return PROCESS_OK;
        }
        pool_free(space->pool, table->object);
        status = pool_refused(space->pool, error);
    }
    records_free(&space->pool->records, table);
    return status;
}

static enum process_status add_missing(struct space *space, seL4_Word missing_bits,
                                       seL4_Word address)
{
    for (unsigned level = 0; level < process_arch.level_count; level++) {
        if (process_arch.levels[level].span_bits == missing_bits) {
            return add_table(space, level, address);
        }
    }
    return pool_refused(space->pool, seL4_FailedLookup);
}

/* After a failure: tables that were made for nothing. The lowest one is enough to begin with. */
static void drop_unused(struct space *space, unsigned level, seL4_Word address)
{
    for (; level < process_arch.level_count; level++) {
        struct table *table = find_table(space, level, address);

        if (table != NULL) {
            if (table->used == 0) {
                table->used = 1;
                drop_entry(space, level, address);
            }
            return;
        }
    }
}

enum process_status table_map_page(struct space *space, seL4_CPtr frame, unsigned page_bits,
                                   seL4_Word address, seL4_CapRights_t rights)
{
    const unsigned level = frame_of_bits(page_bits)->level;
    enum process_status status = PROCESS_OK;

    while (status == PROCESS_OK) {
        const seL4_Error error = process_arch.map_frame(frame, space->root, address, rights);

        if (error == seL4_NoError) {
            count_entry(space, level, address);
            return PROCESS_OK;
        }
        status = error == seL4_FailedLookup
                     ? add_missing(space, seL4_GetMR(MISSING_BITS_WORD), address)
                     : pool_refused(space->pool, error);
    }
    drop_unused(space, level, address);
    return status;
}

void table_page_gone(struct space *space, unsigned page_bits, seL4_Word address)
{
    drop_entry(space, frame_of_bits(page_bits)->level, address);
}

void table_pin(struct space *space, unsigned page_bits, seL4_Word address)
{
    count_entry(space, frame_of_bits(page_bits)->level, address);
}
