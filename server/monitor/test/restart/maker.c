// SPDX-License-Identifier: BSD-2-Clause
/*
 * Makes objects, maps, moves and deletes what it can, and fails. In its second life everything must
 * be as it was. Its slots are those of the system file in restart_test.py.
 */
#include "chain.h"

enum { SLOT_UNTYPED = 1, SLOT_POOL, SLOT_CONTROL, SLOT_CNODE, SLOT_TCB, SLOT_VSPACE, SLOT_SC };
enum { SLOT_FRAME = 10, SLOT_TABLE, SLOT_NEST, SLOT_FREE = 20 };
enum { NEST_BITS = 4, SPIN = 1000000, SPIN_MAX = 20 * SPIN };
enum { MADE_AT = 0x60000000, DEPTH = 58, UNTYPED_BITS = 21, NEIGHBOUR = 9 };

seL4_Word *life;

static seL4_CPtr root_slot(seL4_Word slot)
{
    return microkit_cspace_root_slot_to_cptr(slot);
}

/* Its own CNode's address leads through itself. */
static seL4_CPtr own_cnode(void)
{
    return root_slot(SLOT_CNODE) | SLOT_CNODE;
}

static void expect(seL4_Error got, seL4_Error wanted, const char *what)
{
    if (got != wanted) {
        microkit_dbg_puts("maker: WRONG: ");
        microkit_dbg_puts(what);
        microkit_dbg_puts(", error ");
        microkit_dbg_put32((seL4_Uint32)got);
        microkit_dbg_puts("\n");
    }
}

static seL4_Error retype(seL4_Word type, seL4_Word bits, seL4_Word slot, seL4_Word count)
{
    return seL4_Untyped_Retype(root_slot(SLOT_UNTYPED), type, bits, own_cnode(), 0, 0, slot, count);
}

/* A CNode that holds itself lives on when its other capability is deleted. */
static void make_nest(void)
{
    seL4_CNode cnode = own_cnode();

    expect(retype(seL4_CapTableObject, NEST_BITS, SLOT_NEST, 1), seL4_NoError, "a CNode");
    expect(seL4_CNode_Copy(cnode, SLOT_NEST << NEST_BITS, DEPTH + NEST_BITS, cnode, SLOT_NEST,
                           DEPTH, seL4_AllRights),
           seL4_NoError, "itself in it");
}

/* The mapping fails if one of an earlier life is left. */
static void make(void)
{
    make_nest();
    expect(retype(seL4_X86_PageTableObject, 0, SLOT_TABLE, 1), seL4_NoError, "a page table");
    expect(seL4_X86_PageTable_Map(root_slot(SLOT_TABLE), root_slot(SLOT_VSPACE), MADE_AT,
                                  seL4_X86_Default_VMAttributes),
           seL4_NoError, "its place");
    expect(retype(seL4_X86_4K, 0, SLOT_FRAME, 1), seL4_NoError, "a frame");
    expect(seL4_X86_Page_Map(root_slot(SLOT_FRAME), root_slot(SLOT_VSPACE), MADE_AT, seL4_ReadWrite,
                             seL4_X86_Default_VMAttributes),
           seL4_NoError, "a mapping");
    *(volatile seL4_Word *)MADE_AT = 1;
}

/* Whatever it may do to itself. */
static void spoil(void)
{
    seL4_CNode cnode = own_cnode();
    expect(seL4_CNode_Move(cnode, SLOT_FREE, DEPTH, cnode, SLOT_SC, DEPTH), seL4_NoError,
           "moving its time");
    expect(seL4_CNode_Copy(cnode, SLOT_FREE + 1, DEPTH, cnode, SLOT_TCB, DEPTH, seL4_AllRights),
           seL4_NoError, "copying its thread");
    expect(seL4_SchedControl_ConfigureFlags(root_slot(SLOT_CONTROL), root_slot(SLOT_FREE), 500,
                                            100000, 0, 0, 0),
           seL4_NoError, "changing its budget");
    expect(seL4_TCB_SetTLSBase(root_slot(SLOT_TCB), 0x1234), seL4_NoError, "a thread pointer");
    expect(seL4_TCB_UnbindNotification(root_slot(SLOT_TCB)), seL4_NoError, "unbinding");
    expect(seL4_CNode_Delete(cnode, 0, DEPTH), seL4_NoError, "deleting all its channels");
    expect(seL4_TCB_SetPriority(root_slot(SLOT_TCB), root_slot(SLOT_TCB), 1), seL4_NoError,
           "its priority");
}

static seL4_Word now(void)
{
    seL4_Uint32 low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (seL4_Word)high << 32 | low;
}

/* With the budget of 500 us in 100 ms that it gave itself this would take a second. */
static void check_time(void)
{
    const seL4_Word start = now();

    for (volatile unsigned i = 0; i < SPIN; i++) {
    }
    expect(now() - start > SPIN_MAX, 0, "it has its time");
}

/* Copies into slots that must be empty again, from slots that must be full again. */
static void check(void)
{
    seL4_CNode cnode = own_cnode();

    for (seL4_Word i = 0; i < 2; i++) {
        expect(seL4_CNode_Copy(cnode, SLOT_FREE + i, DEPTH, cnode, SLOT_SC, DEPTH, seL4_AllRights),
               seL4_NoError, "a slot that was empty");
        expect(seL4_CNode_Delete(cnode, SLOT_FREE + i, DEPTH), seL4_NoError, "deleting");
    }
    expect(seL4_TCB_BindNotification(root_slot(SLOT_TCB), BASE_OUTPUT_NOTIFICATION_CAP + NEIGHBOUR),
           seL4_IllegalOperation, "it has its notification already");
    check_time();
    microkit_notify(NEIGHBOUR);
    expect(retype(seL4_UntypedObject, UNTYPED_BITS, SLOT_FRAME, 1), seL4_NoError,
           "all its memory is there");
    expect(seL4_CNode_Delete(cnode, SLOT_FRAME, DEPTH), seL4_NoError, "deleting memory");
}

void init(void)
{
    seL4_Word lives = ++*life;

    if (lives > 1) {
        check();
    }
    make();
    microkit_dbg_puts("maker: made\n");
    if (lives < 4) {
        spoil();
        fail();
    }
    microkit_dbg_puts("maker: done\n");
}

void notified(microkit_channel ch)
{
    (void)ch;
}
