// SPDX-License-Identifier: BSD-2-Clause
#include "supply.h"

#include "layout.h"
#include "report.h"

enum { PORT_FREE = 0x80, ARENA_SLOTS = 2048, POOL_BITS_MIN = 25 };

#define WINDOW_ADDRESS 0x10000000ull
#define ROOT           seL4_CapInitThreadCNode

/* From the link script of root tasks: thread-local variables follow the initialised ones. */
extern const char tls_image[] __attribute__((visibility("hidden")));

static const seL4_BootInfo *boot;
static seL4_CPtr next_slot, pool, arena;
static seL4_CPtr arena_first, arena_next;
static seL4_CPtr ports_below, ports_above;

void supply_check(bool ok, const char *what)
{
    if (!ok) {
        promise_broken(PROMISE_PROGRESS, "set-up: %s: error words %lu %lu", what,
                       (unsigned long)seL4_GetMR(0), (unsigned long)seL4_GetMR(1));
        report_end();
    }
}

/* ---- for ever ---- */

seL4_CPtr supply_slot(void)
{
    return next_slot++;
}

seL4_CPtr supply_object(seL4_Word type, seL4_Word size_bits)
{
    const seL4_CPtr slot = supply_slot();

    supply_check(seL4_Untyped_Retype(pool, type, size_bits, ROOT, 0, 0, slot, 1) == seL4_NoError,
                 "make a protected object");
    return slot;
}

static seL4_CPtr copy_to(seL4_CPtr slot, seL4_CPtr cap, seL4_CapRights_t rights, seL4_Word badge)
{
    const seL4_Error error =
        badge == 0
            ? seL4_CNode_Copy(ROOT, slot, seL4_WordBits, ROOT, cap, seL4_WordBits, rights)
            : seL4_CNode_Mint(ROOT, slot, seL4_WordBits, ROOT, cap, seL4_WordBits, rights, badge);

    supply_check(error == seL4_NoError, "copy a capability");
    return slot;
}

seL4_CPtr supply_copy(seL4_CPtr cap, seL4_CapRights_t rights, seL4_Word badge)
{
    return copy_to(supply_slot(), cap, rights, badge);
}

/* ---- the arena ---- */

seL4_CPtr arena_slot(void)
{
    supply_check(arena_next < arena_first + ARENA_SLOTS, "too few slots for the arena");
    return arena_next++;
}

bool arena_object_into(seL4_CPtr cnode, unsigned slot, seL4_Word type, seL4_Word size_bits)
{
    return seL4_Untyped_Retype(arena, type, size_bits, cnode, 0, 0, slot, 1) == seL4_NoError;
}

seL4_CPtr arena_object(seL4_Word type, seL4_Word size_bits)
{
    const seL4_CPtr slot = arena_slot();

    supply_check(seL4_Untyped_Retype(arena, type, size_bits, ROOT, 0, 0, slot, 1) == seL4_NoError,
                 "make an object in the arena");
    return slot;
}

seL4_CPtr arena_copy(seL4_CPtr cap, seL4_CapRights_t rights, seL4_Word badge)
{
    return copy_to(arena_slot(), cap, rights, badge);
}

/* Asking for more than fits says how much is free: everything, if no child is left. */
static void check_all_free(void)
{
    const seL4_Error error =
        seL4_Untyped_Retype(arena, seL4_UntypedObject, ARENA_BITS, ROOT, 0, 0, arena_first, 2);

    if (error != seL4_NotEnoughMemory || seL4_GetMR(0) != 1ull << ARENA_BITS) {
        promise_broken(
            PROMISE_UNTYPED, "after a revoke: error %d with %lu bytes free, not error %d with %lu",
            (int)error, (unsigned long)seL4_GetMR(0), seL4_NotEnoughMemory, 1ul << ARENA_BITS);
    }
}

void arena_empty(void)
{
    supply_check(seL4_CNode_Revoke(ROOT, arena, seL4_WordBits) == seL4_NoError, "revoke the arena");
    /* Copies of what is not of the arena are left. */
    for (; arena_next > arena_first; arena_next--) {
        supply_check(seL4_CNode_Delete(ROOT, arena_next - 1, seL4_WordBits) == seL4_NoError,
                     "delete a capability of the arena");
    }
    check_all_free();
}

/* ---- the image and the window ---- */

uintptr_t image_start(void)
{
    return (uintptr_t)boot->ipcBuffer - image_pages() * PAGE_BYTES;
}

seL4_Word image_pages(void)
{
    return boot->userImageFrames.end - boot->userImageFrames.start;
}

seL4_Word image_constant_pages(void)
{
    return ((uintptr_t)tls_image - image_start() + PAGE_BYTES - 1) / PAGE_BYTES;
}

seL4_CPtr image_frame(const void *address)
{
    return boot->userImageFrames.start + ((uintptr_t)address - image_start()) / PAGE_BYTES;
}

void *window_map(seL4_CPtr frame, unsigned place)
{
    const uintptr_t address = WINDOW_ADDRESS + (uintptr_t)place * PAGE_BYTES;

    supply_check(place < WINDOW_PAGES, "the window is too small");
    supply_check(seL4_X86_Page_Map(frame, seL4_CapInitThreadVSpace, address, seL4_ReadWrite,
                                   seL4_X86_Default_VMAttributes) == seL4_NoError,
                 "map a frame in the window");
    return (void *)address;
}

/* ---- start ---- */

static void issue_ports(unsigned first, unsigned last, seL4_CPtr slot)
{
    supply_check(seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, first, last, ROOT, slot,
                                              seL4_WordBits) == seL4_NoError,
                 "issue I/O ports");
}

seL4_CPtr supply_ports(unsigned port)
{
    return port < PORT_FREE ? ports_below : ports_above;
}

const seL4_BootInfo *supply_boot(void)
{
    return boot;
}

static void choose_pool(void)
{
    seL4_Word best_bits = 0;

    for (seL4_CPtr cap = boot->untyped.start; cap < boot->untyped.end; cap++) {
        const seL4_UntypedDesc *desc = &boot->untypedList[cap - boot->untyped.start];

        if (!desc->isDevice && desc->sizeBits > best_bits) {
            best_bits = desc->sizeBits;
            pool = cap;
        }
    }
    supply_check(best_bits >= POOL_BITS_MIN, "no RAM");
}

void supply_init(const seL4_BootInfo *info)
{
    boot = info;
    next_slot = info->empty.start;
    /* Workers hold the right to issue ports; all but one are taken. */
    ports_below = supply_slot();
    ports_above = supply_slot();
    issue_ports(0, PORT_FREE - 1, ports_below);
    issue_ports(PORT_FREE + 1, 0xffff, ports_above);
    choose_pool();
    arena = supply_object(seL4_UntypedObject, ARENA_BITS);
    arena_first = arena_next = next_slot;
    next_slot += ARENA_SLOTS;
    /* The image's PDPT and directory serve the window as well. */
    supply_check(seL4_X86_PageTable_Map(supply_object(seL4_X86_PageTableObject, 0),
                                        seL4_CapInitThreadVSpace, WINDOW_ADDRESS,
                                        0) == seL4_NoError,
                 "map the window's table");
}
