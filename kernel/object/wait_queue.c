// SPDX-License-Identifier: BSD-2-Clause
#include "object/wait_queue.h"

#include "object/tcb.h"

static struct wait_links *links(struct tcb *tcb)
{
    return &tcb->wait.links;
}

void wait_links_init(struct tcb *tcb)
{
    *links(tcb) = (struct wait_links){tcb, tcb, tcb, tcb};
}

static bool is_leader(const struct tcb *tcb)
{
    return tcb->wait.links.group_next != NULL;
}

/* A new priority, directly before the leader `behind`, or alone. */
static void insert_group(struct tcb **head, struct tcb *tcb, struct tcb *behind)
{
    if (*head == NULL) {
        *head = tcb;
        return;
    }
    struct tcb *before = links(behind)->group_prev;

    links(tcb)->group_next = behind;
    links(tcb)->group_prev = before;
    links(before)->group_next = tcb;
    links(behind)->group_prev = tcb;
    if (behind == *head && tcb->priority > behind->priority) {
        *head = tcb;
    }
}

static void append_to_group(struct tcb *leader, struct tcb *tcb)
{
    struct tcb *last = links(leader)->prev;

    links(tcb)->group_next = links(tcb)->group_prev = NULL;
    links(tcb)->next = leader;
    links(tcb)->prev = last;
    links(last)->next = tcb;
    links(leader)->prev = tcb;
}

void wait_queue_insert(struct tcb **head, struct tcb *tcb)
{
    struct tcb *leader = *head;

    while (leader != NULL && leader->priority > tcb->priority) {
        leader = links(leader)->group_next;
        if (leader == *head) {
            break; /* lower than all: a new group before the head is one at the ring's end */
        }
    }
    if (leader != NULL && leader->priority == tcb->priority) {
        append_to_group(leader, tcb);
    } else {
        insert_group(head, tcb, leader);
    }
}

static void remove_group(struct tcb **head, struct tcb *leader)
{
    struct tcb *next = links(leader)->group_next;
    struct tcb *prev = links(leader)->group_prev;

    links(prev)->group_next = next;
    links(next)->group_prev = prev;
    if (*head == leader) {
        *head = next == leader ? NULL : next;
    }
}

/* The second of a ring takes the leader's place among the leaders. */
static void promote(struct tcb **head, struct tcb *leader, struct tcb *successor)
{
    bool alone = links(leader)->group_next == leader;

    links(successor)->group_next = alone ? successor : links(leader)->group_next;
    links(successor)->group_prev = alone ? successor : links(leader)->group_prev;
    links(links(successor)->group_prev)->group_next = successor;
    links(links(successor)->group_next)->group_prev = successor;
    if (*head == leader) {
        *head = successor;
    }
}

void wait_queue_remove(struct tcb **head, struct tcb *tcb)
{
    struct tcb *next = links(tcb)->next;

    assert(*head != NULL);
    if (is_leader(tcb)) {
        if (next == tcb) {
            remove_group(head, tcb);
        } else {
            promote(head, tcb, next);
        }
    }
    links(links(tcb)->prev)->next = next;
    links(next)->prev = links(tcb)->prev;
    wait_links_init(tcb);
}

struct tcb *wait_queue_next(const struct tcb *head, const struct tcb *tcb)
{
    struct tcb *next = tcb->wait.links.next;

    if (!is_leader(next)) {
        return next;
    }
    next = next->wait.links.group_next; /* back at the leader: on to the next priority */
    return next == head ? NULL : next;
}
