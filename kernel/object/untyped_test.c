// SPDX-License-Identifier: BSD-2-Clause
/* kernel.object.untyped: where Retype puts objects, when memory is not enough, and clearing. */
#include "object/untyped.h"

#include "arch/host/unit_test.h"
#include "core/derivation.h"
#include "core/preemption.h"
#include "lib/string.h"

static word_t source, untyped, first;
static unsigned looks_until_interrupt;

static bool preempt(void)
{
    host_core->work = PREEMPTION_WORK;
    return looks_until_interrupt > 0 && --looks_until_interrupt == 0;
}

/* A fresh untyped object of 2^bits bytes in slot `untyped`. */
static void make(unsigned bits)
{
    CHECK(unit_cnode(METHOD_CNODE_REVOKE, source, 0, 0) == ERR_NONE);
    CHECK(unit_retype(source, TYPE_UNTYPED, bits, untyped, 1) == ERR_NONE);
}

static paddr_t offset_of(word_t slot)
{
    paddr_t base;
    word_t size_bytes;

    cap_region(unit_slot(slot)->cap, &base, &size_bytes);
    return base - cap_paddr(unit_slot(untyped)->cap);
}

static void test_alignment(void)
{
    make(14);
    CHECK(unit_retype(untyped, TYPE_ENDPOINT, 0, first, 3) == ERR_NONE);
    CHECK(offset_of(first) == 0 && offset_of(first + 2) == 32);
    CHECK(unit_retype(untyped, TYPE_NOTIFICATION, 0, first + 3, 1) == ERR_NONE);
    CHECK(offset_of(first + 3) == 64);
    CHECK(unit_retype(untyped, TYPE_PAGE_4K, 0, first + 4, 2) == ERR_NONE);
    CHECK(offset_of(first + 4) == 4096 && offset_of(first + 5) == 8192);
    CHECK(untyped_watermark(unit_slot(untyped)->cap) == 12288);
}

static void test_not_enough(void)
{
    make(13);
    CHECK(unit_retype(untyped, TYPE_PAGE_4K, 0, first, 3) == ERR_NOT_ENOUGH_MEMORY);
    CHECK(context_message_register(&host_core->current->context, 0) == 8192);
    CHECK(unit_retype(untyped, TYPE_ENDPOINT, 0, first, 1) == ERR_NONE);
    CHECK(unit_retype(untyped, TYPE_PAGE_4K, 0, first + 1, 1) == ERR_NONE);
    CHECK(unit_retype(untyped, TYPE_ENDPOINT, 0, first + 2, 1) == ERR_NOT_ENOUGH_MEMORY);
    CHECK(context_message_register(&host_core->current->context, 0) == 0);
}

static void test_reuse(void)
{
    make(12);
    CHECK(unit_retype(untyped, TYPE_PAGE_4K, 0, first, 1) == ERR_NONE);
    memset(phys_to_virt(cap_paddr(unit_slot(untyped)->cap)), 0xee, 4096);
    CHECK(unit_cnode(METHOD_CNODE_DELETE, first, 0, 0) == ERR_NONE);
    CHECK(unit_retype(untyped, TYPE_CNODE, 7, first, 1) == ERR_NONE);
    const struct slot *slots = cap_object(unit_slot(first)->cap);

    for (unsigned i = 0; i < 128; i++) {
        CHECK(slot_is_empty(&slots[i]));
    }
}

static void test_device(void)
{
    word_t device = 0;

    make(12);
    while (unit_slot(device)->cap.type != CAP_UNTYPED || !unit_slot(device)->cap.flag) {
        device++;
    }
    CHECK(unit_retype(device, TYPE_ENDPOINT, 0, first, 1) == ERR_INVALID_ARGUMENT);
    CHECK(unit_retype(device, TYPE_UNTYPED, 4, first, 1) == ERR_NONE);
    CHECK(unit_slot(first)->cap.flag);
    CHECK(unit_cnode(METHOD_CNODE_DELETE, first, 0, 0) == ERR_NONE);
}

/* Calls Retype, interrupts it at the n-th look; true: it gave way. */
static bool retype_interrupted(word_t type, word_t size_bits, unsigned looks)
{
    looks_until_interrupt = looks;
    host_core->work = PREEMPTION_WORK;
    unit_retype(untyped, type, size_bits, first, 1);
    looks_until_interrupt = 0;
    return host_core->current->context.entry == ENTRY_TRAP;
}

static void test_clearing_continues(void)
{
    make(16);
    memset(phys_to_virt(cap_paddr(unit_slot(untyped)->cap)), 0xee, BIT(16));
    CHECK(retype_interrupted(TYPE_CNODE, 11, 5));
    CHECK(slot_is_empty(unit_slot(first)));
    host_syscall((word_t)SYS_CALL); /* the same again */
    const struct slot *slots = cap_object(unit_slot(first)->cap);

    for (unsigned i = 0; i < 2048; i++) {
        CHECK(slot_is_empty(&slots[i]));
    }
}

/* The notes of an interrupted clearing are looked for where another region begins, and what a user
 * left there looks just like them. */
static void test_forged_notes(void)
{
    make(16);
    CHECK(unit_retype(untyped, TYPE_ENDPOINT, 0, first + 1, 1) == ERR_NONE);
    const paddr_t base = cap_paddr(unit_slot(untyped)->cap);
    const paddr_t victim = base + BIT(15); /* where the second CNode is going to be */

    memset(phys_to_virt(base + 16), 0xee, BIT(16) - 16);
    CHECK(retype_interrupted(TYPE_CNODE, 8, 1)); /* 8 KiB at base + 8 KiB */
    *(paddr_t *)phys_to_virt(victim) = victim + BIT(15);
    *((paddr_t *)phys_to_virt(victim) + 1) = victim + 16;
    CHECK(unit_retype(untyped, TYPE_CNODE, 10, first, 1) == ERR_NONE);
    const struct slot *slots = cap_object(unit_slot(first)->cap);

    CHECK((word_t)slots == (word_t)phys_to_virt(victim));
    for (unsigned i = 0; i < 1024; i++) {
        CHECK(slot_is_empty(&slots[i]));
    }
}

int main(void)
{
    static const struct unit_test tests[] = {
        {"untyped.alignment", "objects follow each other, aligned to their size", test_alignment},
        {"untyped.not_enough", "a refusal says how many bytes are left", test_not_enough},
        {"untyped.reuse", "memory that is used again is cleared", test_reuse},
        {"untyped.device", "device memory becomes only untyped memory and frames", test_device},
        {"untyped.clearing_continues", "an interrupted Retype goes on where it stopped",
         test_clearing_continues},
        {"untyped.forged_notes", "what users left in memory is not taken for the kernel's notes",
         test_forged_notes},
    };

    unit_boot();
    host_hooks.preempt = preempt;
    source = unit_largest_untyped();
    first = unit_first_free() + 8;
    untyped = first - 2;
    return unit_run("kernel.object.untyped", tests, ARRAY_SIZE(tests));
}
