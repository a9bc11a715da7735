// SPDX-License-Identifier: BSD-2-Clause
#include <harness/processor.h>
#include <harness/suite.h>

/* Room for one test, and for the harness before the first one. */
enum { POOL_BITS = 24, KEPT_BITS = 20, SLOT_MAX = 4096 };

const seL4_BootInfo *boot;

static seL4_CPtr pool;
static seL4_CPtr first_slot, next_slot, slot_limit;
static uintptr_t image_start;

/* ---- slots ---- */

seL4_CPtr slots_new(seL4_Word count)
{
    const seL4_CPtr slot = next_slot;

    CHECK(slot + count <= slot_limit);
    next_slot += count;
    return slot;
}

seL4_CPtr slot_new(void)
{
    return slots_new(1);
}

void cap_delete(seL4_CPtr cap)
{
    OK(seL4_CNode_Delete(OWN_CNODE, cap, DEPTH));
}

void cap_revoke(seL4_CPtr cap)
{
    OK(seL4_CNode_Revoke(OWN_CNODE, cap, DEPTH));
}

/* Moving a cap onto itself is refused in different ways for an empty and a full slot. */
bool slot_is_empty(seL4_CPtr cap)
{
    const struct reply reply =
        INVOKE(OWN_CNODE, CNodeMove, WORDS(cap, DEPTH, NOTHING, DEPTH), CAPS(OWN_CNODE));

    CHECK(reply.label == seL4_DeleteFirst || reply.label == seL4_FailedLookup);
    return reply.label == seL4_FailedLookup;
}

/* ---- the pool ---- */

/* The smallest piece of RAM that is large enough. */
static seL4_CPtr boot_untyped(seL4_Word bits)
{
    seL4_CPtr found = NOTHING;
    seL4_Word found_bits = 64;

    for (seL4_CPtr cap = boot->untyped.start; cap < boot->untyped.end; cap++) {
        const seL4_UntypedDesc *desc = &boot->untypedList[cap - boot->untyped.start];

        if (!desc->isDevice && desc->sizeBits >= bits && desc->sizeBits < found_bits) {
            found = cap;
            found_bits = desc->sizeBits;
        }
    }
    CHECK(found != NOTHING);
    return found;
}

void objects_init(const seL4_BootInfo *info)
{
    boot = info;
    next_slot = info->empty.start;
    slot_limit = next_slot + SLOT_MAX;
    image_start = (uintptr_t)info->ipcBuffer -
                  (info->userImageFrames.end - info->userImageFrames.start) * PAGE_BYTES;
    pool = boot_untyped(POOL_BITS + 1);
    pool = object_new(seL4_UntypedObject, POOL_BITS + 1);
    pool = object_new(seL4_UntypedObject, KEPT_BITS);
}

void objects_keep(void)
{
    const seL4_CPtr kept = pool;

    pool = kept - 1;
    pool = object_new(seL4_UntypedObject, POOL_BITS);
    first_slot = next_slot;
}

void objects_reset(void)
{
    while (seL4_CNode_Revoke(OWN_CNODE, pool, DEPTH) != seL4_NoError) {
    }
    for (seL4_CPtr slot = first_slot; slot < next_slot; slot++) {
        (void)seL4_CNode_Delete(OWN_CNODE, slot, DEPTH);
    }
    next_slot = first_slot;
}

seL4_CPtr object_new(seL4_Word type, seL4_Word size_bits)
{
    const seL4_CPtr slot = slot_new();

    OK(seL4_Untyped_Retype(pool, type, size_bits, OWN_CNODE, 0, 0, slot, 1));
    return slot;
}

seL4_CPtr untyped_new(seL4_Word size_bits)
{
    return object_new(seL4_UntypedObject, size_bits);
}

seL4_CPtr endpoint_new(void)
{
    return object_new(seL4_EndpointObject, 0);
}

seL4_CPtr notification_new(void)
{
    return object_new(seL4_NotificationObject, 0);
}

seL4_CPtr reply_new(void)
{
    return object_new(seL4_ReplyObject, 0);
}

seL4_CPtr tcb_new(void)
{
    return object_new(seL4_TCBObject, 0);
}

seL4_CPtr cnode_new(seL4_Word slot_bits)
{
    return object_new(seL4_CapTableObject, slot_bits);
}

seL4_CPtr frame_new(void)
{
    return object_new(seL4_X86_4K, 0);
}

seL4_CPtr sc_new(void)
{
    return object_new(seL4_SchedContextObject, seL4_MinSchedContextBits);
}

seL4_CPtr sc_new_with(uint64_t budget_us, uint64_t period_us)
{
    const seL4_CPtr sc = sc_new();

    OK(seL4_SchedControl_ConfigureFlags(boot->schedcontrol.start, sc, budget_us, period_us, 0, 0,
                                        0));
    return sc;
}

seL4_CPtr device_untyped_new(seL4_Word size_bits)
{
    for (seL4_CPtr cap = boot->untyped.end; cap-- > boot->untyped.start;) {
        const seL4_UntypedDesc *desc = &boot->untypedList[cap - boot->untyped.start];

        if (desc->isDevice && desc->sizeBits > size_bits) {
            const seL4_CPtr slot = slot_new();

            OK(seL4_Untyped_Retype(cap, seL4_UntypedObject, size_bits, OWN_CNODE, 0, 0, slot, 1));
            return slot;
        }
    }
    fail(__FILE__, __LINE__, "expected a device untyped above 2^%lu bytes", size_bits);
}

seL4_CPtr device_frame_of(seL4_Word type, seL4_Word size_bits)
{
    const seL4_CPtr untyped = device_untyped_new(size_bits), slot = slot_new();

    OK(seL4_Untyped_Retype(untyped, type, 0, OWN_CNODE, 0, 0, slot, 1));
    return slot;
}

seL4_CPtr device_frame_new(void)
{
    return device_frame_of(seL4_X86_4K, seL4_PageBits);
}

/* What lies before the page becomes untypeds as large as their alignment allows. */
static void use_up(seL4_CPtr untyped, seL4_Word from, seL4_Word to)
{
    while (from < to) {
        seL4_Word bits = (seL4_Word)__builtin_ctzl(from | 1ull << seL4_MaxUntypedBits);

        while (from + (1ull << bits) > to) {
            bits--;
        }
        OK(seL4_Untyped_Retype(untyped, seL4_UntypedObject, bits, OWN_CNODE, 0, 0, slot_new(), 1));
        from += 1ull << bits;
    }
}

seL4_CPtr device_frame_at(seL4_Word paddr)
{
    for (seL4_CPtr cap = boot->untyped.start; cap < boot->untyped.end; cap++) {
        const seL4_UntypedDesc *desc = &boot->untypedList[cap - boot->untyped.start];

        if (desc->isDevice && desc->paddr <= paddr &&
            paddr - desc->paddr < 1ull << desc->sizeBits) {
            const seL4_CPtr slot = slot_new();

            use_up(cap, desc->paddr, paddr);
            OK(seL4_Untyped_Retype(cap, seL4_X86_4K, 0, OWN_CNODE, 0, 0, slot, 1));
            return slot;
        }
    }
    fail(__FILE__, __LINE__, "expected a device untyped around %#lx", paddr);
}

seL4_CPtr untyped_with_child(void)
{
    const seL4_CPtr untyped = untyped_new(seL4_PageBits), slot = slot_new();

    OK(seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, OWN_CNODE, 0, 0, slot, 1));
    return untyped;
}

/* ---- copies ---- */

seL4_CPtr with_rights(seL4_CPtr cap, seL4_CapRights_t rights)
{
    const seL4_CPtr slot = slot_new();

    OK(seL4_CNode_Copy(OWN_CNODE, slot, DEPTH, OWN_CNODE, cap, DEPTH, rights));
    return slot;
}

seL4_CPtr copy_of(seL4_CPtr cap)
{
    return with_rights(cap, seL4_AllRights);
}

seL4_CPtr badged(seL4_CPtr cap, seL4_Word badge)
{
    const seL4_CPtr slot = slot_new();

    OK(seL4_CNode_Mint(OWN_CNODE, slot, DEPTH, OWN_CNODE, cap, DEPTH, seL4_AllRights, badge));
    return slot;
}

/* ---- paging ---- */

seL4_CPtr image_frame(const volatile void *address)
{
    return boot->userImageFrames.start + ((uintptr_t)address - image_start) / PAGE_BYTES;
}

seL4_CPtr vspace_new(void)
{
    const seL4_CPtr vspace = object_new(seL4_X64_PML4Object, 0);

    OK(seL4_X86_ASIDPool_Assign(OWN_POOL, vspace));
    return vspace;
}

seL4_CPtr asid_pool_new(void)
{
    const seL4_CPtr slot = slot_new();

    OK(seL4_X86_ASIDControl_MakePool(seL4_CapASIDControl, untyped_new(seL4_ASIDPoolBits), OWN_CNODE,
                                     slot, DEPTH));
    return slot;
}

void need_huge_pages(void)
{
    if (!has_huge_pages()) {
        skip("this processor has no 1 GiB pages");
    }
}

seL4_CPtr map_device_frame(seL4_Word type, seL4_Word size_bits, seL4_CPtr vspace, uintptr_t address)
{
    const seL4_CPtr frame = device_frame_of(type, size_bits);

    if (type == seL4_X64_HugePageObject) {
        need_huge_pages();
    }
    OK(seL4_X86_Page_Map(frame, vspace, address, seL4_AllRights, seL4_X86_Default_VMAttributes));
    return frame;
}

/* What is there already answers DeleteFirst; the object that was made for it stays unused. */
void tables_map(seL4_CPtr vspace, uintptr_t address)
{
    static const struct {
        seL4_Word type, map;
    } levels[] = {{seL4_X86_PDPTObject, X86PDPTMap},
                  {seL4_X86_PageDirectoryObject, X86PageDirectoryMap},
                  {seL4_X86_PageTableObject, X86PageTableMap}};

    for (unsigned i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        const struct reply reply =
            INVOKE(object_new(levels[i].type, 0), levels[i].map, WORDS(address, 0), CAPS(vspace));

        CHECK(reply.label == seL4_NoError || reply.label == seL4_DeleteFirst);
    }
}

seL4_CPtr page_map(seL4_CPtr vspace, uintptr_t address)
{
    const seL4_CPtr frame = frame_new();

    tables_map(vspace, address);
    OK(seL4_X86_Page_Map(frame, vspace, address, seL4_AllRights, seL4_X86_Default_VMAttributes));
    return frame;
}

void image_map(seL4_CPtr vspace)
{
    const seL4_Word pages = boot->userImageFrames.end - boot->userImageFrames.start;

    for (seL4_Word i = 0; i < pages; i++) {
        const uintptr_t address = image_start + i * PAGE_BYTES;

        if (i == 0 || address % LARGE_BYTES == 0) {
            tables_map(vspace, address);
        }
        OK(seL4_X86_Page_Map(copy_of(boot->userImageFrames.start + i), vspace, address,
                             seL4_AllRights, seL4_X86_Default_VMAttributes));
    }
}

seL4_CPtr vspace_with_image(void)
{
    const seL4_CPtr vspace = vspace_new();

    image_map(vspace);
    return vspace;
}
