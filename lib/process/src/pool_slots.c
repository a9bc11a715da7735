// SPDX-License-Identifier: BSD-2-Clause
/* Slots, in tables that come when the others are full and go when they are empty. */
#include "pool_priv.h"

/* ---- calls ---- */

/* None of these can be refused: the slots are ours. */
void pool_delete_cap(struct pool *pool, seL4_CPtr cap)
{
    const seL4_Error error = seL4_CNode_Delete(pool->slots.root, cap, seL4_WordBits);

    process_assert(error == seL4_NoError);
    (void)error;
}

void pool_revoke_cap(struct pool *pool, seL4_CPtr cap)
{
    const struct slot_path path = slots_path(&pool->slots, cap);
    const seL4_Error error = seL4_CNode_Revoke(pool->slots.root, path.index, path.depth);

    process_assert(error == seL4_NoError);
    (void)error;
}

/* ---- slots, in tables that come and go ---- */

unsigned pool_table_block_bits(const struct pool *pool)
{
    return pool->slots.table_bits + seL4_SlotBits;
}

static seL4_Word table_guard(const struct pool *pool)
{
    return slots_shift(&pool->slots) - pool->slots.table_bits;
}

/* A CNode from the block in the root slot, with the guard that makes addresses complete. */
static enum process_status make_table(struct pool *pool, const struct block *block,
                                      seL4_Word root_slot)
{
    const struct slots *slots = &pool->slots;
    seL4_Error error = seL4_Untyped_Retype(block->untyped, seL4_CapTableObject, slots->table_bits,
                                           slots->root, 0, 0, pool->hand, 1);

    if (error == seL4_NoError) {
        error = seL4_CNode_Mutate(slots->root, root_slot, slots->root_bits, slots->root, pool->hand,
                                  slots->root_bits, table_guard(pool));
        if (error != seL4_NoError) {
            pool_revoke_cap(pool, block->untyped);
        }
    }
    return error == seL4_NoError ? PROCESS_OK : pool_refused(pool, error);
}

void pool_set_aside(struct pool *pool)
{
    if (block_take(pool, pool_table_block_bits(pool), &pool->spare) != PROCESS_OK) {
        pool->spare = NULL;
    }
}

enum process_status pool_add_table(struct pool *pool, struct block *block)
{
    seL4_Word root_slot;
    enum process_status status;

    if (!slots_next_root_slot(&pool->slots, &root_slot)) {
        return PROCESS_NO_SLOTS;
    }
    status = make_table(pool, block, root_slot);
    if (status == PROCESS_OK) {
        status = slots_add_table(&pool->slots);
        if (status != PROCESS_OK) {
            pool_revoke_cap(pool, block->untyped);
        }
    }
    return status;
}

static enum process_status grow_by(struct pool *pool, struct block *block)
{
    const enum process_status status = pool_add_table(pool, block);

    if (status == PROCESS_OK) {
        pool->slots.newest->block = block;
        pool_set_aside(pool);
    }
    return status;
}

/* One more table. Inside itself it does not grow: the spare needs less than a table. */
static enum process_status grow(struct pool *pool)
{
    struct block *block = pool->spare;
    enum process_status status = PROCESS_NO_SLOTS;

    if (pool->is_growing) {
        return PROCESS_NO_SLOTS;
    }
    pool->is_growing = true;
    if (block != NULL || block_take(pool, pool_table_block_bits(pool), &block) == PROCESS_OK) {
        status = grow_by(pool, block);
        if (status != PROCESS_OK && block != pool->spare) {
            block_release(pool, block);
        }
    }
    pool->is_growing = false;
    return status == PROCESS_OK || status == PROCESS_NO_RECORDS ? status : PROCESS_NO_SLOTS;
}

static bool is_in_newest(const struct pool *pool, seL4_CPtr address)
{
    return slots_root_slot(&pool->slots, address) + 1 ==
           (seL4_Word)pool->slots.first_root_slot + pool->slots.table_count;
}

/* Slots of the newest table that become free when the spare does, because halves become whole. */
static unsigned count_spare_slots(const struct pool *pool)
{
    unsigned count = 0;

    for (const struct block *block = pool->spare;
         block != NULL && block->parent != NULL && block_buddy(block)->state == BLOCK_FREE;
         block = block->parent) {
        count += is_in_newest(pool, block->untyped) ? 2 : 0;
    }
    return count;
}

/* The newest table goes when nothing but the spare needs it; its memory is the spare then. */
void pool_shrink(struct pool *pool)
{
    struct slot_table *newest = pool->slots.newest;

    while (newest->older != NULL && newest->used <= 2 * seL4_WordBits &&
           newest->used == count_spare_slots(pool)) {
        struct block *block = newest->block;

        if (pool->spare != NULL) {
            block_release(pool, pool->spare);
        }
        pool_revoke_cap(pool, block->untyped);
        slots_remove_table(&pool->slots);
        pool->spare = block;
        newest = pool->slots.newest;
    }
}

enum process_status pool_take_slots(struct pool *pool, unsigned count, seL4_CPtr *first)
{
    enum process_status status = PROCESS_OK;

    if (!slots_take(&pool->slots, count, first)) {
        status = grow(pool);
        if (status == PROCESS_OK && !slots_take(&pool->slots, count, first)) {
            status = PROCESS_NO_SLOTS;
        }
    }
    return status;
}
