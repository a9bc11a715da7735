// SPDX-License-Identifier: BSD-2-Clause
/*
 * Every refusal of the CNode methods, in the order of the checks. They work on
 * a small CNode without guard, so its slots are numbers of SMALL bits.
 */
#include <harness/suite.h>

enum { SMALL = 4, TAKEN = 1, FREE = 2 };

/* With a TCB capability in slot TAKEN. */
static seL4_CPtr small_new(void)
{
    const seL4_CPtr cnode = cnode_new(SMALL);

    OK(seL4_CNode_Move(cnode, TAKEN, SMALL, OWN_CNODE, tcb_new(), DEPTH));
    return cnode;
}

/* ---- checks that all methods begin with ---- */

#define COVERS_ALL(row)                                                                            \
    COVERS("CNodeRevoke." row);                                                                    \
    COVERS("CNodeDelete." row);                                                                    \
    COVERS("CNodeCancelBadgedSends." row);                                                         \
    COVERS("CNodeCopy." row);                                                                      \
    COVERS("CNodeMint." row);                                                                      \
    COVERS("CNodeMove." row);                                                                      \
    COVERS("CNodeMutate." row);                                                                    \
    COVERS("CNodeRotate." row)

TEST("kernel.cnode.unknown_label")
{
    COVERS_ALL("1");

    CHECK_REPLY(INVOKE(small_new(), CNodeRevoke - 1, WORDS()), ILLEGAL_OPERATION);
    CHECK_REPLY(INVOKE(small_new(), CNodeRotate + 1, WORDS()), ILLEGAL_OPERATION);
    CHECK_REPLY(INVOKE(small_new(), InvalidInvocation, WORDS()), ILLEGAL_OPERATION);
}

TEST("kernel.cnode.no_slot_given")
{
    COVERS_ALL("2");

    for (seL4_Word label = CNodeRevoke; label <= CNodeRotate; label++) {
        CHECK_REPLY(INVOKE(small_new(), label, WORDS(FREE, 0), .cut = 1), TRUNCATED);
    }
}

TEST("kernel.cnode.slot_depth_out_of_range")
{
    COVERS_ALL("3");

    for (seL4_Word label = CNodeRevoke; label <= CNodeRotate; label++) {
        CHECK_REPLY(INVOKE(small_new(), label, WORDS(FREE, 0)), RANGE_ERROR(1, 64));
        CHECK_REPLY(INVOKE(small_new(), label, WORDS(FREE, 65)), RANGE_ERROR(1, 64));
    }
}

TEST("kernel.cnode.slot_too_few_bits")
{
    for (seL4_Word label = CNodeRevoke; label <= CNodeRotate; label++) {
        CHECK_REPLY(INVOKE(small_new(), label, WORDS(FREE, SMALL - 1)),
                    TOO_DEEP(0, SMALL - 1, SMALL));
    }
}

TEST("kernel.cnode.slot_too_many_bits")
{
    for (seL4_Word label = CNodeRevoke; label <= CNodeRotate; label++) {
        CHECK_REPLY(INVOKE(small_new(), label, WORDS(TAKEN << 3, SMALL + 3)), TOO_DEEP(0, 3, 0));
        CHECK_REPLY(INVOKE(small_new(), label, WORDS(FREE << 3, SMALL + 3)), TOO_DEEP(0, 3, 0));
    }
}

TEST("kernel.cnode.slot_guard_mismatch")
{
    const seL4_Word bits = boot->initThreadCNodeSizeBits, guard_bits = 64 - bits;

    for (seL4_Word label = CNodeRevoke; label <= CNodeRotate; label++) {
        CHECK_REPLY(INVOKE(OWN_CNODE, label, WORDS(1ull << bits, 64)),
                    BAD_GUARD(0, 64, 0, guard_bits));
        CHECK_REPLY(INVOKE(OWN_CNODE, label, WORDS(0, guard_bits - 1)),
                    BAD_GUARD(0, guard_bits - 1, 0, guard_bits));
    }
}

/* ---- CancelBadgedSends ---- */

static struct reply cancel(seL4_CPtr cap)
{
    return INVOKE(OWN_CNODE, CNodeCancelBadgedSends, WORDS(cap, DEPTH));
}

REFUSED("kernel.cnode.cancel_badged_sends.no_endpoint", CNodeCancelBadgedSends, 4,
        ILLEGAL_OPERATION)
{
    return cancel(notification_new());
}

TEST("kernel.cnode.cancel_badged_sends.needs_all_rights")
{
    const seL4_CPtr endpoint = endpoint_new();

    CHECK_REPLY(cancel(NOTHING), ILLEGAL_OPERATION);
    CHECK_REPLY(cancel(with_rights(endpoint, seL4_CapRights_new(0, 1, 1, 1))), ILLEGAL_OPERATION);
    CHECK_REPLY(cancel(with_rights(endpoint, seL4_CapRights_new(1, 0, 1, 1))), ILLEGAL_OPERATION);
    CHECK_REPLY(cancel(with_rights(endpoint, seL4_CapRights_new(1, 1, 0, 1))), ILLEGAL_OPERATION);
    CHECK_REPLY(cancel(with_rights(endpoint, seL4_CapRights_new(1, 1, 1, 0))), ILLEGAL_OPERATION);
    CHECK_REPLY(cancel(with_rights(endpoint, seL4_AllRights)), SUCCESS());
}

/* ---- Copy, Mint, Move, Mutate: the same checks in front ---- */

/* Words and capabilities are cut by the caller; what follows the source is good. */
static struct reply transfer(seL4_Word label, seL4_CPtr cnode, seL4_Word dest, seL4_CPtr root,
                             seL4_Word source, seL4_Word depth)
{
    return INVOKE(cnode, label, WORDS(dest, SMALL, source, depth, 0xf, 0), CAPS(root));
}

#define COVERS_TRANSFERS(row)                                                                      \
    COVERS("CNodeCopy." row);                                                                      \
    COVERS("CNodeMint." row);                                                                      \
    COVERS("CNodeMove." row);                                                                      \
    COVERS("CNodeMutate." row)

TEST("kernel.cnode.no_source_given")
{
    COVERS_TRANSFERS("4");

    for (seL4_Word label = CNodeCopy; label <= CNodeMutate; label++) {
        const seL4_CPtr cnode = small_new();

        CHECK_REPLY(INVOKE(cnode, label, WORDS(TAKEN, SMALL, FREE, 0), CAPS(NOTHING), .cut = 1),
                    TRUNCATED);
        CHECK_REPLY(INVOKE(cnode, label, WORDS(TAKEN, SMALL, FREE, 0)), TRUNCATED);
    }
}

TEST("kernel.cnode.destination_taken")
{
    COVERS_TRANSFERS("5");

    for (seL4_Word label = CNodeCopy; label <= CNodeMutate; label++) {
        CHECK_REPLY(transfer(label, small_new(), TAKEN, NOTHING, 0, 0), DELETE_FIRST);
    }
}

TEST("kernel.cnode.source_unreachable")
{
    COVERS_TRANSFERS("6");

    for (seL4_Word label = CNodeCopy; label <= CNodeMutate; label++) {
        const seL4_CPtr cnode = small_new();

        CHECK_REPLY(transfer(label, cnode, FREE, NOTHING, 0, 0), NO_ROOT(1));
        CHECK_REPLY(transfer(label, cnode, FREE, endpoint_new(), 0, 0), NO_ROOT(1));
        CHECK_REPLY(transfer(label, cnode, FREE, cnode, 0, 0), RANGE_ERROR(1, 64));
        CHECK_REPLY(transfer(label, cnode, FREE, cnode, 0, 65), RANGE_ERROR(1, 64));
        CHECK_REPLY(transfer(label, cnode, FREE, cnode, 0, 2), TOO_DEEP(1, 2, SMALL));
        CHECK_REPLY(transfer(label, cnode, FREE, cnode, 0, 6), TOO_DEEP(1, 2, 0));
    }
}

TEST("kernel.cnode.source_empty")
{
    COVERS_TRANSFERS("7");

    for (seL4_Word label = CNodeCopy; label <= CNodeMutate; label++) {
        const seL4_CPtr cnode = small_new();

        CHECK_REPLY(INVOKE(cnode, label, WORDS(FREE, SMALL, FREE + 1, SMALL), CAPS(cnode)),
                    MISSING(1, SMALL));
    }
}

REFUSED("kernel.cnode.copy.no_rights_given", CNodeCopy, 8, TRUNCATED)
{
    return INVOKE(small_new(), CNodeCopy, WORDS(FREE, SMALL, untyped_with_child(), DEPTH),
                  CAPS(OWN_CNODE));
}

REFUSED("kernel.cnode.mint.no_badge_given", CNodeMint, 8, TRUNCATED)
{
    return INVOKE(small_new(), CNodeMint, WORDS(FREE, SMALL, untyped_with_child(), DEPTH, 0xf),
                  CAPS(OWN_CNODE));
}

REFUSED("kernel.cnode.mutate.no_badge_given", CNodeMutate, 8, TRUNCATED)
{
    return INVOKE(small_new(), CNodeMutate, WORDS(FREE, SMALL, endpoint_new(), DEPTH),
                  CAPS(OWN_CNODE));
}

REFUSED("kernel.cnode.copy.untyped_with_child", CNodeCopy, 9, REVOKE_FIRST)
{
    return transfer(CNodeCopy, small_new(), FREE, OWN_CNODE, untyped_with_child(), DEPTH);
}

REFUSED("kernel.cnode.mint.untyped_with_child", CNodeMint, 9, REVOKE_FIRST)
{
    return transfer(CNodeMint, small_new(), FREE, OWN_CNODE, untyped_with_child(), DEPTH);
}

TEST("kernel.cnode.copy.unmapped_structures")
{
    static const seL4_Word types[] = {seL4_X86_PDPTObject, seL4_X86_PageDirectoryObject,
                                      seL4_X86_PageTableObject, seL4_X64_PML4Object};

    for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        CHECK_REPLY(transfer(CNodeCopy, small_new(), FREE, OWN_CNODE, object_new(types[i], 0), 64),
                    ILLEGAL_OPERATION);
    }
}

REFUSED("kernel.cnode.copy.irq_control", CNodeCopy, 10, ILLEGAL_OPERATION)
{
    return transfer(CNodeCopy, small_new(), FREE, OWN_CNODE, seL4_CapIRQControl, DEPTH);
}

TEST("kernel.cnode.copy.io_port_control")
{
    CHECK_REPLY(transfer(CNodeCopy, small_new(), FREE, OWN_CNODE, seL4_CapIOPortControl, DEPTH),
                ILLEGAL_OPERATION);
}

REFUSED("kernel.cnode.mint.badged_already", CNodeMint, 10, ILLEGAL_OPERATION)
{
    const seL4_CPtr source = badged(endpoint_new(), 5);

    return INVOKE(small_new(), CNodeMint, WORDS(FREE, SMALL, source, DEPTH, 0xf, 6),
                  CAPS(OWN_CNODE));
}

TEST("kernel.cnode.mint.notification_badged_already")
{
    const seL4_CPtr source = badged(notification_new(), 5);

    CHECK_REPLY(
        INVOKE(small_new(), CNodeMint, WORDS(FREE, SMALL, source, DEPTH, 0xf, 6), CAPS(OWN_CNODE)),
        ILLEGAL_OPERATION);
}

TEST("kernel.cnode.mint.guard_too_long")
{
    const seL4_CPtr source = cnode_new(2);

    CHECK_REPLY(
        INVOKE(small_new(), CNodeMint, WORDS(FREE, SMALL, source, DEPTH, 0xf, 63), CAPS(OWN_CNODE)),
        ILLEGAL_OPERATION);
}

REFUSED("kernel.cnode.mutate.endpoint", CNodeMutate, 9, ILLEGAL_OPERATION)
{
    return INVOKE(small_new(), CNodeMutate, WORDS(FREE, SMALL, endpoint_new(), DEPTH, 0),
                  CAPS(OWN_CNODE));
}

TEST("kernel.cnode.mutate.notification")
{
    CHECK_REPLY(INVOKE(small_new(), CNodeMutate, WORDS(FREE, SMALL, notification_new(), DEPTH, 7),
                       CAPS(OWN_CNODE)),
                ILLEGAL_OPERATION);
}

TEST("kernel.cnode.mutate.guard_too_long")
{
    CHECK_REPLY(INVOKE(small_new(), CNodeMutate, WORDS(FREE, SMALL, cnode_new(2), DEPTH, 63),
                       CAPS(OWN_CNODE)),
                ILLEGAL_OPERATION);
}

/* ---- Rotate ---- */

enum { PIVOT = 5, SOURCE = 6 };

static seL4_CPtr rotatable_new(void)
{
    const seL4_CPtr cnode = small_new();

    OK(seL4_CNode_Move(cnode, PIVOT, SMALL, OWN_CNODE, tcb_new(), DEPTH));
    OK(seL4_CNode_Move(cnode, SOURCE, SMALL, OWN_CNODE, tcb_new(), DEPTH));
    return cnode;
}

static struct reply rotate(seL4_CPtr cnode, seL4_Word dest, seL4_Word pivot, seL4_Word source)
{
    return INVOKE(cnode, CNodeRotate, WORDS(dest, SMALL, 0, pivot, SMALL, 0, source, SMALL),
                  CAPS(cnode, cnode));
}

REFUSED("kernel.cnode.rotate.truncated", CNodeRotate, 4, TRUNCATED)
{
    return INVOKE(small_new(), CNodeRotate, WORDS(FREE, SMALL, 0, 0, 0, 0, 0, 0),
                  CAPS(NOTHING, NOTHING), .cut = 1);
}

REFUSED("kernel.cnode.rotate.one_cap", CNodeRotate, 4, TRUNCATED)
{
    return INVOKE(small_new(), CNodeRotate, WORDS(FREE, SMALL, 0, 0, 0, 0, 0, 0), CAPS(NOTHING));
}

REFUSED("kernel.cnode.rotate.source_unreachable", CNodeRotate, 5, TOO_DEEP(1, 2, SMALL))
{
    const seL4_CPtr cnode = rotatable_new();

    return INVOKE(cnode, CNodeRotate, WORDS(TAKEN, SMALL, 0, 0, 0, 0, SOURCE, 2),
                  CAPS(NOTHING, cnode));
}

REFUSED("kernel.cnode.rotate.pivot_unreachable", CNodeRotate, 6, NO_ROOT(1))
{
    const seL4_CPtr cnode = rotatable_new();

    return INVOKE(cnode, CNodeRotate, WORDS(TAKEN, SMALL, 0, SOURCE, SMALL, 0, SOURCE, SMALL),
                  CAPS(NOTHING, cnode));
}

REFUSED("kernel.cnode.rotate.pivot_depth", CNodeRotate, 6, RANGE_ERROR(1, 64))
{
    const seL4_CPtr cnode = rotatable_new();

    return INVOKE(cnode, CNodeRotate, WORDS(TAKEN, SMALL, 0, SOURCE, 0, 0, SOURCE, SMALL),
                  CAPS(cnode, cnode));
}

REFUSED("kernel.cnode.rotate.pivot_is_source", CNodeRotate, 7, ILLEGAL_OPERATION)
{
    return rotate(rotatable_new(), TAKEN, FREE, FREE);
}

REFUSED("kernel.cnode.rotate.pivot_is_destination", CNodeRotate, 7, ILLEGAL_OPERATION)
{
    return rotate(rotatable_new(), TAKEN, TAKEN, FREE);
}

REFUSED("kernel.cnode.rotate.destination_taken", CNodeRotate, 8, DELETE_FIRST)
{
    return rotate(rotatable_new(), TAKEN, FREE, FREE + 1);
}

REFUSED("kernel.cnode.rotate.source_empty", CNodeRotate, 9, MISSING(1, SMALL))
{
    return rotate(rotatable_new(), FREE, FREE + 1, FREE + 2);
}

REFUSED("kernel.cnode.rotate.pivot_empty", CNodeRotate, 10, MISSING(0, SMALL))
{
    const seL4_CPtr cnode = small_new();

    OK(seL4_CNode_Move(cnode, SOURCE, SMALL, OWN_CNODE, endpoint_new(), DEPTH));
    return rotate(cnode, FREE, PIVOT, SOURCE);
}

REFUSED("kernel.cnode.rotate.source_unchangeable", CNodeRotate, 11, ILLEGAL_OPERATION)
{
    const seL4_CPtr cnode = small_new();

    OK(seL4_CNode_Move(cnode, SOURCE, SMALL, OWN_CNODE, endpoint_new(), DEPTH));
    return rotate(cnode, FREE, TAKEN, SOURCE);
}

REFUSED("kernel.cnode.rotate.pivot_unchangeable", CNodeRotate, 12, ILLEGAL_OPERATION)
{
    const seL4_CPtr cnode = small_new();

    OK(seL4_CNode_Move(cnode, PIVOT, SMALL, OWN_CNODE, endpoint_new(), DEPTH));
    return rotate(cnode, FREE, PIVOT, TAKEN);
}
