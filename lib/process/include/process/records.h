// SPDX-License-Identifier: BSD-2-Clause
/*
 * Memory for the library's own bookkeeping: records of one size.
 *
 * The caller hands the memory in: a static array, a memory region, frames it has mapped. More can
 * be handed in at any time. It stays the library's; nothing else is ever allocated. How much is
 * needed: one record for each object, each page table and each region of addresses, two for each
 * time a piece of untyped memory is split (at most as often as there are objects), three for each
 * CNode of 1024 slots.
 */
#pragma once

#include <process/status.h>
#include <stddef.h>

enum { RECORD_BYTES = 64 };

struct records {
    struct free_record *free;
    size_t free_count, count;
};

/* Takes the memory. Nothing happens to what is left over at its ends. */
void records_add(struct records *records, void *memory, size_t size_bytes);

/* A record full of zeros, or null. */
void *records_new(struct records *records) PROCESS_MUST_USE;

void records_free(struct records *records, void *record);
