// SPDX-License-Identifier: BSD-2-Clause
/*
 * The kernel's derivation.c is compiled here once more, with its public functions under
 * other names, and the names the rest of the kernel calls are defined below. The fuzzer
 * is linked with this instead of the original: no hook in the kernel, and calls that the
 * primitives make among themselves are not seen twice.
 */
#include "core/derivation.h"

static void real_insert(struct slot *destination, struct slot *source, struct cap cap);
static void real_insert_original(struct slot *destination, struct slot *source, struct cap cap);
static void real_insert_root(struct slot *destination, struct cap cap);
static void real_insert_run(struct slot *first, word_t count, struct slot *source, struct cap cap,
                            word_t step_bytes);
static void real_move(struct slot *destination, struct slot *source, struct cap cap);
static void real_swap(struct slot *a, struct slot *b);
static void real_clear(struct slot *slot);

#define slot_insert          real_insert
#define slot_insert_original real_insert_original
#define slot_insert_root     real_insert_root
#define slot_insert_run      real_insert_run
#define slot_move            real_move
#define slot_swap            real_swap
#define slot_clear           real_clear
#include "core/derivation.c"
#undef slot_insert
#undef slot_insert_original
#undef slot_insert_root
#undef slot_insert_run
#undef slot_move
#undef slot_swap
#undef slot_clear

#include "fuzz.h"
#include "model.h"
#include "watch.h"
#include <arch/kernel_map.h>

static enum removal removal;
static const struct slot *removal_target;

void watch_expect(enum removal what, const struct slot *target)
{
    removal = what;
    removal_target = target;
    model_mark_below(what == REMOVE_BELOW ? model_find(target) : NULL);
}

/* Does the kernel see what the model sees around this slot? */
static void compare(struct slot *slot)
{
    const struct node *node = slot == NULL ? NULL : model_find(slot);

    if (slot == NULL) {
        return;
    }
    EXPECT(node != NULL, "slot %p is linked but holds nothing", (void *)slot);
    EXPECT(slot_has_children(slot) == (node->first_child != NULL),
           "slot %p (%s): the kernel sees %s, the model %s", (void *)slot, cap_name(slot->cap),
           slot_has_children(slot) ? "children" : "none", node->first_child ? "some" : "none");
    EXPECT(slot_next(slot) == NULL || slot_prev(slot_next(slot)) == slot,
           "slot %p: its successor does not lead back", (void *)slot);
    EXPECT(slot_prev(slot) == NULL || slot_next(slot_prev(slot)) == slot,
           "slot %p: its predecessor does not lead here", (void *)slot);
}

static void compare_around(struct slot *slot)
{
    compare(slot_prev(slot));
    compare(slot);
    compare(slot_next(slot));
}

/* New objects are made in zeroed memory: nothing is left. (Large ones: in part.)
 */
static void check_is_clear(struct cap cap)
{
    enum { LOOK_BYTES = 8192 };
    paddr_t base;
    word_t size_bytes;

    if (cap.type == CAP_UNTYPED || (cap.type == CAP_FRAME && cap.flag) ||
        !cap_region(cap, &base, &size_bytes)) {
        return;
    }
    const word_t *words = phys_to_virt(base);
    const word_t count = size_bytes / sizeof(word_t);

    for (word_t i = 0; i < MIN(count, (word_t)LOOK_BYTES / sizeof(word_t)); i++) {
        EXPECT(words[i] == 0, "a new %s at 0x%lx is not empty: word %lu is 0x%lx", cap_name(cap),
               base, i, words[i]);
    }
    EXPECT(words[count - 1] == 0, "a new %s at 0x%lx ends in 0x%lx", cap_name(cap), base,
           words[count - 1]);
}

void slot_insert(struct slot *destination, struct slot *source, struct cap cap)
{
    model_copy(destination, source, cap);
    real_insert(destination, source, cap);
    compare_around(destination);
}

void slot_insert_original(struct slot *destination, struct slot *source, struct cap cap)
{
    model_create(destination, source, cap);
    check_is_clear(cap);
    real_insert_original(destination, source, cap);
    compare_around(destination);
}

void slot_insert_run(struct slot *first, word_t count, struct slot *source, struct cap cap,
                     word_t step_bytes)
{
    struct cap next = cap;

    for (word_t i = 0; i < count; i++) {
        model_create(&first[i], source, next);
        check_is_clear(next);
        next.object += (int64_t)step_bytes;
    }
    real_insert_run(first, count, source, cap, step_bytes);
    for (word_t i = 0; i < count; i++) {
        compare(&first[i]);
    }
    compare(source);
}

void slot_insert_root(struct slot *destination, struct cap cap)
{
    model_root(destination, cap);
    real_insert_root(destination, cap);
    compare_around(destination);
}

void slot_move(struct slot *destination, struct slot *source, struct cap cap)
{
    model_move(destination, source);
    real_move(destination, source, cap);
    compare_around(destination);
}

void slot_swap(struct slot *a, struct slot *b)
{
    model_swap(a, b);
    real_swap(a, b);
    if (!slot_is_empty(a)) {
        compare_around(a);
    }
    if (!slot_is_empty(b)) {
        compare_around(b);
    }
}

bool watch_is_dying(const struct slot *slot)
{
    const struct object *container = model_container(slot);
    const struct node_list list = container == NULL ? (struct node_list){NULL, 0}
                                                    : model_list((enum cap_type)container->type);

    for (unsigned i = 0; i < list.count; i++) {
        if (list.nodes[i]->object == container) {
            return list.nodes[i]->slot->cap.type == CAP_ZOMBIE;
        }
    }
    return true; /* lies in no container any more, or never did: an interrupt's slot */
}

static bool is_held(const struct slot *slot)
{
    const struct object *container = model_container(slot);

    return container == NULL || container->type == CAP_TCB;
}

static void check_removal(const struct slot *slot)
{
    const struct node *node = model_find(slot);
    bool is_asked_for = (removal == REMOVE_TARGET && slot == removal_target) ||
                        (removal == REMOVE_BELOW && node != NULL && node->is_marked) ||
                        (removal == REMOVE_HELD && is_held(slot));

    EXPECT(is_asked_for || (removal != REMOVE_NOTHING && watch_is_dying(slot)),
           "slot %p (%s) is emptied though nobody asked for it", (const void *)slot,
           cap_name(slot->cap));
}

void slot_clear(struct slot *slot)
{
    struct slot *prev = slot_prev(slot);
    struct slot *next = slot_next(slot);

    check_removal(slot);
    model_clear(slot);
    real_clear(slot);
    compare(prev);
    compare(next);
}
