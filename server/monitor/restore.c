// SPDX-License-Identifier: BSD-2-Clause
/* What a component's capability spaces and memory held at first. */
#include "held.h"
#include "restart.h"
#include "slots.h"
#include "window.h"
#include <tiny/string.h>

/* ---- capabilities ---- */

static bool is_its_cnode(const struct restart *restart, uint32_t object)
{
    return object == restart->own->cnode || object == restart->own->cnode_root;
}

/* It cannot be copied: what is still where it was given is left there. */
static bool is_control(const struct restart *restart, uint32_t object)
{
    const unsigned kind = restart_object(restart, object)->kind;

    return kind == SYSTEM_IRQ_CONTROL || kind == SYSTEM_IO_PORT_CONTROL;
}

/* Without a capability for its own CNode no component can change what is in its slots. */
static bool can_change_slots(const struct restart *restart)
{
    const struct system_cap *caps = system_table(restart->image, SYSTEM_TABLE_CAPS);

    for (uint32_t i = 0; i < restart->image->tables[SYSTEM_TABLE_CAPS].count; i++) {
        if (caps[i].meaning == SYSTEM_CAP_USER && is_its_cnode(restart, caps[i].object)) {
            return true;
        }
    }
    return false;
}

static bool holds_control(const struct restart *restart, uint32_t cnode, uint32_t slot)
{
    const struct system_cap *caps = system_table(restart->image, SYSTEM_TABLE_CAPS);

    for (uint32_t i = 0; i < restart->image->tables[SYSTEM_TABLE_CAPS].count; i++) {
        if (caps[i].cnode == cnode && caps[i].slot == slot && is_control(restart, caps[i].object)) {
            return true;
        }
    }
    return false;
}

static void empty_cnode(struct restart *restart, uint32_t cnode)
{
    const seL4_CPtr held = held_slot(restart->image, restart->component, cnode, 0);
    const unsigned depth = (unsigned)restart_object(restart, cnode)->argument;

    for (uint32_t slot = 0; slot < UINT32_C(1) << depth; slot++) {
        if (!holds_control(restart, cnode, slot)) {
            restart_step(restart, seL4_CNode_Delete(held, slot, (seL4_Uint8)depth),
                         "emptying its slots");
        }
    }
}

/* One record: capabilities in consecutive slots. */
static void put_back(struct restart *restart, const struct system_cap *cap)
{
    const seL4_CPtr held = held_slot(restart->image, restart->component, cap->cnode, 0);
    const seL4_Uint8 depth = (seL4_Uint8)restart_object(restart, cap->cnode)->argument;
    const seL4_CapRights_t rights =
        seL4_CapRights_new(0, !!(cap->rights & SYSTEM_GRANT), !!(cap->rights & SYSTEM_READ),
                           !!(cap->rights & SYSTEM_WRITE));

    for (uint32_t i = 0; i < cap->count; i++) {
        const uint32_t from =
            held_slot(restart->image, restart->component, cap->object, cap->index + i);

        restart_step(restart,
                     cap->badge ? seL4_CNode_Mint(held, cap->slot + i, depth, SLOT_CNODE, from,
                                                  (seL4_Uint8)restart->depth, rights, cap->badge)
                                : seL4_CNode_Copy(held, cap->slot + i, depth, SLOT_CNODE, from,
                                                  (seL4_Uint8)restart->depth, rights),
                     "putting a capability back");
    }
}

/* Untyped memory was revoked, so it is to be put back in any case. */
void restore_caps(struct restart *restart)
{
    const struct system_cap *caps = system_table(restart->image, SYSTEM_TABLE_CAPS);
    const bool all = can_change_slots(restart);

    if (all) {
        empty_cnode(restart, restart->own->cnode);
        empty_cnode(restart, restart->own->cnode_root);
    }
    for (uint32_t i = 0; i < restart->image->tables[SYSTEM_TABLE_CAPS].count; i++) {
        if (is_its_cnode(restart, caps[i].cnode) && !is_control(restart, caps[i].object) &&
            (all || restart_object(restart, caps[i].object)->kind == SYSTEM_UNTYPED)) {
            put_back(restart, &caps[i]);
        }
    }
}

/* ---- memory ---- */

/* What a fill says about one frame: bytes of it, from `at` of the frame. */
static void fill_frame(const struct restart *restart, const struct system_fill *fill,
                       uint64_t frame_at, uint64_t frame_bytes, char *window)
{
    const uint64_t start = fill->at > frame_at ? fill->at : frame_at;
    const uint64_t fill_end = fill->at + fill->length;
    const uint64_t end = fill_end < frame_at + frame_bytes ? fill_end : frame_at + frame_bytes;

    if (fill->kind == SYSTEM_FILL_BYTES && start < end) {
        memcpy(window + (start - frame_at),
               (const char *)restart->image + fill->source + (start - fill->at), end - start);
    }
}

static void restore_frame(struct restart *restart, uint32_t object, uint32_t index, uint32_t slot)
{
    const struct system_fill *fills = system_table(restart->image, SYSTEM_TABLE_FILLS);
    const unsigned size_bits = restart_object(restart, object)->size_bits;
    const uint64_t bytes = UINT64_C(1) << size_bits;
    seL4_Error error;
    char *window = window_map(restart->image, slot, size_bits, &error);

    if (!restart_step(restart, error, "reaching its memory")) {
        return;
    }
    memset(window, 0, bytes);
    for (uint32_t i = 0; i < restart->image->tables[SYSTEM_TABLE_FILLS].count; i++) {
        if (fills[i].object == object) {
            fill_frame(restart, &fills[i], index * bytes, bytes, window);
        }
    }
    window_unmap(slot);
}

/* All frames the monitor holds for it: program, stack, message buffer, regions that do not
 * persist. */
void restore_memory(struct restart *restart)
{
    const struct system_cap *caps = system_table(restart->image, SYSTEM_TABLE_CAPS);
    const struct held_range range = held_range(restart->component);

    for (uint32_t i = range.first; i < range.end && !restart->doing; i++) {
        if (caps[i].meaning != SYSTEM_CAP_RESTART ||
            restart_object(restart, caps[i].object)->kind != SYSTEM_FRAME) {
            continue;
        }
        for (uint32_t k = 0; k < caps[i].count && !restart->doing; k++) {
            restore_frame(restart, caps[i].object, caps[i].index + k, caps[i].slot + k);
        }
    }
}
