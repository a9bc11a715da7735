// SPDX-License-Identifier: BSD-2-Clause
#include <process/pool.h>

#include <process/arch.h>

enum block_state { BLOCK_FREE = 1, BLOCK_SPLIT, BLOCK_USED, BLOCK_STATES };

struct block {
    struct block *parent; /* null: handed in */
    seL4_CPtr untyped;
    union {
        struct { /* FREE */
            struct block *next, *prev;
        };
        struct block *halves[2]; /* SPLIT */
        struct {                 /* USED */
            seL4_CPtr first;
            unsigned count; /* slots of the objects; 0: none yet */
        };
    };
    uint8_t bits, state;
};

_Static_assert(sizeof(struct block) <= RECORD_BYTES, "a block is one record");

/* The one place that changes a state. */
static void set_state(struct block *block, enum block_state state)
{
    static const uint8_t from[BLOCK_STATES] = {
        [BLOCK_FREE] = 1 << 0 | 1 << BLOCK_SPLIT | 1 << BLOCK_USED,
        [BLOCK_SPLIT] = 1 << BLOCK_USED, /* it is taken out of the list first */
        [BLOCK_USED] = 1 << BLOCK_FREE,
    };

    process_assert((from[state] >> block->state & 1) != 0);
    block->state = (uint8_t)state;
}

enum process_status pool_refused(struct pool *pool, seL4_Error error)
{
    pool->refusal = error;
    return error == seL4_NotEnoughMemory ? PROCESS_NO_MEMORY : PROCESS_REFUSED;
}

static struct block *buddy_of(const struct block *block)
{
    return block->parent->halves[block->parent->halves[0] == block];
}

/* ---- lists of free blocks ---- */

static void list_add(struct pool *pool, struct block *block)
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

static void list_remove(struct pool *pool, struct block *block)
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

/* ---- calls ---- */

/* None of these can be refused: the slots are ours. */
static void delete_cap(struct pool *pool, seL4_CPtr cap)
{
    const seL4_Error error = seL4_CNode_Delete(pool->slots.root, cap, seL4_WordBits);

    process_assert(error == seL4_NoError);
    (void)error;
}

static void revoke_cap(struct pool *pool, seL4_CPtr cap)
{
    const struct slot_path path = slots_path(&pool->slots, cap);
    const seL4_Error error = seL4_CNode_Revoke(pool->slots.root, path.index, path.depth);

    process_assert(error == seL4_NoError);
    (void)error;
}

static seL4_Error retype(struct pool *pool, const struct block *block, seL4_Word type,
                         unsigned size_bits, seL4_CPtr first, unsigned count)
{
    return seL4_Untyped_Retype(block->untyped, type, size_bits, pool->slots.root,
                               slots_root_slot(&pool->slots, first), pool->slots.root_bits,
                               slots_index(&pool->slots, first), count);
}

/* ---- slots, in tables that come and go ---- */

static enum process_status take_block(struct pool *pool, unsigned bits, struct block **taken);
static void release_block(struct pool *pool, struct block *block);

static unsigned table_block_bits(const struct pool *pool)
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
            revoke_cap(pool, block->untyped);
        }
    }
    return error == seL4_NoError ? PROCESS_OK : pool_refused(pool, error);
}

static void set_spare_aside(struct pool *pool)
{
    if (take_block(pool, table_block_bits(pool), &pool->spare) != PROCESS_OK) {
        pool->spare = NULL;
    }
}

static enum process_status add_table(struct pool *pool, struct block *block)
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
            revoke_cap(pool, block->untyped);
        }
    }
    return status;
}

static enum process_status grow_by(struct pool *pool, struct block *block)
{
    const enum process_status status = add_table(pool, block);

    if (status == PROCESS_OK) {
        pool->slots.newest->block = block;
        set_spare_aside(pool);
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
    if (block != NULL || take_block(pool, table_block_bits(pool), &block) == PROCESS_OK) {
        status = grow_by(pool, block);
        if (status != PROCESS_OK && block != pool->spare) {
            release_block(pool, block);
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
         block != NULL && block->parent != NULL && buddy_of(block)->state == BLOCK_FREE;
         block = block->parent) {
        count += is_in_newest(pool, block->untyped) ? 2 : 0;
    }
    return count;
}

/* The newest table goes when nothing but the spare needs it; its memory is the spare then. */
static void shrink(struct pool *pool)
{
    struct slot_table *newest = pool->slots.newest;

    while (newest->older != NULL && newest->used <= 2 * seL4_WordBits &&
           newest->used == count_spare_slots(pool)) {
        struct block *block = newest->block;

        if (pool->spare != NULL) {
            release_block(pool, pool->spare);
        }
        revoke_cap(pool, block->untyped);
        slots_remove_table(&pool->slots);
        pool->spare = block;
        newest = pool->slots.newest;
    }
}

static enum process_status take_slots(struct pool *pool, unsigned count, seL4_CPtr *first)
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

/* ---- blocks ---- */

static struct block *new_block(struct pool *pool, struct block *parent, seL4_CPtr untyped,
                               unsigned bits)
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
    halves[0] = new_block(pool, block, 0, block->bits - 1u);
    halves[1] = halves[0] == NULL ? NULL : new_block(pool, block, 0, block->bits - 1u);
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
    status = take_slots(pool, 2, &first);
    if (status == PROCESS_OK) {
        const seL4_Error error =
            retype(pool, block, seL4_UntypedObject, block->bits - 1u, first, 2);

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
    set_state(block, BLOCK_SPLIT);
    for (unsigned i = 0; i < 2; i++) {
        halves[i]->untyped = first + i;
        set_state(halves[i], BLOCK_FREE);
        block->halves[i] = halves[i];
    }
    list_add(pool, halves[1]);
    set_state(halves[0], BLOCK_USED);
    halves[0]->count = 0;
    *lower = halves[0];
    return PROCESS_OK;
}

/* Both halves are free and in no list. */
static void merge(struct pool *pool, struct block *block)
{
    for (unsigned i = 0; i < 2; i++) {
        delete_cap(pool, block->halves[i]->untyped);
    }
    slots_give(&pool->slots, block->halves[0]->untyped, 2);
    records_free(&pool->records, block->halves[0]);
    records_free(&pool->records, block->halves[1]);
}

/* A USED block without objects becomes free, and so does all that can be made whole by it. */
static void release_block(struct pool *pool, struct block *block)
{
    process_assert(block->state == BLOCK_USED);
    while (block->parent != NULL && buddy_of(block)->state == BLOCK_FREE) {
        struct block *parent = block->parent;

        list_remove(pool, buddy_of(block));
        merge(pool, parent);
        block = parent;
    }
    set_state(block, BLOCK_FREE);
    list_add(pool, block);
}

/* A block of exactly this size, USED: the smallest that is large enough, split as needed. */
static enum process_status take_block(struct pool *pool, unsigned bits, struct block **taken)
{
    const uint64_t sizes = bits < POOL_SIZES ? pool->free_sizes >> bits << bits : 0;
    struct block *block;

    if (sizes == 0) {
        return PROCESS_NO_MEMORY;
    }
    block = pool->free[__builtin_ctzll(sizes)];
    list_remove(pool, block);
    set_state(block, BLOCK_USED);
    block->count = 0;
    while (block->bits > bits) {
        struct block *lower;
        const enum process_status status = split(pool, block, &lower);

        if (status != PROCESS_OK) {
            release_block(pool, block);
            return status;
        }
        block = lower;
    }
    *taken = block;
    return PROCESS_OK;
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
    const unsigned table_bits = table_block_bits(pool);
    enum process_status status = add_table(pool, piece);

    for (unsigned bits = table_bits; status == PROCESS_OK && bits < piece->bits; bits++) {
        struct block *part = new_block(pool, NULL, 0, bits);
        seL4_Error error = seL4_NoError;

        status = part == NULL ? PROCESS_NO_RECORDS : take_slots(pool, 1, &part->untyped);
        if (status == PROCESS_OK) {
            error = retype(pool, piece, seL4_UntypedObject, bits, part->untyped, 1);
        }
        if (error != seL4_NoError) {
            status = pool_refused(pool, error);
        }
        if (status == PROCESS_OK) {
            set_state(part, BLOCK_FREE);
            list_add(pool, part);
        }
    }
    if (status == PROCESS_OK) {
        set_spare_aside(pool);
    }
    return status;
}

enum process_status pool_add(struct pool *pool, seL4_CPtr untyped, unsigned bits)
{
    struct block *piece;

    if (bits < seL4_MinUntypedBits || bits > seL4_MaxUntypedBits ||
        (pool->slots.newest == NULL && bits < table_block_bits(pool))) {
        return PROCESS_BAD_ARGUMENT;
    }
    piece = new_block(pool, NULL, untyped, bits);
    if (piece == NULL) {
        return PROCESS_NO_RECORDS;
    }
    if (pool->slots.newest == NULL) {
        return add_first(pool, piece);
    }
    set_state(piece, BLOCK_FREE);
    list_add(pool, piece);
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
    enum process_status status = take_slots(pool, count, &first);

    if (status == PROCESS_OK) {
        const seL4_Error error = retype(pool, block, type, size_bits, first, count);

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
    status = take_block(pool, run_bits(bits, count), &block);
    if (status == PROCESS_OK) {
        status = fill_block(pool, block, type, size_bits, count);
        if (status != PROCESS_OK) {
            release_block(pool, block);
        }
    }
    if (status != PROCESS_OK) {
        shrink(pool);
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
    revoke_cap(pool, block->untyped);
    slots_give(&pool->slots, block->first, block->count);
    block->count = 0;
    release_block(pool, block);
    shrink(pool);
}

/* ---- bare slots ---- */

enum process_status pool_new_slots(struct pool *pool, unsigned count, seL4_CPtr *first)
{
    enum process_status status;

    if (count < 1 || count > SLOT_RUN_MAX) {
        return PROCESS_BAD_ARGUMENT;
    }
    status = take_slots(pool, count, first);
    if (status != PROCESS_OK) {
        shrink(pool);
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
        delete_cap(pool, first + i);
    }
    slots_give(&pool->slots, first, count);
    shrink(pool);
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
            process_assert(block->parent == NULL || buddy_of(block)->state != BLOCK_FREE);
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
