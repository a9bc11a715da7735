// SPDX-License-Identifier: BSD-2-Clause
#include "window.h"
#include "arch.h"
#include "slots.h"

enum { PAGE_BYTES = 1 << SYSTEM_PAGE_BITS };

void window_open(struct window *window, const struct system_image *image, uint32_t component)
{
    *window = (struct window){.image = image, .component = component};
}

void window_close(struct window *window)
{
    if (window->slot) {
        arch_unmap_page(window->slot);
        window->slot = 0;
    }
}

static const struct system_component *component_at(const struct system_image *image, uint32_t index)
{
    return (const struct system_component *)system_table(image, SYSTEM_TABLE_COMPONENTS) + index;
}

/* The mapping that is the stack of the component; null if there is none. */
static const struct system_mapping *stack_of(const struct window *window)
{
    const struct system_mapping *mappings = system_table(window->image, SYSTEM_TABLE_MAPPINGS);

    for (uint32_t i = 0; i < window->image->tables[SYSTEM_TABLE_MAPPINGS].count; i++) {
        if (mappings[i].use == SYSTEM_MAP_STACK && mappings[i].stride == PAGE_BYTES &&
            mappings[i].vspace == component_at(window->image, window->component)->vspace) {
            return &mappings[i];
        }
    }
    return 0;
}

/* Where the monitor holds a frame of a run; 0: it does not. */
static uint32_t slot_of(const struct window *window, uint32_t object, uint32_t index)
{
    const struct system_cap *caps = system_table(window->image, SYSTEM_TABLE_CAPS);
    uint32_t own = component_at(window->image, window->image->monitor)->cnode;

    for (uint32_t i = 0; i < window->image->tables[SYSTEM_TABLE_CAPS].count; i++) {
        if (caps[i].cnode == own && caps[i].object == object && index >= caps[i].index &&
            index - caps[i].index < caps[i].count) {
            return caps[i].slot + (index - caps[i].index);
        }
    }
    return 0;
}

static bool map(struct window *window, uint64_t page)
{
    const struct system_mapping *stack = stack_of(window);
    uint32_t slot;

    if (!stack || page < stack->vaddr || (page - stack->vaddr) / PAGE_BYTES >= stack->count) {
        return false;
    }
    slot = slot_of(window, stack->object,
                   stack->first + (uint32_t)((page - stack->vaddr) / PAGE_BYTES));
    if (slot == 0 || !arch_map_page(slot, SLOT_VSPACE, window->image->monitor_window)) {
        return false;
    }
    window->slot = slot;
    window->page = page;
    return true;
}

bool window_read(void *context, uint64_t address, uint64_t *word)
{
    struct window *window = context;
    uint64_t page = address & ~(uint64_t)(PAGE_BYTES - 1);

    if (address % sizeof(*word)) {
        return false;
    }
    if (window->slot && window->page != page) {
        window_close(window);
    }
    if (!window->slot && !map(window, page)) {
        return false;
    }
    *word = *(volatile const uint64_t *)(window->image->monitor_window + address % PAGE_BYTES);
    return true;
}
