// SPDX-License-Identifier: BSD-2-Clause
/* Every refusal of paging structures, frames and ASID objects, in the order of the checks. */
#include <harness/suite.h>

#define ADDRESS  FREE_ADDRESS
#define USER_TOP 0x7fffffffffffull

enum { NO_PDPT = 39, NO_DIRECTORY = 30, NO_TABLE = 21 };

struct level {
    seL4_Word type, map, unmap, bits;
};

static const struct level pdpt = {seL4_X86_PDPTObject, X86PDPTMap, X86PDPTUnmap, 39};
static const struct level directory = {seL4_X86_PageDirectoryObject, X86PageDirectoryMap,
                                       X86PageDirectoryUnmap, 30};
static const struct level table = {seL4_X86_PageTableObject, X86PageTableMap, X86PageTableUnmap,
                                   21};
static const struct level *const levels[] = {&pdpt, &directory, &table};

#define LEVELS (sizeof(levels) / sizeof(levels[0]))

static struct reply map(const struct level *level, seL4_CPtr cap, seL4_CPtr vspace,
                        seL4_Word address)
{
    return INVOKE(cap, level->map, WORDS(address, 0), CAPS(vspace));
}

static seL4_CPtr mapped(const struct level *level, seL4_CPtr vspace)
{
    const seL4_CPtr cap = object_new(level->type, 0);

    CHECK_REPLY(map(level, cap, vspace, ADDRESS), SUCCESS());
    return cap;
}

/* An address space with the first `count` structures above ADDRESS; the last one's capability. */
static seL4_CPtr map_levels(seL4_CPtr vspace, unsigned count)
{
    seL4_CPtr last = NOTHING;

    for (unsigned i = 0; i < count; i++) {
        last = mapped(levels[i], vspace);
    }
    return last;
}

/* An address space whose ASID has gone with its pool. */
static seL4_CPtr vspace_orphaned(void)
{
    const seL4_CPtr pool = asid_pool_new(), vspace = object_new(seL4_X64_PML4Object, 0);

    OK(seL4_X86_ASIDPool_Assign(pool, vspace));
    cap_delete(pool);
    return vspace;
}

/* A capability whose ASID has come to mean another address space. */
static seL4_CPtr vspace_usurped(void)
{
    const seL4_CPtr vspace = vspace_orphaned(), other = object_new(seL4_X64_PML4Object, 0);

    OK(seL4_X86_ASIDPool_Assign(asid_pool_new(), other));
    return vspace;
}

/* ---- structures ---- */

TEST("kernel.vspace.structure.unknown_label")
{
    COVERS("X86PDPTMap.1");
    COVERS("X86PageDirectoryMap.1");
    COVERS("X86PageTableMap.1");

    for (unsigned i = 0; i < LEVELS; i++) {
        CHECK_REPLY(INVOKE(object_new(levels[i]->type, 0), levels[(i + 1) % LEVELS]->map, WORDS()),
                    ILLEGAL_OPERATION);
    }
}

TEST("kernel.vspace.structure.map.truncated")
{
    COVERS("X86PDPTMap.2");
    COVERS("X86PageDirectoryMap.2");
    COVERS("X86PageTableMap.2");

    for (unsigned i = 0; i < LEVELS; i++) {
        const seL4_CPtr cap = object_new(levels[i]->type, 0);

        CHECK_REPLY(INVOKE(cap, levels[i]->map, WORDS(~0ull, 0), CAPS(NOTHING), .cut = 1),
                    TRUNCATED);
        CHECK_REPLY(INVOKE(cap, levels[i]->map, WORDS(~0ull, 0)), TRUNCATED);
    }
}

TEST("kernel.vspace.structure.map.mapped_already")
{
    COVERS("X86PDPTMap.3");
    COVERS("X86PageDirectoryMap.3");
    COVERS("X86PageTableMap.3");

    for (unsigned i = 0; i < LEVELS; i++) {
        const seL4_CPtr cap = map_levels(vspace_new(), i + 1);

        CHECK_REPLY(map(levels[i], cap, NOTHING, ~0ull), INVALID_CAPABILITY(0));
    }
}

TEST("kernel.vspace.structure.map.no_vspace")
{
    COVERS("X86PDPTMap.4");
    COVERS("X86PageDirectoryMap.4");
    COVERS("X86PageTableMap.4");

    for (unsigned i = 0; i < LEVELS; i++) {
        const seL4_CPtr cap = object_new(levels[i]->type, 0);

        CHECK_REPLY(map(levels[i], cap, NOTHING, ~0ull), INVALID_CAPABILITY(1));
        CHECK_REPLY(map(levels[i], cap, endpoint_new(), ~0ull), INVALID_CAPABILITY(1));
        CHECK_REPLY(map(levels[i], cap, object_new(seL4_X64_PML4Object, 0), ~0ull),
                    INVALID_CAPABILITY(1));
    }
}

TEST("kernel.vspace.structure.map.kernel_address")
{
    COVERS("X86PDPTMap.5");
    COVERS("X86PageDirectoryMap.5");
    COVERS("X86PageTableMap.5");

    for (unsigned i = 0; i < LEVELS; i++) {
        const seL4_CPtr cap = object_new(levels[i]->type, 0);

        CHECK_REPLY(map(levels[i], cap, vspace_orphaned(), USER_TOP + 1), INVALID_ARGUMENT(0));
        CHECK_REPLY(map(levels[i], cap, vspace_orphaned(), ~0ull), INVALID_ARGUMENT(0));
    }
}

TEST("kernel.vspace.structure.map.pool_deleted")
{
    COVERS("X86PDPTMap.6");
    COVERS("X86PageDirectoryMap.6");
    COVERS("X86PageTableMap.6");

    for (unsigned i = 0; i < LEVELS; i++) {
        CHECK_REPLY(map(levels[i], object_new(levels[i]->type, 0), vspace_orphaned(), ADDRESS),
                    NO_ROOT(0));
    }
}

TEST("kernel.vspace.structure.map.asid_of_another")
{
    COVERS("X86PDPTMap.7");
    COVERS("X86PageDirectoryMap.7");
    COVERS("X86PageTableMap.7");
    const seL4_CPtr vspace = vspace_usurped();

    for (unsigned i = 0; i < LEVELS; i++) {
        CHECK_REPLY(map(levels[i], object_new(levels[i]->type, 0), vspace, ADDRESS),
                    INVALID_CAPABILITY(1));
    }
}

REFUSED("kernel.vspace.pdpt.map.taken", X86PDPTMap, 8, DELETE_FIRST)
{
    const seL4_CPtr vspace = vspace_new();

    mapped(&pdpt, vspace);
    return map(&pdpt, object_new(pdpt.type, 0), vspace, ADDRESS + (1ull << 38));
}

REFUSED("kernel.vspace.directory.map.no_pdpt", X86PageDirectoryMap, 8, MISSING(0, NO_PDPT))
{
    return map(&directory, object_new(directory.type, 0), vspace_new(), ADDRESS);
}

REFUSED("kernel.vspace.directory.map.taken", X86PageDirectoryMap, 9, DELETE_FIRST)
{
    const seL4_CPtr vspace = vspace_new();

    map_levels(vspace, 2);
    return map(&directory, object_new(directory.type, 0), vspace, ADDRESS + (1ull << 29));
}

REFUSED("kernel.vspace.directory.map.huge_page_there", X86PageDirectoryMap, 9, DELETE_FIRST)
{
    const seL4_CPtr vspace = vspace_new();

    map_levels(vspace, 1);
    map_device_frame(seL4_X64_HugePageObject, seL4_HugePageBits, vspace, ADDRESS);
    return map(&directory, object_new(directory.type, 0), vspace, ADDRESS);
}

REFUSED("kernel.vspace.table.map.no_pdpt", X86PageTableMap, 8, MISSING(0, NO_PDPT))
{
    return map(&table, object_new(table.type, 0), vspace_new(), ADDRESS);
}

REFUSED("kernel.vspace.table.map.no_directory", X86PageTableMap, 8, MISSING(0, NO_DIRECTORY))
{
    const seL4_CPtr vspace = vspace_new();

    map_levels(vspace, 1);
    return map(&table, object_new(table.type, 0), vspace, ADDRESS);
}

REFUSED("kernel.vspace.table.map.taken", X86PageTableMap, 9, DELETE_FIRST)
{
    const seL4_CPtr vspace = vspace_new();

    map_levels(vspace, 3);
    return map(&table, object_new(table.type, 0), vspace, ADDRESS + LARGE_BYTES - 1);
}

REFUSED("kernel.vspace.table.map.large_page_there", X86PageTableMap, 9, DELETE_FIRST)
{
    const seL4_CPtr vspace = vspace_new(), page = object_new(seL4_X86_LargePageObject, 0);

    map_levels(vspace, 2);
    OK(seL4_X86_Page_Map(page, vspace, ADDRESS, seL4_AllRights, 0));
    return map(&table, object_new(table.type, 0), vspace, ADDRESS);
}

TEST("kernel.vspace.structure.unmap.not_the_last_capability")
{
    COVERS("X86PDPTUnmap.1");
    COVERS("X86PageDirectoryUnmap.1");
    COVERS("X86PageTableUnmap.1");

    for (unsigned i = 0; i < LEVELS; i++) {
        const seL4_CPtr cap = map_levels(vspace_new(), i + 1), copy = copy_of(cap);

        CHECK_REPLY(INVOKE(cap, levels[i]->unmap, WORDS()), REVOKE_FIRST);
        CHECK_REPLY(INVOKE(copy, levels[i]->unmap, WORDS()), REVOKE_FIRST);
        cap_delete(copy);
        CHECK_REPLY(INVOKE(cap, levels[i]->unmap, WORDS()), SUCCESS());
    }
}

TEST("kernel.vspace.root_has_no_methods")
{
    CHECK_REPLY(INVOKE(vspace_new(), X86PDPTMap, WORDS(0, 0), CAPS(NOTHING)), ILLEGAL_OPERATION);
    CHECK_REPLY(INVOKE(OWN_VSPACE, TCBSuspend, WORDS()), ILLEGAL_OPERATION);
}

/* ---- frames ---- */

static struct reply map_page(seL4_CPtr frame, seL4_CPtr vspace, seL4_Word address)
{
    return INVOKE(frame, X86PageMap, WORDS(address, 3, 0), CAPS(vspace));
}

REFUSED("kernel.frame.map.truncated", X86PageMap, 1, TRUNCATED)
{
    return INVOKE(frame_new(), X86PageMap, WORDS(~0ull, 0, 0), CAPS(NOTHING), .cut = 1);
}

REFUSED("kernel.frame.map.no_vspace_given", X86PageMap, 1, TRUNCATED)
{
    return INVOKE(frame_new(), X86PageMap, WORDS(~0ull, 0, 0));
}

REFUSED("kernel.frame.map.no_vspace", X86PageMap, 2, INVALID_CAPABILITY(1))
{
    return map_page(frame_new(), endpoint_new(), ~0ull);
}

REFUSED("kernel.frame.map.vspace_unassigned", X86PageMap, 2, INVALID_CAPABILITY(1))
{
    return map_page(frame_new(), object_new(seL4_X64_PML4Object, 0), ~0ull);
}

REFUSED("kernel.frame.map.mapped_in_another", X86PageMap, 3, INVALID_CAPABILITY(1))
{
    return map_page(page_map(vspace_new(), ADDRESS), vspace_new(), ADDRESS);
}

REFUSED("kernel.frame.map.mapped_elsewhere", X86PageMap, 5, INVALID_ARGUMENT(0))
{
    const seL4_CPtr vspace = vspace_new();

    return map_page(page_map(vspace, ADDRESS), vspace, ADDRESS + 1);
}

REFUSED("kernel.frame.map.kernel_address", X86PageMap, 6, INVALID_ARGUMENT(0))
{
    return map_page(frame_new(), vspace_orphaned(), USER_TOP + 2);
}

REFUSED("kernel.frame.map.end_in_kernel", X86PageMap, 6, INVALID_ARGUMENT(0))
{
    return map_page(frame_new(), vspace_orphaned(), 0x7ffffffff000);
}

TEST("kernel.frame.map.highest_page")
{
    const seL4_CPtr vspace = vspace_new();

    tables_map(vspace, 0x7fffffffe000);
    CHECK_REPLY(map_page(frame_new(), vspace, 0x7fffffffe000), SUCCESS());
}

REFUSED("kernel.frame.map.pool_deleted", X86PageMap, 7, NO_ROOT(0))
{
    return map_page(frame_new(), vspace_orphaned(), ADDRESS + 1);
}

REFUSED("kernel.frame.map.asid_of_another", X86PageMap, 8, INVALID_CAPABILITY(1))
{
    return map_page(frame_new(), vspace_usurped(), ADDRESS + 1);
}

REFUSED("kernel.frame.map.unaligned", X86PageMap, 9, ALIGNMENT_ERROR)
{
    return map_page(frame_new(), vspace_new(), ADDRESS + 1);
}

REFUSED("kernel.frame.map.large_unaligned", X86PageMap, 9, ALIGNMENT_ERROR)
{
    return map_page(object_new(seL4_X86_LargePageObject, 0), vspace_new(), ADDRESS + PAGE_BYTES);
}

TEST("kernel.frame.map.missing_structures")
{
    COVERS("X86PageMap.10");
    static const seL4_Word missing[] = {NO_PDPT, NO_DIRECTORY, NO_TABLE};

    for (unsigned i = 0; i < LEVELS; i++) {
        const seL4_CPtr vspace = vspace_new();

        map_levels(vspace, i);
        CHECK_REPLY(map_page(frame_new(), vspace, ADDRESS), MISSING(0, missing[i]));
    }
}

TEST("kernel.frame.map.large_missing_structures")
{
    static const seL4_Word missing[] = {NO_PDPT, NO_DIRECTORY};
    const seL4_CPtr page = object_new(seL4_X86_LargePageObject, 0);

    for (unsigned i = 0; i < 2; i++) {
        const seL4_CPtr vspace = vspace_new();

        map_levels(vspace, i);
        CHECK_REPLY(map_page(page, vspace, ADDRESS), MISSING(0, missing[i]));
    }
}

TEST("kernel.frame.map.small_below_large")
{
    const seL4_CPtr vspace = vspace_new();

    map_levels(vspace, 2);
    CHECK_REPLY(map_page(object_new(seL4_X86_LargePageObject, 0), vspace, ADDRESS), SUCCESS());
    CHECK_REPLY(map_page(frame_new(), vspace, ADDRESS), MISSING(0, NO_TABLE));
}

REFUSED("kernel.frame.map.large_over_table", X86PageMap, 11, DELETE_FIRST)
{
    const seL4_CPtr vspace = vspace_new();

    map_levels(vspace, 3);
    return map_page(object_new(seL4_X86_LargePageObject, 0), vspace, ADDRESS);
}

TEST("kernel.frame.map.huge_over_directory")
{
    const seL4_CPtr vspace = vspace_new();
    const seL4_CPtr page = device_frame_of(seL4_X64_HugePageObject, seL4_HugePageBits);

    need_huge_pages();
    map_levels(vspace, 2);
    CHECK_REPLY(map_page(page, vspace, ADDRESS), DELETE_FIRST);
}

TEST("kernel.frame.unknown_label")
{
    CHECK_REPLY(INVOKE(frame_new(), X86PageTableMap, WORDS(0, 0)), ILLEGAL_OPERATION);
    CHECK_REPLY(INVOKE(frame_new(), X86ASIDControlMakePool, WORDS(0, 0)), ILLEGAL_OPERATION);
}

/* ---- ASID objects ---- */

static struct reply make_pool(seL4_CPtr untyped, seL4_CPtr root, seL4_Word slot, seL4_Word depth)
{
    return INVOKE(seL4_CapASIDControl, X86ASIDControlMakePool, WORDS(slot, depth),
                  CAPS(untyped, root));
}

REFUSED("kernel.asid.control.unknown_label", X86ASIDControlMakePool, 1, ILLEGAL_OPERATION)
{
    return INVOKE(seL4_CapASIDControl, X86ASIDPoolAssign, WORDS());
}

REFUSED("kernel.asid.make_pool.truncated", X86ASIDControlMakePool, 2, TRUNCATED)
{
    return INVOKE(seL4_CapASIDControl, X86ASIDControlMakePool, WORDS(0, 0), CAPS(NOTHING, NOTHING),
                  .cut = 1);
}

REFUSED("kernel.asid.make_pool.one_cap", X86ASIDControlMakePool, 2, TRUNCATED)
{
    return INVOKE(seL4_CapASIDControl, X86ASIDControlMakePool, WORDS(0, 0), CAPS(NOTHING));
}

REFUSED("kernel.asid.make_pool.all_in_use", X86ASIDControlMakePool, 3, DELETE_FIRST)
{
    for (unsigned i = 1; i < 1 << seL4_NumASIDPoolsBits; i++) {
        asid_pool_new();
    }
    return make_pool(NOTHING, NOTHING, 0, 0);
}

REFUSED("kernel.asid.make_pool.no_untyped", X86ASIDControlMakePool, 4, INVALID_CAPABILITY(1))
{
    return make_pool(endpoint_new(), NOTHING, 0, 0);
}

REFUSED("kernel.asid.make_pool.untyped_too_large", X86ASIDControlMakePool, 4, INVALID_CAPABILITY(1))
{
    return make_pool(untyped_new(seL4_ASIDPoolBits + 1), NOTHING, 0, 0);
}

REFUSED("kernel.asid.make_pool.untyped_too_small", X86ASIDControlMakePool, 4, INVALID_CAPABILITY(1))
{
    return make_pool(untyped_new(seL4_ASIDPoolBits - 1), NOTHING, 0, 0);
}

REFUSED("kernel.asid.make_pool.device_untyped", X86ASIDControlMakePool, 4, INVALID_CAPABILITY(1))
{
    return make_pool(device_untyped_new(seL4_ASIDPoolBits), NOTHING, 0, 0);
}

REFUSED("kernel.asid.make_pool.untyped_in_use", X86ASIDControlMakePool, 5, REVOKE_FIRST)
{
    return make_pool(untyped_with_child(), NOTHING, 0, 0);
}

REFUSED("kernel.asid.make_pool.root_no_cnode", X86ASIDControlMakePool, 6, NO_ROOT(0))
{
    return make_pool(untyped_new(seL4_ASIDPoolBits), NOTHING, 0, 0);
}

REFUSED("kernel.asid.make_pool.depth", X86ASIDControlMakePool, 6, RANGE_ERROR(1, 64))
{
    return make_pool(untyped_new(seL4_ASIDPoolBits), OWN_CNODE, OWN_TCB, 0);
}

REFUSED("kernel.asid.make_pool.slot_taken", X86ASIDControlMakePool, 7, DELETE_FIRST)
{
    return make_pool(untyped_new(seL4_ASIDPoolBits), OWN_CNODE, OWN_TCB, DEPTH);
}

REFUSED("kernel.asid.pool.unknown_label", X86ASIDPoolAssign, 1, ILLEGAL_OPERATION)
{
    return INVOKE(OWN_POOL, X86ASIDControlMakePool, WORDS());
}

REFUSED("kernel.asid.assign.truncated", X86ASIDPoolAssign, 2, TRUNCATED)
{
    return INVOKE(OWN_POOL, X86ASIDPoolAssign, WORDS());
}

REFUSED("kernel.asid.assign.no_root", X86ASIDPoolAssign, 3, INVALID_CAPABILITY(1))
{
    return INVOKE(OWN_POOL, X86ASIDPoolAssign, WORDS(), CAPS(object_new(seL4_X86_PDPTObject, 0)));
}

REFUSED("kernel.asid.assign.assigned_already", X86ASIDPoolAssign, 3, INVALID_CAPABILITY(1))
{
    return INVOKE(OWN_POOL, X86ASIDPoolAssign, WORDS(), CAPS(OWN_VSPACE));
}

/* The recorded ASID stays in the capability. */
TEST("kernel.asid.assign.orphan_stays_assigned")
{
    CHECK_REPLY(INVOKE(OWN_POOL, X86ASIDPoolAssign, WORDS(), CAPS(vspace_orphaned())),
                INVALID_CAPABILITY(1));
}

REFUSED("kernel.asid.assign.pool_full", X86ASIDPoolAssign, 6, DELETE_FIRST)
{
    const seL4_CPtr pool = asid_pool_new();
    enum { ASIDS = 1 << seL4_ASIDPoolIndexBits };

    for (unsigned i = 0; i < ASIDS; i++) {
        OK(seL4_X86_ASIDPool_Assign(pool, object_new(seL4_X64_PML4Object, 0)));
    }
    return INVOKE(pool, X86ASIDPoolAssign, WORDS(), CAPS(object_new(seL4_X64_PML4Object, 0)));
}
