// SPDX-License-Identifier: BSD-2-Clause
/* I/O address spaces as a kernel that knows them shows on a machine that has none. */
#include <harness/suite.h>

#ifdef CONFIG_IOMMU

static seL4_CPtr table_new(void)
{
    return object_new(seL4_X86_IOPageTableObject, 0);
}

REFUSED("kernel.io_space.table.unknown_label", X86IOPageTableMap, 1, ILLEGAL_OPERATION)
{
    return INVOKE(table_new(), X86PageTableMap, WORDS(0, 0));
}

REFUSED("kernel.io_space.table.map.truncated", X86IOPageTableMap, 2, TRUNCATED)
{
    return INVOKE(table_new(), X86IOPageTableMap, WORDS(0), CAPS(NOTHING), .cut = 1);
}

REFUSED("kernel.io_space.table.map.no_space_given", X86IOPageTableMap, 2, TRUNCATED)
{
    return INVOKE(table_new(), X86IOPageTableMap, WORDS(0));
}

REFUSED("kernel.io_space.table.map.no_space", X86IOPageTableMap, 4, INVALID_CAPABILITY(0))
{
    return INVOKE(table_new(), X86IOPageTableMap, WORDS(0), CAPS(OWN_VSPACE));
}

TEST("kernel.io_space.table.unmap_unmapped")
{
    COVERS("X86IOPageTableUnmap.0");

    CHECK_REPLY(INVOKE(table_new(), X86IOPageTableUnmap, WORDS()), SUCCESS());
}

TEST("kernel.io_space.table.cannot_be_copied_unmapped")
{
    CHECK_REPLY(INVOKE(OWN_CNODE, CNodeCopy, WORDS(slot_new(), DEPTH, table_new(), DEPTH, 0xf),
                       CAPS(OWN_CNODE)),
                ILLEGAL_OPERATION);
}

REFUSED("kernel.io_space.page.map.truncated", X86PageMapIO, 1, TRUNCATED)
{
    return INVOKE(object_new(seL4_X86_LargePageObject, 0), X86PageMapIO, WORDS(0, 0), CAPS(NOTHING),
                  .cut = 1);
}

REFUSED("kernel.io_space.page.map.no_space_given", X86PageMapIO, 1, TRUNCATED)
{
    return INVOKE(object_new(seL4_X86_LargePageObject, 0), X86PageMapIO, WORDS(0, 0));
}

REFUSED("kernel.io_space.page.map.large_frame", X86PageMapIO, 2, INVALID_CAPABILITY(0))
{
    return INVOKE(object_new(seL4_X86_LargePageObject, 0), X86PageMapIO, WORDS(0, 0),
                  CAPS(NOTHING));
}

REFUSED("kernel.io_space.page.map.mapped_already", X86PageMapIO, 3, INVALID_CAPABILITY(0))
{
    return INVOKE(page_map(vspace_new(), FREE_ADDRESS), X86PageMapIO, WORDS(0, 0), CAPS(NOTHING));
}

REFUSED("kernel.io_space.page.map.no_space", X86PageMapIO, 4, INVALID_CAPABILITY(0))
{
    return INVOKE(frame_new(), X86PageMapIO, WORDS(3, 0), CAPS(NOTHING));
}

#else

TEST("kernel.io_space.no_such_type")
{
    CHECK_REPLY(INVOKE(untyped_new(12), UntypedRetype,
                       WORDS(seL4_ObjectTypeCount, 0, 0, 0, slot_new(), 1), CAPS(OWN_CNODE)),
                INVALID_ARGUMENT(0));
}

#endif
