// SPDX-License-Identifier: BSD-2-Clause
#include <process/slots.h>

enum { WORD_SLOTS = 64, WORDS_PER_RECORD = RECORD_BYTES / sizeof(uint64_t) };

_Static_assert(sizeof(struct slot_table) <= RECORD_BYTES, "a table's record");
_Static_assert(4 * WORDS_PER_RECORD * WORD_SLOTS == 1 << SLOT_TABLE_BITS_MAX, "its bits");
_Static_assert((int)SLOT_RUN_MAX <= (int)WORD_SLOTS, "a run lies in one word");

static unsigned table_slots(const struct slots *slots)
{
    return 1u << slots->table_bits;
}

static uint64_t *word_of(struct slot_table *table, unsigned index)
{
    const unsigned word = index / WORD_SLOTS;

    return &table->words[word / WORDS_PER_RECORD][word % WORDS_PER_RECORD];
}

/* The lowest `count` bits from `at` on. */
static uint64_t run_mask(unsigned at, unsigned count)
{
    return (count == WORD_SLOTS ? ~0ull : (1ull << count) - 1) << at;
}

struct slot_path slots_path(const struct slots *slots, seL4_CPtr address)
{
    const seL4_Word root_slot = slots_root_slot(slots, address);
    const bool is_in_table = root_slot >= slots->first_root_slot &&
                             root_slot < (seL4_Word)slots->first_root_slot + slots->table_count;

    if (slots_index(slots, address) == 0 && root_slot != 0 && !is_in_table) {
        return (struct slot_path){root_slot, slots->root_bits};
    }
    return (struct slot_path){address, seL4_WordBits};
}

/* ---- tables ---- */

bool slots_next_root_slot(const struct slots *slots, seL4_Word *root_slot)
{
    *root_slot = slots->first_root_slot + slots->table_count;
    return slots->table_count < slots->root_slot_count;
}

static void free_table(struct slots *slots, struct slot_table *table)
{
    for (unsigned i = 0; i < sizeof(table->words) / sizeof(table->words[0]); i++) {
        if (table->words[i] != NULL) {
            records_free(slots->records, table->words[i]);
        }
    }
    records_free(slots->records, table);
}

static struct slot_table *new_table(struct slots *slots)
{
    struct slot_table *table = records_new(slots->records);
    const unsigned words = table_slots(slots) / WORD_SLOTS;

    for (unsigned i = 0; table != NULL && i * WORDS_PER_RECORD < words; i++) {
        table->words[i] = records_new(slots->records);
        if (table->words[i] == NULL) {
            free_table(slots, table);
            return NULL;
        }
    }
    return table;
}

enum process_status slots_add_table(struct slots *slots)
{
    struct slot_table *table = new_table(slots);

    process_assert(slots->table_count < slots->root_slot_count);
    if (table == NULL) {
        return PROCESS_NO_RECORDS;
    }
    for (unsigned i = 0; i < table_slots(slots); i += WORD_SLOTS) {
        *word_of(table, i) = ~0ull;
    }
    table->older = slots->newest;
    *(slots->newest == NULL ? &slots->oldest : &slots->newest->newer) = table;
    slots->newest = table;
    slots->table_count++;
    slots->free_count += table_slots(slots);
    return PROCESS_OK;
}

void slots_remove_table(struct slots *slots)
{
    struct slot_table *table = slots->newest;

    process_assert(table != NULL && table->used == 0);
    slots->newest = table->older;
    *(slots->newest == NULL ? &slots->oldest : &slots->newest->newer) = NULL;
    slots->table_count--;
    slots->free_count -= table_slots(slots);
    free_table(slots, table);
}

/* ---- slots ---- */

/* Where `count` set bits stand side by side; 64: nowhere. */
static unsigned find_run(uint64_t free, unsigned count)
{
    unsigned have = 1;

    while (have < count && free != 0) {
        const unsigned step = have < count - have ? have : count - have;

        free &= free >> step;
        have += step;
    }
    return free == 0 ? WORD_SLOTS : (unsigned)__builtin_ctzll(free);
}

static bool take_from(struct slots *slots, struct slot_table *table, unsigned count,
                      unsigned *index)
{
    for (unsigned i = 0; i < table_slots(slots); i += WORD_SLOTS) {
        uint64_t *word = word_of(table, i);
        const unsigned at = find_run(*word, count);

        if (at < WORD_SLOTS) {
            *word &= ~run_mask(at, count);
            *index = i + at;
            return true;
        }
    }
    return false;
}

bool slots_take(struct slots *slots, unsigned count, seL4_CPtr *first)
{
    seL4_Word root_slot = slots->first_root_slot;
    unsigned index;

    process_assert(count >= 1 && count <= SLOT_RUN_MAX);
    for (struct slot_table *table = slots->oldest; table != NULL; table = table->newer) {
        if (table->used + count <= table_slots(slots) && take_from(slots, table, count, &index)) {
            table->used = (uint16_t)(table->used + count);
            slots->free_count -= count;
            *first = root_slot << slots_shift(slots) | index;
            return true;
        }
        root_slot++;
    }
    return false;
}

void slots_give(struct slots *slots, seL4_CPtr first, unsigned count)
{
    const unsigned index = (unsigned)slots_index(slots, first);
    struct slot_table *table = slots->oldest;
    uint64_t *word;

    for (seL4_Word i = slots->first_root_slot; i < slots_root_slot(slots, first); i++) {
        process_assert(table != NULL);
        table = table->newer;
    }
    process_assert(table != NULL && index + count <= table_slots(slots) && table->used >= count);
    word = word_of(table, index);
    process_assert((*word & run_mask(index % WORD_SLOTS, count)) == 0);
    *word |= run_mask(index % WORD_SLOTS, count);
    table->used = (uint16_t)(table->used - count);
    slots->free_count += count;
}
