// SPDX-License-Identifier: BSD-2-Clause
#include "values.h"

#include "instructions.h"
#include "worker.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const uint64_t odd_words[] = {
    0,
    1,
    2,
    7,
    8,
    63,
    64,
    65,
    119,
    120,
    121,
    127,
    255,
    256,
    511,
    1023,
    1024,
    4095,
    4096,
    0x1ff000,
    0x200000,
    0x3fffffff,
    0x7fffffff,
    0x80000000,
    0xffffffff,
    0x100000000,
    0x7fffffffe000,
    0x7fffffffefff,
    0x7ffffffff000,
    0x7fffffffffff,
    0x800000000000,
    0x800000000001,
    0xffff7fffffffffff,
    0xffff800000000000,
    0xffffff8000000000,
    0xffffff8000100000,
    0xffffffff80000000,
    0xffffffff80200000,
    0xffffffffc0000000,
    0xfffffffffffff000,
    0x7fffffffffffffff,
    0x8000000000000000,
    0xfffffffffffffc00,
    ~0ull,
    ~0ull - 1,
    ~0ull - 7,
    ~0ull - 62,
    ~0ull - 4094,
};

uint64_t value_odd(struct dice *dice)
{
    const uint64_t word = odd_words[dice_below(dice, COUNT(odd_words))];

    switch (dice_below(dice, 8)) {
    case 0: return 1ull << dice_below(dice, 64);
    case 1: return dice_word(dice);
    case 2: return dice_word(dice) >> dice_below(dice, 64);
    default: return word;
    }
}

static uint64_t mapped_page(struct dice *dice)
{
    const unsigned worker = dice_below(dice, WORKER_COUNT);

    switch (dice_below(dice, 6)) {
    case 0: return worker_page_address(worker, PAGE_STACK);
    case 1: return worker_page_address(worker, PAGE_BUFFER);
    case 2: return SHARED_ADDRESS;
    case 3: return NOISE_ADDRESS;
    case 4: return TOP_ADDRESS;
    default: return SPARE_ADDRESS + (uint64_t)dice_below(dice, SPARE_PAGES) * PAGE_BYTES;
    }
}

static uint64_t page_to_map(struct dice *dice)
{
    const uint64_t spare = SPARE_ADDRESS + (uint64_t)dice_below(dice, SPARE_PAGES) * PAGE_BYTES;

    switch (dice_below(dice, 12)) {
    case 0: return mapped_page(dice);
    case 1: return value_odd(dice) & ~(uint64_t)(PAGE_BYTES - 1);
    case 2: return WORKER_AREA + (uint64_t)dice_below(dice, 8) * 0x200000;
    case 3: return (uint64_t)dice_below(dice, 8) << 30;
    case 4: return (uint64_t)dice_below(dice, 256) << 39;
    case 5: return (uint64_t)dice_below(dice, 4096) << 12;
    default: return spare;
    }
}

uint64_t value_address(struct dice *dice)
{
    switch (dice_below(dice, 8)) {
    case 0: return value_odd(dice);
    case 1: return (uintptr_t)worker_begin;
    case 2: return (uintptr_t)instruction_table[dice_below(dice, (unsigned)instruction_count)];
    case 3: return page_to_map(dice);
    default: return mapped_page(dice) + dice_below(dice, PAGE_BYTES);
    }
}

unsigned value_slot(struct dice *dice, const struct shared *shared, enum kind kind)
{
    const unsigned start = dice_below(dice, HOSTILE_SLOTS);

    if (kind == KIND_ANY) {
        return start;
    }
    for (unsigned i = 0; i < HOSTILE_SLOTS; i++) {
        const unsigned slot = (start + i) % HOSTILE_SLOTS;

        if (shared->kind[slot] == kind) {
            return slot;
        }
    }
    return start;
}

static seL4_CPtr control_cap(struct dice *dice, enum kind kind)
{
    switch (kind) {
    case KIND_IRQ_CONTROL: return worker_cap(SPACE_CONTROLS, CONTROL_IRQ);
    case KIND_IO_PORT_CONTROL: return worker_cap(SPACE_CONTROLS, CONTROL_IO_PORT);
    case KIND_ASID_CONTROL: return worker_cap(SPACE_CONTROLS, CONTROL_ASID);
    case KIND_SCHED_CONTROL: return worker_cap(SPACE_CONTROLS, CONTROL_SCHED);
    case KIND_CNODE: return worker_cap(SPACE_CONTROLS, CONTROL_ROOT + dice_below(dice, 4));
    case KIND_ASID_POOL: return worker_cap(SPACE_CONTROLS, CONTROL_ASID_POOL);
    default: return worker_cap(SPACE_CONTROLS, dice_below(dice, 1 << CONTROL_BITS));
    }
}

seL4_CPtr value_cap(struct dice *dice, const struct shared *shared, enum kind kind)
{
    const bool is_control = kind == KIND_IRQ_CONTROL || kind == KIND_IO_PORT_CONTROL ||
                            kind == KIND_ASID_CONTROL || kind == KIND_SCHED_CONTROL;
    const unsigned choice = dice_below(dice, 100);

    if (choice < 3) {
        return value_odd(dice);
    }
    if (choice < 6) {
        return worker_cap(dice_below(dice, SPACE_USED + 1), dice_below(dice, HOSTILE_SLOTS));
    }
    if (choice < 12) {
        return worker_cap(SPACE_HOSTILE, dice_below(dice, HOSTILE_SLOTS));
    }
    if (is_control || ((kind == KIND_CNODE || kind == KIND_ASID_POOL) && choice < 80)) {
        return control_cap(dice, kind);
    }
    return worker_cap(choice < 20 ? SPACE_ALIAS : SPACE_HOSTILE, value_slot(dice, shared, kind));
}

/* ---- system calls ---- */

bool value_forbidden_call(uint64_t number)
{
    switch ((int64_t)number) {
    case -14: /* DebugHalt */
    case -17: /* DebugNameThread: stops the machine unless its capability and buffer are good */
    case -18: /* DebugSendIPI */
    case -30: /* WRMSR */ return true;
    default: return false;
    }
}

uint64_t value_call_number(struct dice *dice)
{
    const unsigned choice = dice_below(dice, 100);
    uint64_t number;

    if (choice < 80) {
        number = (uint64_t)-1 - dice_below(dice, 11);
    } else if (choice < 92) {
        number = (uint64_t)-1 - dice_below(dice, 40);
    } else {
        number = value_odd(dice);
    }
    return value_forbidden_call(number) ? (uint64_t)-11 : number;
}

/* ---- message words ---- */

static uint64_t object_type(struct dice *dice)
{
    return dice_percent(dice, 90) ? dice_below(dice, seL4_ObjectTypeCount) : value_odd(dice);
}

static uint64_t size_bits(struct dice *dice)
{
    return dice_percent(dice, 90) ? dice_below(dice, 14) : dice_below(dice, 70);
}

static uint64_t badge_or_guard(struct dice *dice)
{
    switch (dice_below(dice, 4)) {
    case 0: return 0;
    case 1: return dice_below(dice, 64);
    case 2: return (uint64_t)dice_below(dice, 256) << 6 | dice_below(dice, 64);
    default: return value_odd(dice);
    }
}

static uint64_t microseconds(struct dice *dice)
{
    return dice_percent(dice, 90) ? 10 + dice_below(dice, 4000) : value_odd(dice);
}

/* Two tries for one that holds something. */
static uint64_t used_slot(struct dice *dice, const struct shared *shared)
{
    unsigned slot = dice_below(dice, HOSTILE_SLOTS);

    for (unsigned i = 0; i < 2 && shared->kind[slot] == KIND_NONE; i++) {
        slot = dice_below(dice, HOSTILE_SLOTS);
    }
    return slot;
}

static uint64_t usual_argument(struct dice *dice, const struct shared *shared, char letter)
{
    switch (letter) {
    case '0': return 0;
    case 's': return used_slot(dice, shared);
    case 'e': return value_slot(dice, shared, KIND_NONE);
    case 'd': return dice_percent(dice, 95) ? HOSTILE_BITS : dice_below(dice, 70);
    case 'r': return dice_percent(dice, 60) ? 0xf : dice_below(dice, 16);
    case 'b': return badge_or_guard(dice);
    case 't': return object_type(dice);
    case 'z': return size_bits(dice);
    case 'n': return dice_below(dice, 5);
    case 'v': return page_to_map(dice);
    case 'm': return dice_percent(dice, 80) ? 0 : dice_below(dice, 8);
    case 'p': return dice_below(dice, 256);
    case 'u': return microseconds(dice);
    case 'f': return dice_below(dice, 16);
    case 'q': return dice_below(dice, 128);
    case 'o': return dice_percent(dice, 80) ? 0x80 : dice_word(dice) & 0xffff;
    case 'B': return mapped_page(dice) + (uint64_t)dice_below(dice, 4) * 1024;
    case 'l': return dice_below(dice, 21);
    case 'x': return value_address(dice);
    default: return value_odd(dice);
    }
}

uint64_t value_argument(struct dice *dice, const struct shared *shared, char letter)
{
    return dice_percent(dice, 6) ? value_odd(dice) : usual_argument(dice, shared, letter);
}
