// SPDX-License-Identifier: BSD-2-Clause
#include <process/arch.h>

#include "pool_priv.h"

enum process_status pool_refused(struct pool *pool, seL4_Error error)
{
    pool->refusal = error;
    return error == seL4_NotEnoughMemory ? PROCESS_NO_MEMORY : PROCESS_REFUSED;
}

/* ---- pieces ---- */

void pool_init(struct pool *pool, const struct pool_setup *setup)
{
    process_assert(setup->table_bits >= SLOT_TABLE_BITS_MIN);
    process_assert(setup->table_bits <= SLOT_TABLE_BITS_MAX);
    process_assert(setup->root_bits + setup->table_bits <= seL4_WordBits);
    process_assert(setup->root_slot_count >= 2);
    *pool = (struct pool){
        .slots = {.root = setup->root,
                  .root_bits = setup->root_bits,
                  .table_bits = setup->table_bits,
                  .first_root_slot = setup->first_root_slot,
                  .root_slot_count = (uint16_t)(setup->root_slot_count - 1)},
        .hand = setup->first_root_slot + setup->root_slot_count - 1u,
    };
    pool->slots.records = &pool->records;
    records_add(&pool->records, setup->records, setup->records_bytes);
}

/*
 * The first piece holds the first table, for which nothing can be split yet: the table is taken
 * from its bottom, and what is above it, in pieces of rising size, goes into the table's slots.
 */
static enum process_status add_first(struct pool *pool, struct block *piece)
{
    const unsigned table_bits = pool_table_block_bits(pool);
    enum process_status status = pool_add_table(pool, piece);

    for (unsigned bits = table_bits; status == PROCESS_OK && bits < piece->bits; bits++) {
        struct block *part = block_new(pool, NULL, 0, bits);
        seL4_Error error = seL4_NoError;

        status = part == NULL ? PROCESS_NO_RECORDS : pool_take_slots(pool, 1, &part->untyped);
        if (status == PROCESS_OK) {
            error = block_retype(pool, piece, seL4_UntypedObject, bits, part->untyped, 1);
        }
        if (error != seL4_NoError) {
            status = pool_refused(pool, error);
        }
        if (status == PROCESS_OK) {
            block_set_state(part, BLOCK_FREE);
            block_list(pool, part);
        }
    }
    if (status == PROCESS_OK) {
        pool_set_aside(pool);
    }
    return status;
}

enum process_status pool_add(struct pool *pool, seL4_CPtr untyped, unsigned bits)
{
    struct block *piece;

    if (bits < seL4_MinUntypedBits || bits > seL4_MaxUntypedBits ||
        (pool->slots.newest == NULL && bits < pool_table_block_bits(pool))) {
        return PROCESS_BAD_ARGUMENT;
    }
    piece = block_new(pool, NULL, untyped, bits);
    if (piece == NULL) {
        return PROCESS_NO_RECORDS;
    }
    if (pool->slots.newest == NULL) {
        return add_first(pool, piece);
    }
    block_set_state(piece, BLOCK_FREE);
    block_list(pool, piece);
    if (pool->spare == NULL) {
        pool_set_aside(pool);
    }
    return PROCESS_OK;
}

/* ---- objects ---- */

/* log2 bytes; 0: no such thing. */
static unsigned object_bits(seL4_Word type, unsigned size_bits)
{
    switch (type) {
    case seL4_UntypedObject:
    case seL4_SchedContextObject: return size_bits;
    case seL4_CapTableObject: return size_bits + seL4_SlotBits;
    default: return type < seL4_ObjectTypeCount ? process_arch.object_bits[type] : 0;
    }
}

static unsigned run_bits(unsigned object_bits_, unsigned count)
{
    unsigned bits = object_bits_;

    while (count > 1u << (bits - object_bits_)) {
        bits++;
    }
    return bits < seL4_MinUntypedBits ? (unsigned)seL4_MinUntypedBits : bits;
}

static enum process_status fill_block(struct pool *pool, struct block *block, seL4_Word type,
                                      unsigned size_bits, unsigned count)
{
    seL4_CPtr first;
    enum process_status status = pool_take_slots(pool, count, &first);

    if (status == PROCESS_OK) {
        const seL4_Error error = block_retype(pool, block, type, size_bits, first, count);

        if (error != seL4_NoError) {
            slots_give(&pool->slots, first, count);
            return pool_refused(pool, error);
        }
        block->first = first;
        block->count = count;
    }
    return status;
}

enum process_status pool_new_run(struct pool *pool, seL4_Word type, unsigned size_bits,
                                 unsigned count, struct object *object)
{
    const unsigned bits = object_bits(type, size_bits);
    struct block *block;
    enum process_status status;

    if (bits == 0 || bits > seL4_MaxUntypedBits || count < 1 || count > POOL_RUN_MAX) {
        return PROCESS_BAD_ARGUMENT;
    }
    status = block_take(pool, run_bits(bits, count), &block);
    if (status == PROCESS_OK) {
        status = fill_block(pool, block, type, size_bits, count);
        if (status != PROCESS_OK) {
            block_release(pool, block);
        }
    }
    if (status != PROCESS_OK) {
        pool_shrink(pool);
        return status;
    }
    *object = (struct object){.cap = block->first, .block = block};
    return PROCESS_OK;
}

enum process_status pool_new(struct pool *pool, seL4_Word type, unsigned size_bits,
                             struct object *object)
{
    return pool_new_run(pool, type, size_bits, 1, object);
}

void pool_free(struct pool *pool, struct object object)
{
    struct block *block = object.block;

    process_assert(block->state == BLOCK_USED && block->count != 0 && block->first == object.cap);
    pool_revoke_cap(pool, block->untyped);
    slots_give(&pool->slots, block->first, block->count);
    block->count = 0;
    block_release(pool, block);
    pool_shrink(pool);
}

/* ---- bare slots ---- */

enum process_status pool_new_slots(struct pool *pool, unsigned count, seL4_CPtr *first)
{
    enum process_status status;

    if (count < 1 || count > SLOT_RUN_MAX) {
        return PROCESS_BAD_ARGUMENT;
    }
    status = pool_take_slots(pool, count, first);
    if (status != PROCESS_OK) {
        pool_shrink(pool);
    }
    return status;
}

enum process_status pool_new_slot(struct pool *pool, seL4_CPtr *slot)
{
    return pool_new_slots(pool, 1, slot);
}

void pool_free_slots(struct pool *pool, seL4_CPtr first, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        pool_delete_cap(pool, first + i);
    }
    slots_give(&pool->slots, first, count);
    pool_shrink(pool);
}

enum process_status pool_copy(struct pool *pool, seL4_CPtr cap, seL4_CapRights_t rights,
                              seL4_Word badge, seL4_CPtr *copy)
{
    const seL4_CPtr root = pool->slots.root;
    const struct slot_path from = slots_path(&pool->slots, cap);
    enum process_status status = pool_new_slot(pool, copy);
    seL4_Error error;

    if (status != PROCESS_OK) {
        return status;
    }
    error =
        seL4_CNode_Mint(root, *copy, seL4_WordBits, root, from.index, from.depth, rights, badge);
    if (error != seL4_NoError) {
        pool_free_slots(pool, *copy, 1);
        return pool_refused(pool, error);
    }
    return PROCESS_OK;
}

/* ---- figures ---- */

struct pool_figures pool_figures(const struct pool *pool)
{
    return (struct pool_figures){.free_bytes = pool->free_bytes,
                                 .free_slots = pool->slots.free_count,
                                 .free_records = pool->records.free_count,
                                 .tables = pool->slots.table_count,
                                 .set_aside_bytes =
                                     pool->spare == NULL ? 0 : (size_t)1 << pool->spare->bits};
}

void pool_check(const struct pool *pool)
{
    size_t bytes = 0, slots = 0;

    for (unsigned bits = 0; bits < POOL_SIZES; bits++) {
        const struct block *block = pool->free[bits];

        process_assert((block != NULL) == ((pool->free_sizes >> bits & 1) != 0));
        for (; block != NULL; block = block->next) {
            process_assert(block->state == BLOCK_FREE && block->bits == bits);
            process_assert(block->next == NULL || block->next->prev == block);
            process_assert(block->parent == NULL || block_buddy(block)->state != BLOCK_FREE);
            bytes += (size_t)1 << bits;
        }
    }
    for (const struct slot_table *t = pool->slots.oldest; t != NULL; t = t->newer) {
        process_assert(t->newer == NULL ? pool->slots.newest == t : t->newer->older == t);
        slots += (1u << pool->slots.table_bits) - t->used;
    }
    process_assert(bytes == pool->free_bytes && slots == pool->slots.free_count);
    process_assert(!pool->is_growing);
    process_assert(pool->spare == NULL || pool->spare->state == BLOCK_USED);
}
