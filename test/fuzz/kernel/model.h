// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the derivation tree and the books of untyped memory should be, kept in the plain
 * way: every capability knows its parent and its children, every untyped capability its
 * watermark. And which objects exist: those that some capability names.
 *
 * The kernel's five derivation primitives tell the model what they were asked to do
 * (watch.c); the kernel's own structures are never read to find out. Comparing the two
 * is the checks' business.
 */
#pragma once

#include "object/slot.h"

struct object {
    word_t base; /* address in the arena; 0: unused entry */
    word_t size_bytes;
    uint8_t type; /* enum cap_type; never CAP_ZOMBIE */
    unsigned caps;
    unsigned epoch;     /* order of creation */
    bool is_zombie;     /* noted by the full check */
    unsigned mark;      /* of the full check */
    ticks_t budget;     /* scheduling context: as configured */
    uint64_t fpu_token; /* TCB: what it left in the FPU */
    struct object *next_dead;
};

struct node {
    struct slot *slot; /* NULL: unused */
    struct node *parent, *first_child, *next_sibling, *prev_sibling;
    uint8_t type; /* enum cap_type when it was inserted */
    bool is_original;
    bool is_marked;          /* below the capability being revoked */
    unsigned list_index;     /* place in model_list(type) */
    struct object *object;   /* NULL: stands for no object */
    word_t base, size_bytes; /* untyped */
    word_t watermark;        /* untyped: valid while there are children */
    unsigned visited;        /* of the full check */
};

struct node_list {
    struct node **nodes;
    unsigned count;
};

void model_reset(void);

/* ---- told by the watch ---- */

void model_root(struct slot *slot, struct cap cap);
void model_copy(struct slot *destination, struct slot *source, struct cap cap);
void model_create(struct slot *destination, struct slot *source, struct cap cap);
void model_move(struct slot *destination, struct slot *source);
void model_swap(struct slot *a, struct slot *b);
void model_clear(struct slot *slot);

/* An interrupted clearing has put the watermark at the start of what it clears. */
void model_begin_clearing(struct slot *untyped, word_t watermark);

/* ---- asked by checks and generator ---- */

struct node *model_find(const struct slot *slot);
struct node_list model_list(enum cap_type type);
struct node_list model_all(void);
struct object *model_object(const void *base);
struct object *model_next_object(struct object *after);
unsigned model_node_count(void);
unsigned model_object_count(void);
unsigned model_event_count(void);

/* The container (CNode or TCB) the slot lies in, NULL if in none. */
struct object *model_container(const struct slot *slot);

/* Free bytes of an untyped capability. */
word_t model_free_bytes(const struct node *untyped);

/* The objects that died since the last call, linked by next_dead; they are forgotten. */
struct object *model_take_dead(void);

/* Marks everything below a node, nothing else. NULL: unmarks everything. */
void model_mark_below(struct node *node);
