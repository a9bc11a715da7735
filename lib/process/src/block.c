// SPDX-License-Identifier: BSD-2-Clause
/* Blocks of untyped memory: split into halves as needed, made whole as soon as both are free. */
#include "pool_priv.h"

void block_set_state(struct block *block, enum block_state state)
{
    static const uint8_t from[BLOCK_STATES] = {
        [BLOCK_FREE] = 1 << 0 | 1 << BLOCK_SPLIT | 1 << BLOCK_USED,
        [BLOCK_SPLIT] = 1 << BLOCK_USED, /* it is taken out of the list first */
        [BLOCK_USED] = 1 << BLOCK_FREE,
    };

    process_assert((from[state] >> block->state & 1) != 0);
    block->state = (uint8_t)state;
}

struct block *block_buddy(const struct block *block)
{
    return block->parent->halves[block->parent->halves[0] == block];
}

/* ---- lists of free blocks ---- */

void block_list(struct pool *pool, struct block *block)
{
    struct block **head = &pool->free[block->bits];

    block->prev = NULL;
    block->next = *head;
    if (*head != NULL) {
        (*head)->prev = block;
    }
    *head = block;
    pool->free_sizes |= 1ull << block->bits;
    pool->free_bytes += (size_t)1 << block->bits;
}

static void block_unlist(struct pool *pool, struct block *block)
{
    if (block->next != NULL) {
        block->next->prev = block->prev;
    }
    *(block->prev != NULL ? &block->prev->next : &pool->free[block->bits]) = block->next;
    if (pool->free[block->bits] == NULL) {
        pool->free_sizes &= ~(1ull << block->bits);
    }
    pool->free_bytes -= (size_t)1 << block->bits;
}

/* ---- blocks ---- */

seL4_Error block_retype(struct pool *pool, const struct block *block, seL4_Word type,
                        unsigned size_bits, seL4_CPtr first, unsigned count)
{
    return seL4_Untyped_Retype(block->untyped, type, size_bits, pool->slots.root,
                               slots_root_slot(&pool->slots, first), pool->slots.root_bits,
                               slots_index(&pool->slots, first), count);
}

struct block *block_new(struct pool *pool, struct block *parent, seL4_CPtr untyped, unsigned bits)
{
    struct block *block = records_new(&pool->records);

    if (block != NULL) {
        block->parent = parent;
        block->untyped = untyped;
        block->bits = (uint8_t)bits;
    }
    return block;
}

static enum process_status new_halves(struct pool *pool, struct block *block,
                                      struct block *halves[2])
{
    halves[0] = block_new(pool, block, 0, block->bits - 1u);
    halves[1] = halves[0] == NULL ? NULL : block_new(pool, block, 0, block->bits - 1u);
    if (halves[1] != NULL) {
        return PROCESS_OK;
    }
    if (halves[0] != NULL) {
        records_free(&pool->records, halves[0]);
    }
    return PROCESS_NO_RECORDS;
}

/* `block` is in no list. On success it is SPLIT, the upper half is free and *lower in no list. */
static enum process_status split(struct pool *pool, struct block *block, struct block **lower)
{
    struct block *halves[2];
    seL4_CPtr first;
    enum process_status status = new_halves(pool, block, halves);

    if (status != PROCESS_OK) {
        return status;
    }
    status = pool_take_slots(pool, 2, &first);
    if (status == PROCESS_OK) {
        const seL4_Error error =
            block_retype(pool, block, seL4_UntypedObject, block->bits - 1u, first, 2);

        if (error != seL4_NoError) {
            slots_give(&pool->slots, first, 2);
            status = pool_refused(pool, error);
        }
    }
    if (status != PROCESS_OK) {
        records_free(&pool->records, halves[0]);
        records_free(&pool->records, halves[1]);
        return status;
    }
    block_set_state(block, BLOCK_SPLIT);
    for (unsigned i = 0; i < 2; i++) {
        halves[i]->untyped = first + i;
        block_set_state(halves[i], BLOCK_FREE);
        block->halves[i] = halves[i];
    }
    block_list(pool, halves[1]);
    block_set_state(halves[0], BLOCK_USED);
    halves[0]->count = 0;
    *lower = halves[0];
    return PROCESS_OK;
}

/* Both halves are free and in no list. */
static void merge(struct pool *pool, struct block *block)
{
    for (unsigned i = 0; i < 2; i++) {
        pool_delete_cap(pool, block->halves[i]->untyped);
    }
    slots_give(&pool->slots, block->halves[0]->untyped, 2);
    records_free(&pool->records, block->halves[0]);
    records_free(&pool->records, block->halves[1]);
}

void block_release(struct pool *pool, struct block *block)
{
    process_assert(block->state == BLOCK_USED);
    while (block->parent != NULL && block_buddy(block)->state == BLOCK_FREE) {
        struct block *parent = block->parent;

        block_unlist(pool, block_buddy(block));
        merge(pool, parent);
        block = parent;
    }
    block_set_state(block, BLOCK_FREE);
    block_list(pool, block);
}

enum process_status block_take(struct pool *pool, unsigned bits, struct block **taken)
{
    const uint64_t sizes = bits < POOL_SIZES ? pool->free_sizes >> bits << bits : 0;
    struct block *block;

    if (sizes == 0) {
        return PROCESS_NO_MEMORY;
    }
    block = pool->free[__builtin_ctzll(sizes)];
    block_unlist(pool, block);
    block_set_state(block, BLOCK_USED);
    block->count = 0;
    while (block->bits > bits) {
        struct block *lower;
        const enum process_status status = split(pool, block, &lower);

        if (status != PROCESS_OK) {
            block_release(pool, block);
            return status;
        }
        block = lower;
    }
    *taken = block;
    return PROCESS_OK;
}
