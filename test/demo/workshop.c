// SPDX-License-Identifier: BSD-2-Clause
#include "workshop.h"

#include "story.h"

static seL4_CPtr next_slot;
static seL4_CPtr workshop;
static unsigned objects;

static seL4_CPtr largest_ram(const seL4_BootInfo *info)
{
    seL4_CPtr best = 0;
    seL4_Word best_bits = 0;

    for (seL4_CPtr cap = info->untyped.start; cap < info->untyped.end; cap++) {
        const seL4_UntypedDesc *desc = &info->untypedList[cap - info->untyped.start];

        if (!desc->isDevice && desc->sizeBits > best_bits) {
            best = cap;
            best_bits = desc->sizeBits;
        }
    }
    expect(best_bits >= WORKSHOP_BITS, "a piece of RAM of at least 4 MiB");
    return best;
}

static seL4_Error retype(seL4_CPtr untyped, seL4_Word type, seL4_Word size_bits, seL4_CPtr slot)
{
    return seL4_Untyped_Retype(untyped, type, size_bits, seL4_CapInitThreadCNode, 0, 0, slot, 1);
}

void workshop_open(const seL4_BootInfo *info)
{
    next_slot = info->empty.start + 1; /* the first is the terminal's */
    workshop = slot_new();
    expect(retype(largest_ram(info), seL4_UntypedObject, WORKSHOP_BITS, workshop) == seL4_NoError,
           "a smaller untyped object from a larger one");
}

seL4_CPtr slot_new(void)
{
    return next_slot++;
}

seL4_CPtr object_new(seL4_Word type, seL4_Word size_bits)
{
    const seL4_CPtr slot = slot_new();

    expect(retype(workshop, type, size_bits, slot) == seL4_NoError, "a new object");
    objects++;
    return slot;
}

seL4_CPtr cap_copy(seL4_CPtr cap, seL4_CapRights_t rights, seL4_Word badge)
{
    const seL4_CPtr slot = slot_new();

    expect(seL4_CNode_Mint(seL4_CapInitThreadCNode, slot, seL4_WordBits, seL4_CapInitThreadCNode,
                           cap, seL4_WordBits, rights, badge) == seL4_NoError,
           "a copy of a capability");
    return slot;
}

unsigned workshop_objects(void)
{
    return objects;
}

/* Whoever asks for more than there is learns how much there is. */
seL4_Word workshop_free_bytes(void)
{
    expect(retype(workshop, seL4_UntypedObject, WORKSHOP_BITS + 1, next_slot) ==
               seL4_NotEnoughMemory,
           "a refusal for want of memory");
    return seL4_GetMR(0);
}

seL4_Error workshop_revoke(void)
{
    return seL4_CNode_Revoke(seL4_CapInitThreadCNode, workshop, seL4_WordBits);
}

seL4_Error workshop_take_whole(void)
{
    return retype(workshop, seL4_UntypedObject, WORKSHOP_BITS, slot_new());
}
