// SPDX-License-Identifier: BSD-2-Clause
#include "held.h"
#include "slots.h"

static struct held_range ranges[SYSTEM_COMPONENTS_MAX];

static const struct system_cap *caps_of(const struct system_image *image)
{
    return system_table(image, SYSTEM_TABLE_CAPS);
}

void held_find_all(const struct system_image *image)
{
    const struct system_component *components = system_table(image, SYSTEM_TABLE_COMPONENTS);
    const struct system_cap *caps = caps_of(image);
    uint32_t component = SYSTEM_NONE;

    for (uint32_t i = 0; i < image->tables[SYSTEM_TABLE_CAPS].count; i++) {
        if (caps[i].cnode != components[image->monitor].cnode) {
            continue;
        }
        if (caps[i].meaning == SYSTEM_CAP_WATCHED && caps[i].peer < image->monitor &&
            caps[i].slot == SLOT_TCB + caps[i].peer) {
            component = caps[i].peer;
            ranges[component].first = i;
        }
        if (component != SYSTEM_NONE) {
            ranges[component].end = i + 1;
        }
    }
}

struct held_range held_range(uint32_t component)
{
    return ranges[component];
}

uint32_t held_slot(const struct system_image *image, uint32_t component, uint32_t object,
                   uint32_t index)
{
    const struct system_cap *caps = caps_of(image);

    for (uint32_t i = ranges[component].first; i < ranges[component].end; i++) {
        if (caps[i].object == object && caps[i].meaning != SYSTEM_CAP_NOTIFY &&
            index >= caps[i].index && index - caps[i].index < caps[i].count) {
            return caps[i].slot + (index - caps[i].index);
        }
    }
    return 0;
}
