// SPDX-License-Identifier: BSD-2-Clause
#include "space.h"

#include "story.h"
#include "workshop.h"

#define PAGE_BYTES (1ull << seL4_PageBits)

static const seL4_BootInfo *boot;
static uintptr_t image_start;

/* The kernel puts the IPC buffer right behind the image. */
void space_init(const seL4_BootInfo *info)
{
    const seL4_Word pages = info->userImageFrames.end - info->userImageFrames.start;

    boot = info;
    image_start = (uintptr_t)info->ipcBuffer - pages * PAGE_BYTES;
}

seL4_CPtr image_frame(const void *address)
{
    return boot->userImageFrames.start + ((uintptr_t)address - image_start) / PAGE_BYTES;
}

/* log2 of the bytes that a missing table would map, as the refused Map says it. */
enum { MISSING_TABLE = 21, MISSING_DIRECTORY = 30, MISSING_PDPT = 39 };

static seL4_Error add_table(seL4_CPtr space, seL4_Word missing_bits, uintptr_t address)
{
    switch (missing_bits) {
    case MISSING_TABLE:
        return seL4_X86_PageTable_Map(object_new(seL4_X86_PageTableObject, 0), space, address, 0);
    case MISSING_DIRECTORY:
        return seL4_X86_PageDirectory_Map(object_new(seL4_X86_PageDirectoryObject, 0), space,
                                          address, 0);
    case MISSING_PDPT:
        return seL4_X86_PDPT_Map(object_new(seL4_X86_PDPTObject, 0), space, address, 0);
    default: return seL4_FailedLookup;
    }
}

void space_map(seL4_CPtr space, seL4_CPtr frame, uintptr_t address, seL4_CapRights_t rights)
{
    enum { WORD_MISSING_BITS = 2 };
    seL4_Error error;

    for (;;) {
        error = seL4_X86_Page_Map(frame, space, address, rights, seL4_X86_Default_VMAttributes);
        if (error != seL4_FailedLookup) {
            break;
        }
        expect(add_table(space, seL4_GetMR(WORD_MISSING_BITS), address) == seL4_NoError,
               "a page table where one was missing");
    }
    expect(error == seL4_NoError, "a mapped page");
}

seL4_CPtr space_new(void)
{
    const seL4_CPtr space = object_new(seL4_X64_PML4Object, 0);
    const seL4_Word pages = boot->userImageFrames.end - boot->userImageFrames.start;

    expect(seL4_X86_ASIDPool_Assign(seL4_CapInitThreadASIDPool, space) == seL4_NoError,
           "a number for the new address space");
    for (seL4_Word i = 0; i < pages; i++) {
        space_map(space, cap_copy(boot->userImageFrames.start + i, seL4_AllRights, 0),
                  image_start + i * PAGE_BYTES, seL4_AllRights);
    }
    return space;
}
