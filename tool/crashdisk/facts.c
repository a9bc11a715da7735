// SPDX-License-Identifier: BSD-2-Clause
#include "facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void facts_add(struct facts *facts, uint32_t begin, uint32_t end, uint32_t value)
{
    if (facts->count == STEPS_MAX) {
        fprintf(stderr, "crashdisk: too many steps\n");
        exit(1);
    }
    facts->items[facts->count++] = (struct fact){begin, end, value};
}

uint32_t facts_latest(const struct facts *facts, uint32_t event)
{
    uint32_t value = 0;

    for (uint32_t i = 0; i < facts->count && facts->items[i].begin <= event; i++) {
        value = facts->items[i].value;
    }
    return value;
}

uint32_t facts_complete(const struct facts *facts, uint32_t event)
{
    uint32_t value = 0;

    for (uint32_t i = 0; i < facts->count && facts->items[i].end <= event; i++) {
        value = facts->items[i].value;
    }
    return value;
}

uint32_t facts_last_begin(const struct facts *facts, uint32_t event)
{
    uint32_t begin = 0;

    for (uint32_t i = 0; i < facts->count; i++) {
        const struct fact *fact = &facts->items[i];

        if (fact->end <= event && fact->begin > begin) {
            begin = fact->begin;
        }
    }
    return begin;
}

uint8_t content_byte(uint32_t file, uint32_t version, uint32_t at)
{
    uint32_t mixed = (file * 31 + version) * 2654435761u + at * 40503u;

    return (uint8_t)(mixed >> 13);
}

uint32_t content_bytes(uint32_t file, uint32_t version)
{
    return HEAD_BYTES + (file * 7919 + version * 104729) % REPLACED_MAX;
}

void content_fill(uint32_t file, uint32_t version, uint8_t *to, uint32_t bytes)
{
    memcpy(to, &file, 4);
    memcpy(to + 4, &version, 4);
    for (uint32_t i = HEAD_BYTES; i < bytes; i++) {
        to[i] = content_byte(file, version, i);
    }
}
