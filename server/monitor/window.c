// SPDX-License-Identifier: BSD-2-Clause
#include "window.h"
#include "arch.h"
#include "held.h"
#include "slots.h"

enum { PAGE_BYTES = 1 << SYSTEM_PAGE_BITS };

void *window_map(const struct system_image *image, uint32_t slot, unsigned size_bits,
                 seL4_Error *error)
{
    uint64_t at =
        size_bits == SYSTEM_PAGE_BITS ? image->monitor_window : image->monitor_large_window;

    *error = arch_map_frame(slot, SLOT_VSPACE, at, true);
    return *error == seL4_NoError ? (void *)at : 0;
}

void window_unmap(uint32_t slot)
{
    arch_unmap_frame(slot);
}

/* ---- the stack ---- */

void window_open(struct window *window, const struct system_image *image, uint32_t component)
{
    *window = (struct window){.image = image, .component = component};
}

void window_close(struct window *window)
{
    if (window->slot) {
        arch_unmap_frame(window->slot);
        window->slot = 0;
    }
}

/* The mapping that is the stack of the component; null if there is none. */
static const struct system_mapping *stack_of(const struct window *window)
{
    const struct system_mapping *mappings = system_table(window->image, SYSTEM_TABLE_MAPPINGS);
    const struct system_component *components =
        system_table(window->image, SYSTEM_TABLE_COMPONENTS);

    for (uint32_t i = 0; i < window->image->tables[SYSTEM_TABLE_MAPPINGS].count; i++) {
        if (mappings[i].use == SYSTEM_MAP_STACK && mappings[i].stride == PAGE_BYTES &&
            mappings[i].vspace == components[window->component].vspace) {
            return &mappings[i];
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
    slot = held_slot(window->image, window->component, stack->object,
                     stack->first + (uint32_t)((page - stack->vaddr) / PAGE_BYTES));
    if (slot == 0 ||
        arch_map_frame(slot, SLOT_VSPACE, window->image->monitor_window, false) != seL4_NoError) {
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
