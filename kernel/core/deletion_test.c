// SPDX-License-Identifier: BSD-2-Clause
/*
 * kernel.core.deletion: containers in containers, circles of them, and interruptions at
 * every point, on the simulated machine. Each test leaves its untyped without children.
 */
#include "core/deletion.h"

#include "arch/host/unit_test.h"
#include "core/derivation.h"
#include "object/untyped.h"

enum { RADIX = 3, COUNT = 6 };

static word_t untyped, first;
static bool interrupts;

static bool preempt(void)
{
    host_core->work = PREEMPTION_WORK;
    return interrupts;
}

/* COUNT CNodes with their only capabilities in slots first, first + 1 ... */
static void make_cnodes(void)
{
    CHECK(unit_retype(untyped, TYPE_CNODE, RADIX, first, COUNT) == ERR_NONE);
}

static struct slot *inside(word_t container, unsigned index)
{
    return (struct slot *)cap_object(unit_slot(container)->cap) + index;
}

static void move(struct slot *to, struct slot *from)
{
    slot_move(to, from, from->cap);
}

/* As a user does: again and again until it is done; one look each time when interrupted. */
static unsigned call_until_done(enum abi_method method, word_t slot)
{
    unsigned calls = 1;

    host_core->work = PREEMPTION_WORK;
    unit_cnode(method, slot, 0, 0);
    while (host_core->current->context.entry == ENTRY_TRAP && calls < 10000) {
        calls++;
        host_core->work = PREEMPTION_WORK;
        host_syscall((word_t)SYS_CALL);
    }
    return calls;
}

static void check_all_gone(void)
{
    CHECK(!slot_has_children(unit_slot(untyped)));
    for (unsigned i = 0; i < COUNT; i++) {
        CHECK(slot_is_empty(unit_slot(first + i)));
    }
}

static void make_chain(void)
{
    make_cnodes();
    for (unsigned i = COUNT - 1; i > 0; i--) {
        move(inside(first + i - 1, i % (1 << RADIX)), unit_slot(first + i));
    }
}

static void test_chain(void)
{
    interrupts = false;
    make_chain();
    CHECK(call_until_done(METHOD_CNODE_DELETE, first) == 1);
    check_all_gone();
}

static void test_chain_interrupted(void)
{
    interrupts = true;
    make_chain();
    CHECK(call_until_done(METHOD_CNODE_DELETE, first) > COUNT);
    interrupts = false;
    check_all_gone();
}

/* Each holds the next one's last capability, the last one the first one's copy. */
static void make_circle(void)
{
    struct slot *back;

    make_cnodes();
    back = inside(first + COUNT - 1, 0);
    slot_insert(back, unit_slot(first), unit_slot(first)->cap);
    for (unsigned i = COUNT - 1; i > 0; i--) {
        move(inside(first + i - 1, 5), unit_slot(first + i));
    }
}

/* The way back in the container `depth` steps down the circle. */
static struct slot *inside_of(struct cap cnode, unsigned depth)
{
    for (; depth > 0; depth--) {
        cnode = ((struct slot *)cap_object(cnode) + 5)->cap;
    }
    return cap_object(cnode);
}

static void test_circle(void)
{
    interrupts = false;
    make_circle();
    call_until_done(METHOD_CNODE_REVOKE, untyped);
    check_all_gone();
}

static void test_circle_interrupted(void)
{
    interrupts = true;
    make_circle();
    call_until_done(METHOD_CNODE_REVOKE, untyped);
    interrupts = false;
    check_all_gone();
}

/* Only the capability in the last container is deleted, from outside: all must go with it. */
static void test_circle_from_inside(void)
{
    struct slot *back;

    interrupts = true;
    make_circle();
    back = inside_of(unit_slot(first)->cap, COUNT - 1);
    call_until_done(METHOD_CNODE_DELETE, first);
    while (slot_delete(back) == PROGRESS_PREEMPTED) {
        host_core->work = PREEMPTION_WORK;
    }
    interrupts = false;
    CHECK(slot_is_empty(back));
    check_all_gone();
}

/* The capability that is deleted lies inside the container it names. */
static void test_own_container(void)
{
    interrupts = true;
    make_cnodes();
    for (unsigned i = 0; i < COUNT; i++) {
        move(inside(first + i, i), unit_slot(first + i));
    }
    call_until_done(METHOD_CNODE_REVOKE, untyped);
    interrupts = false;
    check_all_gone();
}

/* Two deletions, the second of a container in which the first was interrupted. */
static void test_two_deletions(void)
{
    interrupts = true;
    make_chain();
    for (unsigned i = 0; i < 7; i++) {
        host_core->work = PREEMPTION_WORK;
        unit_cnode(METHOD_CNODE_DELETE, first, 0, 0);
    }
    CHECK(unit_slot(first)->cap.type == CAP_ZOMBIE);
    CHECK(unit_cnode(METHOD_CNODE_COPY, first + 1, first, 0) == ERR_ILLEGAL_OPERATION);
    call_until_done(METHOD_CNODE_REVOKE, untyped);
    interrupts = false;
    check_all_gone();
}

static void test_thread_with_its_cspace(void)
{
    interrupts = true;
    make_cnodes();
    CHECK(unit_retype(untyped, TYPE_TCB, 0, first + COUNT, 1) == ERR_NONE);
    struct tcb *tcb = cap_object(unit_slot(first + COUNT)->cap);

    /* The CNode holds the TCB's only capability, the TCB the CNode's. */
    move(inside(first, 2), unit_slot(first + COUNT));
    move(&tcb->slots[TCB_SLOT_CSPACE], unit_slot(first));
    call_until_done(METHOD_CNODE_REVOKE, untyped);
    interrupts = false;
    check_all_gone();
}

int main(void)
{
    static const struct unit_test tests[] = {
        {"deletion.chain", "a chain of containers goes with its first", test_chain},
        {"deletion.chain_interrupted", "interrupted at every point, it goes all the same",
         test_chain_interrupted},
        {"deletion.circle", "containers that hold each other go with their memory", test_circle},
        {"deletion.circle_interrupted", "and when interrupted at every point",
         test_circle_interrupted},
        {"deletion.circle_from_inside", "they go as well with the last capability that leads in",
         test_circle_from_inside},
        {"deletion.own_container", "containers that hold themselves go with their memory",
         test_own_container},
        {"deletion.two_deletions", "what one deletion left half done another one finishes",
         test_two_deletions},
        {"deletion.thread_with_its_cspace", "a thread and its CSpace that hold each other go",
         test_thread_with_its_cspace},
    };

    unit_boot();
    host_hooks.preempt = preempt;
    first = unit_first_free() + 8;
    untyped = unit_largest_untyped();
    return unit_run("kernel.core.deletion", tests, ARRAY_SIZE(tests));
}
