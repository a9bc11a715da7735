// SPDX-License-Identifier: BSD-2-Clause
/* kernel.object.wait_queue: compared with a plain array kept in order. */
#include "object/wait_queue.h"

#include "arch/host/unit_test.h"

enum { THREADS = 24, ROUNDS = 20000 };

static struct tcb threads[THREADS];
static struct tcb *head;
static struct tcb *model[THREADS];
static unsigned model_count;

static void model_insert(struct tcb *tcb)
{
    unsigned at = 0;

    while (at < model_count && model[at]->priority >= tcb->priority) {
        at++;
    }
    for (unsigned i = model_count; i > at; i--) {
        model[i] = model[i - 1];
    }
    model[at] = tcb;
    model_count++;
}

static bool model_remove(const struct tcb *tcb)
{
    for (unsigned i = 0; i < model_count; i++) {
        if (model[i] == tcb) {
            model_count--;
            for (; i < model_count; i++) {
                model[i] = model[i + 1];
            }
            return true;
        }
    }
    return false;
}

static void check_equal(void)
{
    const struct tcb *tcb = head;

    for (unsigned i = 0; i < model_count; i++) {
        CHECK(tcb == model[i]);
        if (tcb == NULL) {
            return;
        }
        tcb = wait_queue_next(head, tcb);
    }
    CHECK(tcb == NULL);
}

static void reset(void)
{
    head = NULL;
    model_count = 0;
    for (unsigned i = 0; i < THREADS; i++) {
        wait_links_init(&threads[i]);
    }
}

static void test_random(void)
{
    reset();
    srand(3);
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct tcb *tcb = &threads[(unsigned)rand() % THREADS];

        if (model_remove(tcb)) {
            wait_queue_remove(&head, tcb);
        } else {
            tcb->priority = (uint8_t)(rand() % 4 * 85);
            wait_queue_insert(&head, tcb);
            model_insert(tcb);
        }
        check_equal();
    }
}

static void test_leader_leaves(void)
{
    reset();
    for (unsigned i = 0; i < 3; i++) {
        threads[i].priority = 9;
        wait_queue_insert(&head, &threads[i]);
    }
    threads[3].priority = 200;
    wait_queue_insert(&head, &threads[3]);
    CHECK(head == &threads[3]);
    wait_queue_remove(&head, &threads[0]);
    CHECK(wait_queue_next(head, &threads[3]) == &threads[1]);
    wait_queue_remove(&head, &threads[3]);
    CHECK(head == &threads[1] && wait_queue_next(head, &threads[1]) == &threads[2]);
    wait_queue_remove(&head, &threads[1]);
    wait_queue_remove(&head, &threads[2]);
    CHECK(head == NULL);
}

int main(void)
{
    static const struct unit_test tests[] = {
        {"wait_queue.random", "highest priority first, first come first served among equals",
         test_random},
        {"wait_queue.leader_leaves", "the second of a priority takes the first one's place",
         test_leader_leaves},
    };

    return unit_run("kernel.object.wait_queue", tests, ARRAY_SIZE(tests));
}
