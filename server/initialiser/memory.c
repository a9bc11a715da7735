// SPDX-License-Identifier: BSD-2-Clause
#include "memory.h"

#include <stddef.h>

bool memory_add(struct memory *memory, uint64_t slot, uint64_t paddr, unsigned bits, bool device)
{
    if (memory->count == MEMORY_BLOCKS_MAX) {
        return false;
    }
    memory->blocks[memory->count++] = (struct memory_block){
        .slot = slot, .at = paddr, .end = paddr + (UINT64_C(1) << bits), .device = device};
    return true;
}

struct memory_block *memory_at(struct memory *memory, uint64_t paddr, uint64_t bytes)
{
    for (uint32_t i = 0; i < memory->count; i++) {
        struct memory_block *block = &memory->blocks[i];

        if (paddr >= block->at && paddr < block->end && bytes <= block->end - paddr) {
            return block;
        }
    }
    return NULL;
}

unsigned memory_piece_bits(const struct memory_block *block, uint64_t to)
{
    unsigned bits = 63 - (unsigned)__builtin_clzll(to - block->at);

    if (block->at != 0 && (unsigned)__builtin_ctzll(block->at) < bits) {
        bits = (unsigned)__builtin_ctzll(block->at);
    }
    return bits;
}

struct memory_block *memory_room(struct memory *memory, unsigned bits)
{
    if (memory->bits != bits) {
        memory->bits = bits;
        memory->first = 0;
    }
    for (; memory->first < memory->count; memory->first++) {
        struct memory_block *block = &memory->blocks[memory->first];

        if (!block->device && memory_fit(block, bits, 1)) {
            return block;
        }
    }
    return NULL;
}

/* The kernel aligns each object to its size. */
static uint64_t aligned(uint64_t address, unsigned bits)
{
    const uint64_t mask = (UINT64_C(1) << bits) - 1;

    return (address + mask) & ~mask;
}

uint32_t memory_fit(const struct memory_block *block, unsigned bits, uint32_t wanted)
{
    const uint64_t at = aligned(block->at, bits);
    const uint64_t room = at < block->end ? (block->end - at) >> bits : 0;

    return room < wanted ? (uint32_t)room : wanted;
}

void memory_take(struct memory_block *block, unsigned bits, uint32_t count)
{
    block->at = aligned(block->at, bits) + ((uint64_t)count << bits);
}

bool memory_is_ragged(const struct memory_block *block)
{
    return block->at < block->end &&
           UINT64_C(1) << memory_piece_bits(block, block->end) != block->end - block->at;
}

uint64_t memory_free_bytes(const struct memory *memory)
{
    uint64_t bytes = 0;

    for (uint32_t i = 0; i < memory->count; i++) {
        const struct memory_block *block = &memory->blocks[i];

        bytes += block->device ? 0 : block->end - block->at;
    }
    return bytes;
}
