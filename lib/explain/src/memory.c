// SPDX-License-Identifier: BSD-2-Clause
#include "memory.h"

static uint64_t mapping_bytes(const struct system_mapping *mapping)
{
    return mapping->count * mapping->stride;
}

static struct memory_place measure(const struct system_mapping *mapping, uint64_t address)
{
    uint64_t end = mapping->vaddr + mapping_bytes(mapping);

    if (address < mapping->vaddr) {
        return (struct memory_place){mapping, EXPLAIN_BELOW, mapping->vaddr - address};
    }
    return address < end ? (struct memory_place){mapping, EXPLAIN_INSIDE, address - mapping->vaddr}
                         : (struct memory_place){mapping, EXPLAIN_BEHIND, address - end};
}

static bool is_nearer(const struct memory_place *place, const struct memory_place *than)
{
    if (!than->mapping || place->side == EXPLAIN_INSIDE) {
        return true;
    }
    return than->side != EXPLAIN_INSIDE && place->distance < than->distance;
}

/* A guest's memory is mapped elsewhere: only the component's own space counts. */
struct memory_place memory_find(const struct system_image *image, uint32_t component,
                                uint64_t address)
{
    const struct system_component *own = system_table(image, SYSTEM_TABLE_COMPONENTS);
    const struct system_mapping *mappings = system_table(image, SYSTEM_TABLE_MAPPINGS);
    struct memory_place best = {0, EXPLAIN_INSIDE, 0};

    for (uint32_t i = 0; i < image->tables[SYSTEM_TABLE_MAPPINGS].count; i++) {
        if (mappings[i].vspace == own[component].vspace && mappings[i].use != SYSTEM_MAP_TABLE) {
            struct memory_place place = measure(&mappings[i], address);

            if (is_nearer(&place, &best)) {
                best = place;
            }
        }
    }
    return best;
}

const struct system_mapping *memory_foreign(const struct system_image *image, uint32_t component,
                                            uint64_t address)
{
    const struct system_component *components = system_table(image, SYSTEM_TABLE_COMPONENTS);
    const struct system_mapping *mappings = system_table(image, SYSTEM_TABLE_MAPPINGS);

    for (uint32_t i = 0; i < image->tables[SYSTEM_TABLE_MAPPINGS].count; i++) {
        const struct system_mapping *mapping = &mappings[i];

        if (mapping->use == SYSTEM_MAP_REGION && mapping->region != SYSTEM_NONE &&
            mapping->component != SYSTEM_NONE && mapping->component != component &&
            mapping->vspace == components[mapping->component].vspace &&
            measure(mapping, address).side == EXPLAIN_INSIDE) {
            return mapping;
        }
    }
    return 0;
}

bool memory_program_byte(const struct system_image *image, uint32_t component, uint64_t address,
                         uint8_t *byte)
{
    const struct system_fill *fills = system_table(image, SYSTEM_TABLE_FILLS);
    const struct memory_place place = memory_find(image, component, address);

    if (!place.mapping || place.side != EXPLAIN_INSIDE ||
        place.mapping->use != SYSTEM_MAP_PROGRAM) {
        return false;
    }
    for (uint32_t i = 0; i < image->tables[SYSTEM_TABLE_FILLS].count; i++) {
        const struct system_fill *fill = &fills[i];

        if (fill->object == place.mapping->object && fill->kind == SYSTEM_FILL_BYTES &&
            place.distance >= fill->at && place.distance - fill->at < fill->length) {
            *byte = ((const uint8_t *)image)[fill->source + place.distance - fill->at];
            return true;
        }
    }
    return false;
}
