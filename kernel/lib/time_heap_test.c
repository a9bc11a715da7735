// SPDX-License-Identifier: BSD-2-Clause
/* kernel.lib.time_heap: compared with a list that is searched from end to end. */
#include "lib/time_heap.h"

#include "arch/host/unit_test.h"

enum { NODES = 60, ROUNDS = 20000 };

static struct time_heap heap;
static struct time_node nodes[NODES];
static bool is_in[NODES];

static void check_node(const struct time_node *node, const struct time_node *parent)
{
    if (node != NULL) {
        CHECK(node->parent == parent);
        CHECK(parent == NULL || parent->time <= node->time);
        check_node(node->left, node);
        check_node(node->right, node);
    }
}

/* The earliest of those that are in; the first that came among equals. */
static const struct time_node *expected_first(void)
{
    const struct time_node *first = NULL;

    for (unsigned i = 0; i < NODES; i++) {
        if (is_in[i] && (first == NULL || nodes[i].time < first->time ||
                         (nodes[i].time == first->time && nodes[i].order < first->order))) {
            first = &nodes[i];
        }
    }
    return first;
}

static void test_random(void)
{
    srand(7);
    for (unsigned round = 0; round < ROUNDS; round++) {
        const unsigned i = (unsigned)rand() % NODES;

        if (is_in[i]) {
            time_heap_remove(&heap, &nodes[i]);
        } else {
            time_heap_insert(&heap, &nodes[i], (ticks_t)(rand() % 40));
        }
        is_in[i] = !is_in[i];
        check_node(heap.root, NULL);
        CHECK(time_heap_first(&heap) == expected_first());
    }
}

static void test_equal_times(void)
{
    heap = (struct time_heap){0};
    for (unsigned i = 0; i < NODES; i++) {
        time_heap_insert(&heap, &nodes[i], 5);
    }
    for (unsigned i = 0; i < NODES; i++) {
        CHECK(time_heap_first(&heap) == &nodes[i]);
        time_heap_remove(&heap, &nodes[i]);
    }
    CHECK(time_heap_first(&heap) == NULL && heap.count == 0);
}

int main(void)
{
    static const struct unit_test tests[] = {
        {"time_heap.random", "the first is the earliest whatever comes and goes", test_random},
        {"time_heap.equal_times", "equal times leave in the order they came", test_equal_times},
    };

    return unit_run("kernel.lib.time_heap", tests, ARRAY_SIZE(tests));
}
