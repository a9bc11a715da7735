// SPDX-License-Identifier: BSD-2-Clause
#include "memory.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

static struct memory memory;

static void start(void)
{
    memset(&memory, 0, sizeof(memory));
}

/* Cuts what lies before an address into pieces, as the initialiser does. */
static unsigned cut(uint64_t to)
{
    unsigned pieces = 0;

    while (memory.blocks[0].at < to) {
        unsigned bits = memory_piece_bits(&memory.blocks[0], to);

        assert(memory_add(&memory, 100 + pieces, memory.blocks[0].at, bits, false));
        assert(memory.blocks[0].at % (UINT64_C(1) << bits) == 0);
        memory.blocks[0].at += UINT64_C(1) << bits;
        pieces++;
    }
    assert(memory.blocks[0].at == to);
    return pieces;
}

static void test_fixed_address(void)
{
    struct memory_block *block;

    start();
    assert(memory_add(&memory, 7, 0x100000, 20, false));
    assert(memory_at(&memory, 0x200000, 1) == NULL);
    assert(memory_at(&memory, 0x1ff000, 0x1001) == NULL);
    block = memory_at(&memory, 0x103000, 0x1000);
    assert(block != NULL && block->slot == 7);
    assert(cut(0x103000) == 2); /* 8 KiB, 4 KiB */
    block->at += 0x1000;
    assert(memory_at(&memory, 0x103000, 0x1000) == NULL);
    block = memory_at(&memory, 0x102000, 0x1000);
    assert(block != NULL && block->slot == 101);
    assert(memory_free_bytes(&memory) == 0x100000 - 0x1000);
}

/* A block behind a fixed object is cut until no object of a larger size would leave a gap. */
static void test_rest(void)
{
    start();
    assert(memory_add(&memory, 7, 0, 24, false));
    assert(!memory_is_ragged(&memory.blocks[0]));
    memory_take(&memory.blocks[0], 12, 1);
    assert(memory_is_ragged(&memory.blocks[0]));
    assert(cut(1 << 24) == 12);
    assert(memory_free_bytes(&memory) == (1 << 24) - 0x1000);
    assert(memory_room(&memory, 24) == NULL);
    assert(memory_room(&memory, 23)->at == 1 << 23);
}

static void test_falling_sizes(void)
{
    struct memory_block *block;

    start();
    assert(memory_add(&memory, 1, 0x40000000, 30, true));
    assert(memory_add(&memory, 2, 0x1000, 12, false));
    assert(memory_add(&memory, 3, 0x200000, 21, false));
    block = memory_room(&memory, 20);
    assert(block->slot == 3 && memory_fit(block, 20, 5) == 2 && memory_fit(block, 20, 1) == 1);
    memory_take(block, 20, 2);
    assert(memory_room(&memory, 20) == NULL);
    assert(memory_room(&memory, 12)->slot == 2);
    assert(memory_free_bytes(&memory) == 0x1000);
}

static void test_alignment(void)
{
    struct memory_block block = {.at = 0x1010, .end = 0x3000};

    assert(memory_fit(&block, 12, 2) == 1);
    memory_take(&block, 12, 1);
    assert(block.at == 0x3000 && memory_fit(&block, 4, 1) == 0);
    assert(!memory_is_ragged(&block));
}

static void test_too_many_blocks(void)
{
    start();
    for (unsigned i = 0; i < MEMORY_BLOCKS_MAX; i++) {
        assert(memory_add(&memory, i, (uint64_t)i << 12, 12, false));
    }
    assert(!memory_add(&memory, 0, 0, 12, false));
}

int main(void)
{
    test_fixed_address();
    test_rest();
    test_falling_sizes();
    test_alignment();
    test_too_many_blocks();
    return 0;
}
