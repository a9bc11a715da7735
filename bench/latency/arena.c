// SPDX-License-Identifier: BSD-2-Clause
#include "arena.h"

#include "latency.h"

#define FAN_OUT    256 /* objects per Retype */
#define ARENA_BITS 27
#define TABLE_SPAN (PAGE_BYTES * 512)

static const seL4_BootInfo *boot;
static seL4_CPtr pool; /* the largest piece of RAM, or the arena within it */
static seL4_CPtr next_slot, first_arena_slot;
static uintptr_t image_start;

void arena_init(const seL4_BootInfo *info)
{
    seL4_Word best_bits = 0;

    boot = info;
    next_slot = info->empty.start;
    for (seL4_CPtr cap = info->untyped.start; cap < info->untyped.end; cap++) {
        const seL4_UntypedDesc *desc = &info->untypedList[cap - info->untyped.start];

        if (!desc->isDevice && desc->sizeBits > best_bits) {
            best_bits = desc->sizeBits;
            pool = cap;
        }
    }
    image_start = (uintptr_t)info->ipcBuffer -
                  (info->userImageFrames.end - info->userImageFrames.start) * PAGE_BYTES;
}

void arena_open(void)
{
    pool = object_new(seL4_UntypedObject, ARENA_BITS);
    first_arena_slot = next_slot;
}

void arena_reset(void)
{
    check_ok(seL4_CNode_Revoke(seL4_CapInitThreadCNode, pool, seL4_WordBits), "revoke the arena");
    next_slot = first_arena_slot;
}

seL4_CPtr slots_new(seL4_Word count)
{
    const seL4_CPtr first = next_slot;

    next_slot += count;
    check(next_slot <= boot->empty.end, "too few slots");
    return first;
}

seL4_CPtr slot_new(void)
{
    return slots_new(1);
}

seL4_CPtr objects_from(seL4_CPtr untyped, seL4_Word type, seL4_Word size_bits, seL4_Word count)
{
    const seL4_CPtr first = slots_new(count);

    for (seL4_Word done = 0; done < count; done += FAN_OUT) {
        const seL4_Word now = count - done < FAN_OUT ? count - done : FAN_OUT;

        check_ok(seL4_Untyped_Retype(untyped, type, size_bits, seL4_CapInitThreadCNode, 0, 0,
                                     first + done, now),
                 "retype");
    }
    return first;
}

seL4_CPtr objects_new(seL4_Word type, seL4_Word size_bits, seL4_Word count)
{
    return objects_from(pool, type, size_bits, count);
}

seL4_CPtr object_new(seL4_Word type, seL4_Word size_bits)
{
    return objects_new(type, size_bits, 1);
}

seL4_CPtr minted(seL4_CPtr cap, seL4_Word badge)
{
    const seL4_CPtr slot = slot_new();

    check_ok(seL4_CNode_Mint(seL4_CapInitThreadCNode, slot, seL4_WordBits, seL4_CapInitThreadCNode,
                             cap, seL4_WordBits, seL4_AllRights, badge),
             "mint");
    return slot;
}

seL4_CPtr copied(seL4_CPtr cap)
{
    const seL4_CPtr slot = slot_new();

    check_ok(seL4_CNode_Copy(seL4_CapInitThreadCNode, slot, seL4_WordBits, seL4_CapInitThreadCNode,
                             cap, seL4_WordBits, seL4_AllRights),
             "copy");
    return slot;
}

void slot_delete(seL4_CPtr slot)
{
    check_ok(seL4_CNode_Delete(seL4_CapInitThreadCNode, slot, seL4_WordBits), "delete");
}

seL4_CPtr image_frame(const void *address)
{
    return boot->userImageFrames.start + ((uintptr_t)address - image_start) / PAGE_BYTES;
}

seL4_CPtr sched_control(void)
{
    return boot->schedcontrol.start;
}

seL4_CPtr vspace_with_image(void)
{
    const seL4_CPtr vspace = object_new(seL4_X64_PML4Object, 0);
    const seL4_Word pages = boot->userImageFrames.end - boot->userImageFrames.start;
    const uintptr_t end = image_start + pages * PAGE_BYTES;

    check_ok(seL4_X86_ASIDPool_Assign(seL4_CapInitThreadASIDPool, vspace), "assign");
    check_ok(seL4_X86_PDPT_Map(object_new(seL4_X86_PDPTObject, 0), vspace, image_start, 0),
             "map a PDPT");
    check_ok(seL4_X86_PageDirectory_Map(object_new(seL4_X86_PageDirectoryObject, 0), vspace,
                                        image_start, 0),
             "map a directory");
    for (uintptr_t at = image_start & ~(TABLE_SPAN - 1); at < end; at += TABLE_SPAN) {
        check_ok(seL4_X86_PageTable_Map(object_new(seL4_X86_PageTableObject, 0), vspace, at, 0),
                 "map a table");
    }
    for (seL4_Word i = 0; i < pages; i++) {
        check_ok(seL4_X86_Page_Map(copied(boot->userImageFrames.start + i), vspace,
                                   image_start + i * PAGE_BYTES, seL4_AllRights,
                                   seL4_X86_Default_VMAttributes),
                 "map an image frame");
    }
    return vspace;
}
