// SPDX-License-Identifier: BSD-2-Clause
#include "model.h"

#include <stdlib.h>
#include <string.h>

#include <abi/limits.h>

#include "fuzz.h"

enum { NODES_MAX = 1 << 15, HASH_SIZE = 1 << 17, OBJECTS_MAX = 1 << 15 };

static struct node nodes[NODES_MAX];
static struct node *free_nodes;
static unsigned node_top, node_count;
static uint32_t slot_hash[HASH_SIZE]; /* index + 1 of a node */

static struct object objects[OBJECTS_MAX];
static struct object *free_objects, *dead_objects;
static unsigned object_top, object_count, epoch;
static uint32_t object_hash[HASH_SIZE];

static struct node *lists[CAP_TYPE_COUNT][NODES_MAX / 2];
static unsigned list_counts[CAP_TYPE_COUNT];
static struct object *containers[OBJECTS_MAX];
static unsigned container_count;
static unsigned event_count;

/* ---- two hash tables with open addresses, keyed by an address ---- */

static unsigned hash_of(word_t key)
{
    return (unsigned)(key * 0x9e3779b97f4a7c15ull >> 40) & (HASH_SIZE - 1);
}

static word_t node_key(uint32_t entry)
{
    return (word_t)nodes[entry - 1].slot;
}

static word_t object_key(uint32_t entry)
{
    return objects[entry - 1].base;
}

static uint32_t *hash_find(uint32_t *table, word_t key, word_t (*key_of)(uint32_t))
{
    unsigned at = hash_of(key);

    while (table[at] != 0 && key_of(table[at]) != key) {
        at = (at + 1) & (HASH_SIZE - 1);
    }
    return &table[at];
}

/* Takes an entry out and puts those behind it where they belong now. */
static void hash_remove(uint32_t *table, uint32_t *entry, word_t (*key_of)(uint32_t))
{
    unsigned at = (unsigned)(entry - table);

    table[at] = 0;
    for (;;) {
        at = (at + 1) & (HASH_SIZE - 1);
        if (table[at] == 0) {
            return;
        }
        uint32_t moved = table[at];

        table[at] = 0;
        *hash_find(table, key_of(moved), key_of) = moved;
    }
}

/* ---- objects ---- */

struct object *model_object(const void *base)
{
    uint32_t entry = *hash_find(object_hash, (word_t)base, object_key);

    return entry == 0 ? NULL : &objects[entry - 1];
}

struct object *model_next_object(struct object *after)
{
    for (struct object *o = after == NULL ? objects : after + 1; o < objects + object_top; o++) {
        if (o->base != 0 && o->caps > 0) {
            return o;
        }
    }
    return NULL;
}

static bool is_container_type(unsigned type)
{
    return type == CAP_CNODE || type == CAP_TCB;
}

static struct object *new_object(word_t base, word_t size_bytes, unsigned type)
{
    struct object *object = free_objects;

    if (object != NULL) {
        free_objects = object->next_dead;
    } else {
        EXPECT(object_top < OBJECTS_MAX, "model: too many objects");
        object = &objects[object_top++];
    }
    *object = (struct object){
        .base = base, .size_bytes = size_bytes, .type = (uint8_t)type, .epoch = ++epoch};
    *hash_find(object_hash, base, object_key) = (uint32_t)(object - objects) + 1;
    object_count++;
    if (is_container_type(type)) {
        containers[container_count++] = object;
    }
    return object;
}

/* The memory a capability stands for, in arena addresses; false: none of its own. */
static bool object_region(struct cap cap, word_t *base, word_t *size_bytes)
{
    paddr_t paddr;

    if (cap.type == CAP_UNTYPED || !cap_region(cap, &paddr, size_bytes)) {
        return false;
    }
    *base = cap.type == CAP_FRAME ? 0x200000000000ull + paddr : (word_t)cap_object(cap);
    return true;
}

static struct object *take_object(struct cap cap)
{
    word_t base, size_bytes;
    const unsigned type = cap.type;

    if (!object_region(cap, &base, &size_bytes)) {
        return NULL;
    }
    struct object *object = model_object((void *)base);

    if (object == NULL) {
        object = new_object(base, size_bytes, type);
    }
    EXPECT(object->type == type && object->size_bytes == size_bytes,
           "memory at 0x%lx is reused as a %s while it still is a %s (epoch %u, %u capabilities)",
           base, cap_name(cap), cap_name((struct cap){.type = object->type}), object->epoch,
           object->caps);
    object->caps++;
    return object;
}

static void drop_object(struct object *object)
{
    if (object == NULL || --object->caps > 0) {
        return;
    }
    hash_remove(object_hash, hash_find(object_hash, object->base, object_key), object_key);
    object_count--;
    for (unsigned i = 0; is_container_type(object->type) && i < container_count; i++) {
        if (containers[i] == object) {
            containers[i] = containers[--container_count];
        }
    }
    object->next_dead = dead_objects;
    dead_objects = object;
}

struct object *model_take_dead(void)
{
    static struct object copies[OBJECTS_MAX];
    unsigned count = 0;

    while (dead_objects != NULL) {
        struct object *object = dead_objects;

        dead_objects = object->next_dead;
        copies[count] = *object;
        copies[count].next_dead = count == 0 ? NULL : &copies[count - 1];
        count++;
        object->base = 0;
        object->next_dead = free_objects;
        free_objects = object;
    }
    return count == 0 ? NULL : &copies[count - 1];
}

struct object *model_container(const struct slot *slot)
{
    for (unsigned i = 0; i < container_count; i++) {
        struct object *c = containers[i];
        word_t bytes = c->type == CAP_TCB ? 5 * sizeof(struct slot) : c->size_bytes;

        if ((word_t)slot - c->base < bytes) {
            return c;
        }
    }
    return NULL;
}

/* ---- nodes ---- */

struct node *model_find(const struct slot *slot)
{
    uint32_t entry = *hash_find(slot_hash, (word_t)slot, node_key);

    return entry == 0 ? NULL : &nodes[entry - 1];
}

struct node_list model_list(enum cap_type type)
{
    return (struct node_list){.nodes = lists[type], .count = list_counts[type]};
}

struct node_list model_all(void)
{
    static struct node *all[NODES_MAX];
    unsigned count = 0;

    for (unsigned i = 0; i < node_top; i++) {
        if (nodes[i].slot != NULL) {
            all[count++] = &nodes[i];
        }
    }
    return (struct node_list){.nodes = all, .count = count};
}

unsigned model_node_count(void)
{
    return node_count;
}

unsigned model_object_count(void)
{
    return object_count;
}

unsigned model_event_count(void)
{
    return event_count;
}

static void list_add(struct node *node)
{
    node->list_index = list_counts[node->type];
    lists[node->type][list_counts[node->type]++] = node;
}

static void list_remove(struct node *node)
{
    struct node *last = lists[node->type][--list_counts[node->type]];

    lists[node->type][node->list_index] = last;
    last->list_index = node->list_index;
}

static struct node *new_node(struct slot *slot, struct cap cap)
{
    struct node *node = free_nodes;

    EXPECT(model_find(slot) == NULL, "slot %p is filled while it is not empty", (void *)slot);
    if (node != NULL) {
        free_nodes = node->parent;
    } else {
        EXPECT(node_top < NODES_MAX, "model: too many capabilities");
        node = &nodes[node_top++];
    }
    *node = (struct node){.slot = slot, .type = cap.type};
    if (cap.type == CAP_UNTYPED) {
        node->base = cap_paddr(cap);
        node->size_bytes = BIT(cap.bits);
    }
    node->object = take_object(cap);
    *hash_find(slot_hash, (word_t)slot, node_key) = (uint32_t)(node - nodes) + 1;
    node_count++;
    event_count++;
    list_add(node);
    return node;
}

static struct node *must_find(struct slot *slot)
{
    struct node *node = model_find(slot);

    EXPECT(node != NULL, "slot %p is used as if it held a capability", (void *)slot);
    return node;
}

static void adopt(struct node *parent, struct node *child)
{
    child->parent = parent;
    child->prev_sibling = NULL;
    child->next_sibling = NULL;
    if (parent != NULL) {
        child->next_sibling = parent->first_child;
        if (parent->first_child != NULL) {
            parent->first_child->prev_sibling = child;
        }
        parent->first_child = child;
    }
}

static void leave(struct node *child)
{
    if (child->prev_sibling != NULL) {
        child->prev_sibling->next_sibling = child->next_sibling;
    } else if (child->parent != NULL) {
        child->parent->first_child = child->next_sibling;
    }
    if (child->next_sibling != NULL) {
        child->next_sibling->prev_sibling = child->prev_sibling;
    }
}

static void set_slot(struct node *node, struct slot *slot)
{
    node->slot = slot;
    *hash_find(slot_hash, (word_t)slot, node_key) = (uint32_t)(node - nodes) + 1;
}

static void unset_slot(struct node *node)
{
    hash_remove(slot_hash, hash_find(slot_hash, (word_t)node->slot, node_key), node_key);
}

/* ---- the events ---- */

void model_root(struct slot *slot, struct cap cap)
{
    struct node *node = new_node(slot, cap);

    node->is_original = true;
    adopt(NULL, node);
}

/* Which copies may have children of their own. */
static bool is_original_copy(const struct node *source, struct cap cap)
{
    switch (cap.type) {
    case CAP_ENDPOINT:
    case CAP_NOTIFICATION: return source->slot->cap.data != cap.data; /* a badge was given */
    case CAP_UNTYPED: return true;
    case CAP_IRQ_HANDLER: return source->type == CAP_IRQ_CONTROL;
    case CAP_IO_PORT: return source->type == CAP_IO_PORT_CONTROL;
    default: return false;
    }
}

void model_copy(struct slot *destination, struct slot *source_slot, struct cap cap)
{
    struct node *source = must_find(source_slot);
    struct node *node = new_node(destination, cap);

    node->is_original = is_original_copy(source, cap);
    adopt(source->is_original ? source : source->parent, node);
    if (node->type == CAP_UNTYPED) {
        source->watermark = source->size_bytes;
    }
}

/* Objects are aligned in the kernel's own addresses, which the interface has fixed: of the physical
 * ones those above half a TiB are not. */
static paddr_t align_object(paddr_t paddr, word_t size_bytes)
{
    return ((paddr + UNTYPED_ALIGN_BIAS + size_bytes - 1) & ~(size_bytes - 1)) - UNTYPED_ALIGN_BIAS;
}

/* What Retype and MakePool make out of untyped memory. */
void model_create(struct slot *destination, struct slot *source_slot, struct cap cap)
{
    struct node *source = must_find(source_slot);
    paddr_t base = 0;
    word_t size_bytes = 0;

    EXPECT(source->type == CAP_UNTYPED, "an object is made out of a %s",
           cap_name(source_slot->cap));
    EXPECT(cap_region(cap, &base, &size_bytes), "an object without memory is made");
    const word_t used = source->first_child == NULL ? 0 : source->watermark;
    const paddr_t expected = align_object(source->base + used, size_bytes);

    EXPECT(
        base == expected && base + size_bytes <= source->base + source->size_bytes,
        "a %s of %lu bytes is made at 0x%lx, expected 0x%lx in untyped 0x%lx + 0x%lx, used 0x%lx",
        cap_name(cap), size_bytes, base, expected, source->base, source->size_bytes, used);
    source->watermark = base + size_bytes - source->base;

    struct node *node = new_node(destination, cap);

    EXPECT(node->object == NULL || node->object->caps == 1,
           "a new %s at 0x%lx takes the memory of one that still exists", cap_name(cap), base);
    node->is_original = true;
    adopt(source, node);
}

void model_move(struct slot *destination, struct slot *source)
{
    struct node *node = must_find(source);

    EXPECT(model_find(destination) == NULL, "slot %p is moved over a capability",
           (void *)destination);
    unset_slot(node);
    set_slot(node, destination);
    event_count++;
}

void model_swap(struct slot *a, struct slot *b)
{
    struct node *in_a = model_find(a);
    struct node *in_b = model_find(b);

    if (in_a != NULL) {
        unset_slot(in_a);
    }
    if (in_b != NULL) {
        unset_slot(in_b);
    }
    if (in_a != NULL) {
        set_slot(in_a, b);
    }
    if (in_b != NULL) {
        set_slot(in_b, a);
    }
    event_count++;
}

/* The children of what is deleted become its parent's. */
void model_clear(struct slot *slot)
{
    struct node *node = must_find(slot);
    struct node *child = node->first_child;

    while (child != NULL) {
        struct node *next = child->next_sibling;

        adopt(node->parent, child);
        child = next;
    }
    leave(node);
    unset_slot(node);
    list_remove(node);
    drop_object(node->object);
    node->slot = NULL;
    node->parent = free_nodes;
    free_nodes = node;
    node_count--;
    event_count++;
}

void model_begin_clearing(struct slot *slot, word_t watermark)
{
    struct node *node = must_find(slot);
    const word_t used = node->first_child == NULL ? 0 : node->watermark;

    EXPECT(watermark >= used && watermark < node->size_bytes,
           "untyped at %p: an interrupted clearing moves the watermark from 0x%lx to 0x%lx",
           (void *)slot, used, watermark);
    node->watermark = watermark;
}

void model_reset(void)
{
    node_top = node_count = object_top = object_count = epoch = container_count = event_count = 0;
    free_nodes = NULL;
    free_objects = dead_objects = NULL;
    memset(slot_hash, 0, sizeof(slot_hash));
    memset(object_hash, 0, sizeof(object_hash));
    memset(list_counts, 0, sizeof(list_counts));
}

/* ---- questions ---- */

word_t model_free_bytes(const struct node *untyped)
{
    return untyped->size_bytes - (untyped->first_child == NULL ? 0 : untyped->watermark);
}

void model_mark_below(struct node *node)
{
    static struct node *marked[NODES_MAX];
    static unsigned count;
    unsigned done = 0;

    while (count > 0) {
        marked[--count]->is_marked = false;
    }
    if (node == NULL) {
        return;
    }
    struct node *at = node;

    for (;;) {
        for (struct node *child = at->first_child; child != NULL; child = child->next_sibling) {
            child->is_marked = true;
            marked[count++] = child;
        }
        if (done == count) {
            return;
        }
        at = marked[done++];
    }
}
