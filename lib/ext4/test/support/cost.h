// SPDX-License-Identifier: BSD-2-Clause
/*
 * The work whose cost is counted: for lib/ext4 by cost_bench.c, for Linux by test/ext4/worker. Each
 * item begins with nothing in memory but what mounting brought, and is counted twice: until all of
 * it is durable, and until the file system is unmounted.
 *
 *   create, rename, unlink   COST_FILES files in the root directory, then sync
 *   append_fsync             COST_APPENDS times: a block at the end of a file, fsync
 *   write_mib                COST_MIB MiB into an empty file, in order, in pieces, then sync
 *   read_mib                 the same file, in order, in pieces
 *   lookup_among             one name in a directory of so many
 */
#pragma once

#include <stddef.h>
#include <stdio.h>

enum {
    COST_FILES = 1000,
    COST_APPENDS = 100,
    COST_BLOCK = 4096,
    COST_MIB = 16,
    COST_PIECE = 64 * 1024,
    COST_LOOKUPS = 9,
    COST_CACHE_BYTES = 64 << 20, /* Linux has hundreds */
    COST_INODES = 4096,
};

/* Seeds decide where names lie; nothing is left for the background. */
#define COST_MKFS                                                                                  \
    "-b 4096 -U 11111111-2222-3333-4444-555555555555 "                                             \
    "-E hash_seed=66666666-7777-8888-9999-aaaaaaaaaaaa,lazy_itable_init=0,lazy_journal_init=0"

static inline void cost_name(char *name, size_t size, unsigned i)
{
    snprintf(name, size, "a name of ordinary length %u", i);
}

static inline void cost_new_name(char *name, size_t size, unsigned i)
{
    snprintf(name, size, "renamed %u", i);
}

/* Which names of a directory of so many are looked up. */
static inline unsigned cost_lookup(unsigned entries, unsigned i)
{
    return i * (entries / COST_LOOKUPS);
}
