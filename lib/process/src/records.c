// SPDX-License-Identifier: BSD-2-Clause
#include <process/records.h>

#include <stdint.h>
#include <tiny/string.h>

struct free_record {
    struct free_record *next;
};

void records_add(struct records *records, void *memory, size_t size_bytes)
{
    const uintptr_t at = (uintptr_t)memory;
    const size_t skipped = (RECORD_BYTES - at % RECORD_BYTES) % RECORD_BYTES;

    for (size_t offset = skipped; offset + RECORD_BYTES <= size_bytes; offset += RECORD_BYTES) {
        records->count++;
        records_free(records, (char *)memory + offset);
    }
}

void *records_new(struct records *records)
{
    struct free_record *record = records->free;

    if (record != NULL) {
        records->free = record->next;
        records->free_count--;
        tiny_memset(record, 0, RECORD_BYTES);
    }
    return record;
}

void records_free(struct records *records, void *record)
{
    struct free_record *returned = record;

    process_assert(record != NULL && (uintptr_t)record % RECORD_BYTES == 0);
    process_assert(records->free_count < records->count);
    returned->next = records->free;
    records->free = returned;
    records->free_count++;
}
