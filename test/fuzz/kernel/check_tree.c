// SPDX-License-Identifier: BSD-2-Clause
/* The derivation tree, and who owns which memory. */
#include <stdlib.h>

#include "check.h"
#include "core/core.h"
#include "core/derivation.h"
#include "fuzz.h"
#include "object/tcb.h"
#include "object/untyped.h"
#include <arch/kernel_map.h>

static unsigned round_number;

/* ---- every slot, whether or not anything leads to it ---- */

static unsigned count_slots(const struct object *object)
{
    const struct slot *slots = (const struct slot *)object->base;
    const word_t count =
        object->type == CAP_TCB ? (word_t)TCB_SLOT_COUNT : object->size_bytes / sizeof(*slots);
    unsigned found = 0;

    for (word_t i = 0; i < count; i++) {
        if (!slot_is_empty(&slots[i])) {
            EXPECT(model_find(&slots[i]) != NULL, "slot %p holds a %s that nobody put there",
                   (const void *)&slots[i], cap_name(slots[i].cap));
            found++;
        } else {
            EXPECT(slots[i].prev_word == 0 && slots[i].next_word == 0,
                   "slot %p is empty but has links", (const void *)&slots[i]);
        }
    }
    return found;
}

static void check_all_slots(struct node_list all)
{
    unsigned inside = 0, found = 0;

    for (unsigned i = 0; i < all.count; i++) {
        inside += model_container(all.nodes[i]->slot) != NULL;
    }
    for (struct object *o = model_next_object(NULL); o != NULL; o = model_next_object(o)) {
        if (o->type == CAP_CNODE || o->type == CAP_TCB) {
            found += count_slots(o);
        }
    }
    EXPECT(found == inside, "%u slots are in use, the model knows %u", found, inside);
}

/* ---- one capability ---- */

static void check_flags(const struct node *node)
{
    const struct slot *slot = node->slot;

    EXPECT(((slot_flags(slot) & SLOT_ORIGINAL) != 0) == node->is_original,
           "slot %p (%s): original flag %u, the model says %d", (const void *)slot,
           cap_name(slot->cap), slot_flags(slot) & SLOT_ORIGINAL, node->is_original);
}

static void check_node(struct node *node)
{
    const struct slot *slot = node->slot;
    const struct cap cap = slot->cap;
    const bool is_zombie = cap.type == CAP_ZOMBIE;

    EXPECT(cap.type == node->type ||
               (is_zombie && (node->type == CAP_CNODE || node->type == CAP_TCB)),
           "slot %p holds a %s, expected a %s", (const void *)slot, cap_name(cap),
           cap_name((struct cap){.type = node->type}));
    if (is_zombie) {
        EXPECT(node->object->caps == 1, "a zombie at %p is not the last capability",
               (const void *)slot);
        node->object->is_zombie = true;
    }
    if (node->object != NULL) {
        const word_t base =
            cap.type == CAP_FRAME ? (word_t)phys_to_virt(cap_paddr(cap)) : (word_t)cap_object(cap);

        EXPECT(base == node->object->base, "slot %p names 0x%lx, expected 0x%lx",
               (const void *)slot, base, node->object->base);
    }
    if (cap.type == CAP_UNTYPED && node->first_child != NULL) {
        EXPECT(untyped_watermark(cap) == node->watermark,
               "untyped at %p: watermark 0x%lx, expected 0x%lx", (const void *)slot,
               untyped_watermark(cap), node->watermark);
    }
    if (cap.type == CAP_CNODE) {
        const bool is_whole = cap_guard(cap) == 0 && cap_guard_size(cap) + cap.bits == WORD_BITS;
        const bool is_plain = cap.data == 0;

        EXPECT(cap_guard_size(cap) + cap.bits <= WORD_BITS, "slot %p: guard too large",
               (const void *)slot);
        EXPECT(cap_is_cnode_of(cap, CNODE_WHOLE) == is_whole &&
                   cap_is_cnode_of(cap, CNODE_PLAIN) == is_plain,
               "slot %p: wrong kind of CNode", (const void *)slot);
        EXPECT((cap_guard(cap) & ~MASK(cap_guard_size(cap))) == 0, "slot %p: guard beyond its size",
               (const void *)slot);
    }
    check_flags(node);
}

/* ---- the lists are the model's tree in pre-order ---- */

enum { DEPTH_MAX = 4096 };

/* Walks one family and compares each one's parent. Returns how many there are. */
static unsigned check_family(const struct slot *first)
{
    static const struct slot *stack[DEPTH_MAX];
    unsigned depth = 0, count = 0;
    const struct slot *prev = NULL;

    for (const struct slot *slot = first; slot != NULL; prev = slot, slot = slot_next(slot)) {
        struct node *node = model_find(slot);

        EXPECT(node != NULL, "slot %p is linked but holds nothing", (const void *)slot);
        EXPECT(node->visited != round_number, "slot %p is in two lists", (const void *)slot);
        EXPECT(slot_prev(slot) == prev, "slot %p: its predecessor is %p, expected %p",
               (const void *)slot, (const void *)slot_prev(slot), (const void *)prev);
        node->visited = round_number;
        while (depth > 0 && !slot_is_parent(stack[depth - 1], slot)) {
            depth--;
        }
        const struct slot *parent = depth == 0 ? NULL : stack[depth - 1];
        const struct slot *expected = node->parent == NULL ? NULL : node->parent->slot;

        EXPECT(parent == expected, "slot %p (%s): its parent is %p, expected %p",
               (const void *)slot, cap_name(slot->cap), (const void *)parent,
               (const void *)expected);
        EXPECT(depth < DEPTH_MAX, "the tree is too deep");
        stack[depth++] = slot;
        count++;
    }
    return count;
}

void check_tree(void)
{
    const struct node_list all = model_all();
    unsigned linked = 0;

    round_number++;
    for (struct object *o = model_next_object(NULL); o != NULL; o = model_next_object(o)) {
        o->is_zombie = false;
    }
    check_all_slots(all);
    for (unsigned i = 0; i < all.count; i++) {
        check_node(all.nodes[i]);
    }
    for (unsigned i = 0; i < all.count; i++) {
        if (slot_prev(all.nodes[i]->slot) == NULL) {
            linked += check_family(all.nodes[i]->slot);
        }
    }
    EXPECT(linked == all.count, "%u capabilities are in lists, there are %u", linked, all.count);
}

/* ---- memory ---- */

static int by_base(const void *a, const void *b)
{
    const struct object *x = *(struct object *const *)a;
    const struct object *y = *(struct object *const *)b;

    return x->base < y->base ? -1 : x->base > y->base;
}

static void check_overlaps(void)
{
    static struct object *sorted[1 << 15];
    unsigned count = 0;

    for (struct object *o = model_next_object(NULL); o != NULL; o = model_next_object(o)) {
        sorted[count++] = o;
    }
    qsort(sorted, count, sizeof(*sorted), by_base);
    for (unsigned i = 0; i + 1 < count; i++) {
        EXPECT(sorted[i]->base + sorted[i]->size_bytes <= sorted[i + 1]->base,
               "a %s at 0x%lx + 0x%lx and a %s at 0x%lx overlap",
               cap_name((struct cap){.type = sorted[i]->type}), sorted[i]->base,
               sorted[i]->size_bytes, cap_name((struct cap){.type = sorted[i + 1]->type}),
               sorted[i + 1]->base);
    }
}

static void check_inside_parent(const struct node *node)
{
    const struct node *parent = node->parent;
    paddr_t base;
    word_t size_bytes;

    if (parent == NULL || parent->type != CAP_UNTYPED ||
        !cap_region(node->slot->cap, &base, &size_bytes)) {
        return;
    }
    EXPECT(base >= parent->base && base + size_bytes <= parent->base + parent->watermark,
           "slot %p (%s): 0x%lx + 0x%lx is outside what untyped 0x%lx has handed out (0x%lx)",
           (const void *)node->slot, cap_name(node->slot->cap), base, size_bytes, parent->base,
           parent->watermark);
}

void check_memory(void)
{
    const struct node_list all = model_all();

    check_overlaps();
    for (unsigned i = 0; i < all.count; i++) {
        check_inside_parent(all.nodes[i]);
    }
}
