// SPDX-License-Identifier: BSD-2-Clause
/*
 * Which untyped memory is used up to where. Only the sums: no kernel call is made here.
 *
 * A block is one untyped object. It is used from its start, as the kernel does it. First come
 * objects at fixed addresses: the memory before them is cut into pieces, each of which is a block
 * of its own. Then what lies behind them is cut up, too, and from there on objects are taken from
 * large to small, which leaves no gaps.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum { MEMORY_BLOCKS_MAX = 2048 };

struct memory_block {
    uint64_t slot; /* of its capability */
    uint64_t at;   /* physical address up to which it is used */
    uint64_t end;
    bool device;
};

struct memory {
    struct memory_block blocks[MEMORY_BLOCKS_MAX];
    uint32_t count;
    uint32_t first; /* blocks before it have no room for an object of `bits` */
    unsigned bits;
};

/* False if there are too many blocks. */
bool memory_add(struct memory *memory, uint64_t slot, uint64_t paddr, unsigned bits, bool device);

/* The block that has `bytes` free at this address, or null. */
struct memory_block *memory_at(struct memory *memory, uint64_t paddr, uint64_t bytes);

/* Size of the next piece on the way to an address; the block is not there yet. */
unsigned memory_piece_bits(const struct memory_block *block, uint64_t to);

/* A block of RAM with room for an object, or null. Sizes fall from call to call. */
struct memory_block *memory_room(struct memory *memory, unsigned bits);

/* How many objects the block can take, at most `wanted`. */
uint32_t memory_fit(const struct memory_block *block, unsigned bits, uint32_t wanted);

/* So many fitted and are made. */
void memory_take(struct memory_block *block, unsigned bits, uint32_t count);

/* Would a large object behind what is used leave a gap? */
bool memory_is_ragged(const struct memory_block *block);

/* RAM that is not used. */
uint64_t memory_free_bytes(const struct memory *memory);
