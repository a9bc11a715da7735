// SPDX-License-Identifier: BSD-2-Clause
#include "lib/time_heap.h"

static bool is_before(const struct time_node *a, const struct time_node *b)
{
    return a->time != b->time ? a->time < b->time : a->order < b->order;
}

/* The link that holds (or would hold) the node at a position; position 1 is the root, the bits
 * below its leading one say left (0) or right (1) on the way down. */
static struct time_node **link_at(struct time_heap *heap, uint64_t position,
                                  struct time_node **parent)
{
    struct time_node **link = &heap->root;

    *parent = NULL;
    for (unsigned bit = log2_floor(position); bit-- > 0;) {
        *parent = *link;
        link = position & BIT(bit) ? &(*link)->right : &(*link)->left;
    }
    return link;
}

static struct time_node **link_of(struct time_heap *heap, struct time_node *node)
{
    if (node->parent == NULL) {
        return &heap->root;
    }
    return node->parent->left == node ? &node->parent->left : &node->parent->right;
}

static void adopt_children(struct time_node *node)
{
    if (node->left != NULL) {
        node->left->parent = node;
    }
    if (node->right != NULL) {
        node->right->parent = node;
    }
}

/* Exchanges a node with its child. */
static void swap_with_child(struct time_heap *heap, struct time_node *node, struct time_node *child)
{
    struct time_node **link = link_of(heap, node);
    struct time_node *left = child->left;
    struct time_node *right = child->right;

    child->parent = node->parent;
    if (node->left == child) {
        child->left = node;
        child->right = node->right;
    } else {
        child->right = node;
        child->left = node->left;
    }
    node->left = left;
    node->right = right;
    *link = child;
    adopt_children(child);
    adopt_children(node);
}

static void sift_up(struct time_heap *heap, struct time_node *node)
{
    while (node->parent != NULL && is_before(node, node->parent)) {
        swap_with_child(heap, node->parent, node);
    }
}

static void sift_down(struct time_heap *heap, struct time_node *node)
{
    for (;;) {
        struct time_node *first = node;

        if (node->left != NULL && is_before(node->left, first)) {
            first = node->left;
        }
        if (node->right != NULL && is_before(node->right, first)) {
            first = node->right;
        }
        if (first == node) {
            return;
        }
        swap_with_child(heap, node, first);
    }
}

void time_heap_insert(struct time_heap *heap, struct time_node *node, ticks_t time)
{
    struct time_node *parent;

    heap->count++;
    struct time_node **link = link_at(heap, heap->count, &parent);

    *node = (struct time_node){.parent = parent, .time = time, .order = heap->next_order++};
    *link = node;
    sift_up(heap, node);
}

void time_heap_remove(struct time_heap *heap, struct time_node *node)
{
    struct time_node *parent;
    struct time_node **last_link = link_at(heap, heap->count, &parent);
    struct time_node *last = *last_link;

    *last_link = NULL;
    heap->count--;
    if (last != node) {
        last->parent = node->parent;
        last->left = node->left;
        last->right = node->right;
        *link_of(heap, node) = last;
        adopt_children(last);
        sift_up(heap, last);
        sift_down(heap, last);
    }
    *node = (struct time_node){0};
}
