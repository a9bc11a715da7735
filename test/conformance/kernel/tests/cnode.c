// SPDX-License-Identifier: BSD-2-Clause
/* Capabilities: copying, moving, rights, the derivation tree, deleting. */
#include <harness/ipc.h>
#include <harness/suite.h>

static struct reply mint(seL4_CPtr from, seL4_CPtr to, seL4_Word rights, seL4_Word data)
{
    return INVOKE(OWN_CNODE, CNodeMint, WORDS(to, DEPTH, from, DEPTH, rights, data),
                  CAPS(OWN_CNODE));
}

static struct reply mutate(seL4_CPtr from, seL4_CPtr to, seL4_Word data)
{
    return INVOKE(OWN_CNODE, CNodeMutate, WORDS(to, DEPTH, from, DEPTH, data), CAPS(OWN_CNODE));
}

static seL4_CPtr moved(seL4_CPtr from)
{
    const seL4_CPtr to = slot_new();

    OK(seL4_CNode_Move(OWN_CNODE, to, DEPTH, OWN_CNODE, from, DEPTH));
    return to;
}

/* ---- copying ---- */

TEST("kernel.cnode.copy.all_kinds")
{
    COVERS("CNodeCopy.0");
    const seL4_CPtr caps[] = {OWN_TCB,
                              OWN_CNODE,
                              OWN_VSPACE,
                              seL4_CapASIDControl,
                              OWN_POOL,
                              seL4_CapBootInfoFrame,
                              seL4_CapDomain,
                              seL4_CapInitThreadSC,
                              boot->schedcontrol.start,
                              endpoint_new(),
                              notification_new(),
                              reply_new(),
                              untyped_new(12)};

    for (unsigned i = 0; i < sizeof(caps) / sizeof(caps[0]); i++) {
        CHECK(!slot_is_empty(copy_of(caps[i])));
    }
}

TEST("kernel.cnode.mint.badge")
{
    COVERS("CNodeMint.0");
    const seL4_CPtr notification = notification_new(), slot = slot_new();

    CHECK_REPLY(mint(notification, slot, 0xf, 0x8000000000000001), SUCCESS());
    seL4_Signal(slot);
    CHECK_EQUAL(receive((seL4_Word)seL4_SysWait, notification, NOTHING).badge, 0x8000000000000001);
}

TEST("kernel.cnode.mint.badge_zero_is_no_badge")
{
    const seL4_CPtr slot = slot_new();

    CHECK_REPLY(mint(notification_new(), slot, 0xf, 0), SUCCESS());
    CHECK_REPLY(mint(slot, slot_new(), 0xf, 5), SUCCESS());
}

TEST("kernel.cnode.mint.copy_of_badged_keeps_badge")
{
    const seL4_CPtr notification = notification_new();

    seL4_Signal(copy_of(badged(notification, 6)));
    CHECK_EQUAL(receive((seL4_Word)seL4_SysWait, notification, NOTHING).badge, 6);
}

TEST("kernel.cnode.mint.guard")
{
    const seL4_CPtr cnode = cnode_new(4), slot = slot_new();
    const seL4_Word data = seL4_CNode_CapData_new(0x1f5, 8).words[0]; /* keeps 8 bits: 0xf5 */

    CHECK_REPLY(mint(cnode, slot, 0xf, data), SUCCESS());
    CHECK_REPLY(INVOKE(slot, CNodeDelete, WORDS(0xf53, 12)), SUCCESS());
    CHECK_REPLY(INVOKE(slot, CNodeDelete, WORDS(0x053, 12)), BAD_GUARD(0, 12, 0xf5, 8));
}

TEST("kernel.cnode.mint.longest_guard")
{
    const seL4_CPtr slot = slot_new();

    CHECK_REPLY(mint(cnode_new(4), slot, 0xf, 60), SUCCESS());
    CHECK_REPLY(INVOKE(slot, CNodeDelete, WORDS(3, 64)), SUCCESS());
}

TEST("kernel.cnode.mint.data_ignored_by_others")
{
    const seL4_CPtr slot = slot_new();

    CHECK_REPLY(mint(OWN_TCB, slot, 0xf, 0x12345), SUCCESS());
}

/* Rights can only be taken away. */
TEST("kernel.cnode.copy.rights_do_not_come_back")
{
    const seL4_CPtr weak = with_rights(notification_new(), seL4_CanRead), slot = slot_new();

    CHECK_REPLY(mint(weak, slot, 0xf, 0), SUCCESS());
    CHECK_REPLY(INVOKE(slot, 0, WORDS()), INVALID_CAPABILITY(0));
}

TEST("kernel.cnode.copy.high_bits_of_rights")
{
    const seL4_CPtr notification = notification_new(), slot = slot_new();

    CHECK_REPLY(mint(notification, slot, 0xfffffff0 | 1, 0), SUCCESS());
    CHECK_REPLY(INVOKE(slot, 0, WORDS()), SUCCESS());
}

TEST("kernel.cnode.copy.frame_is_unmapped")
{
    const seL4_CPtr vspace = vspace_new(), copy = copy_of(page_map(vspace, FREE_ADDRESS));

    OK(seL4_X86_Page_Map(copy, vspace, FREE_ADDRESS + PAGE_BYTES, seL4_AllRights, 0));
}

/* ---- moving ---- */

TEST("kernel.cnode.move.empties_the_source")
{
    COVERS("CNodeMove.0");
    const seL4_CPtr notification = notification_new(), to = moved(notification);

    CHECK(slot_is_empty(notification));
    CHECK_REPLY(INVOKE(to, 0, WORDS()), SUCCESS());
}

TEST("kernel.cnode.move.kinds_that_cannot_be_copied")
{
    const seL4_CPtr slot = moved(seL4_CapIRQControl);

    OK(seL4_CNode_Move(OWN_CNODE, seL4_CapIRQControl, DEPTH, OWN_CNODE, slot, DEPTH));
    moved(untyped_with_child());
    moved(object_new(seL4_X86_PageTableObject, 0));
}

TEST("kernel.cnode.move.keeps_its_place_in_the_tree")
{
    const seL4_CPtr notification = notification_new(), child = moved(badged(notification, 1));
    const seL4_CPtr parent = moved(notification);

    cap_revoke(parent);
    CHECK(slot_is_empty(child));
    CHECK(!slot_is_empty(parent));
}

TEST("kernel.cnode.move.mapped_frame_stays_mapped")
{
    const seL4_CPtr frame = moved(page_map(OWN_VSPACE, FREE_ADDRESS));

    *(volatile char *)FREE_ADDRESS = 5;
    CHECK_REPLY(INVOKE(frame, X86PageUnmap, WORDS()), SUCCESS());
}

TEST("kernel.cnode.mutate.changes_a_guard")
{
    COVERS("CNodeMutate.0");
    const seL4_CPtr slot = slot_new();

    CHECK_REPLY(mutate(cnode_new(4), slot, seL4_CNode_CapData_new(0x3, 4).words[0]), SUCCESS());
    CHECK_REPLY(INVOKE(slot, CNodeDelete, WORDS(0x31, 8)), SUCCESS());
}

TEST("kernel.cnode.mutate.moves_others")
{
    const seL4_CPtr tcb = tcb_new(), slot = slot_new();

    CHECK_REPLY(mutate(tcb, slot, 77), SUCCESS());
    CHECK(slot_is_empty(tcb));
    OK(seL4_TCB_Suspend(slot));
}

static struct reply rotate(seL4_CPtr dest, seL4_Word dest_data, seL4_CPtr pivot,
                           seL4_Word pivot_data, seL4_CPtr source)
{
    return INVOKE(OWN_CNODE, CNodeRotate,
                  WORDS(dest, DEPTH, dest_data, pivot, DEPTH, pivot_data, source, DEPTH),
                  CAPS(OWN_CNODE, OWN_CNODE));
}

TEST("kernel.cnode.rotate.three_slots")
{
    COVERS("CNodeRotate.0");
    const seL4_CPtr dest = slot_new(), pivot = tcb_new(), source = sc_new();

    CHECK_REPLY(rotate(dest, 0, pivot, 0, source), SUCCESS());
    OK(seL4_TCB_Suspend(dest));
    CHECK_REPLY(INVOKE(pivot, SchedContextBind, WORDS(), CAPS(dest)), SUCCESS());
    CHECK(slot_is_empty(source));
}

TEST("kernel.cnode.rotate.swap")
{
    const seL4_CPtr one = tcb_new(), two = sc_new();

    CHECK_REPLY(rotate(one, 0, two, 0, one), SUCCESS());
    OK(seL4_TCB_Suspend(two));
    CHECK_REPLY(INVOKE(one, SchedContextBind, WORDS(), CAPS(two)), SUCCESS());
}

TEST("kernel.cnode.rotate.changes_guards")
{
    const seL4_CPtr dest = slot_new(), pivot = cnode_new(4), source = cnode_new(5);
    const seL4_Word dest_data = seL4_CNode_CapData_new(0x3, 4).words[0];
    const seL4_Word pivot_data = seL4_CNode_CapData_new(0x1, 3).words[0];

    CHECK_REPLY(rotate(dest, dest_data, pivot, pivot_data, source), SUCCESS());
    CHECK_REPLY(INVOKE(dest, CNodeDelete, WORDS(0x31, 8)), SUCCESS());
    CHECK_REPLY(INVOKE(pivot, CNodeDelete, WORDS(1 << 5, 8)), SUCCESS());
}

/* ---- the derivation tree ---- */

TEST("kernel.cnode.revoke.empty_slot")
{
    COVERS("CNodeRevoke.0");
    COVERS("CNodeDelete.0");
    const seL4_CPtr slot = slot_new();

    CHECK_REPLY(INVOKE(OWN_CNODE, CNodeRevoke, WORDS(slot, DEPTH)), SUCCESS());
    CHECK_REPLY(INVOKE(OWN_CNODE, CNodeDelete, WORDS(slot, DEPTH)), SUCCESS());
}

TEST("kernel.cnode.revoke.original_removes_copies_and_badged")
{
    const seL4_CPtr endpoint = endpoint_new(), copy = copy_of(endpoint);
    const seL4_CPtr one = badged(endpoint, 1), again = copy_of(one);

    cap_revoke(endpoint);
    CHECK(!slot_is_empty(endpoint));
    CHECK(slot_is_empty(copy));
    CHECK(slot_is_empty(one));
    CHECK(slot_is_empty(again));
}

TEST("kernel.cnode.revoke.copy_removes_nothing")
{
    const seL4_CPtr endpoint = endpoint_new(), copy = copy_of(endpoint), second = copy_of(copy);

    cap_revoke(copy);
    CHECK(!slot_is_empty(endpoint));
    CHECK(!slot_is_empty(second));
}

/* A badged copy is original; a badge minted from a copy is its own original too. */
TEST("kernel.cnode.revoke.badged_removes_only_its_copies")
{
    const seL4_CPtr endpoint = endpoint_new(), one = badged(endpoint, 1), two = badged(endpoint, 2);
    const seL4_CPtr copy_one = copy_of(one), copy_two = copy_of(two), plain = copy_of(endpoint);

    cap_revoke(one);
    CHECK(slot_is_empty(copy_one));
    CHECK(!slot_is_empty(one));
    CHECK(!slot_is_empty(two));
    CHECK(!slot_is_empty(copy_two));
    CHECK(!slot_is_empty(plain));
    CHECK(!slot_is_empty(endpoint));
}

/* The same badge minted twice: neither is the other's child. */
TEST("kernel.cnode.revoke.same_badge_minted_twice")
{
    const seL4_CPtr endpoint = endpoint_new(), one = badged(endpoint, 1), two = badged(endpoint, 1);
    const seL4_CPtr copy = copy_of(one);

    cap_revoke(two);
    CHECK(!slot_is_empty(one));
    CHECK(!slot_is_empty(copy));
    cap_revoke(one);
    CHECK(slot_is_empty(copy));
    CHECK(!slot_is_empty(two));
}

TEST("kernel.cnode.revoke.badge_from_a_copy_is_the_originals_child")
{
    const seL4_CPtr endpoint = endpoint_new(), copy = copy_of(endpoint), one = badged(copy, 1);

    cap_revoke(copy);
    CHECK(!slot_is_empty(one));
    cap_revoke(endpoint);
    CHECK(slot_is_empty(one));
    CHECK(slot_is_empty(copy));
}

TEST("kernel.cnode.delete.parent_keeps_children")
{
    const seL4_CPtr notification = notification_new(), copy = copy_of(notification);
    const seL4_CPtr one = badged(notification, 1);

    cap_delete(notification);
    CHECK(!slot_is_empty(copy));
    seL4_Signal(one);
    CHECK_EQUAL(receive((seL4_Word)seL4_SysWait, copy, NOTHING).badge, 1);
}

TEST("kernel.cnode.revoke.untyped_removes_all_below")
{
    const seL4_CPtr untyped = untyped_new(16), slots = slots_new(4);

    OK(seL4_Untyped_Retype(untyped, seL4_UntypedObject, 14, OWN_CNODE, 0, 0, slots, 1));
    OK(seL4_Untyped_Retype(slots, seL4_TCBObject, 0, OWN_CNODE, 0, 0, slots + 1, 1));
    OK(seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, OWN_CNODE, 0, 0, slots + 2, 2));
    const seL4_CPtr copy = copy_of(slots + 2), one = badged(slots + 3, 7);

    cap_revoke(untyped);
    for (unsigned i = 0; i < 4; i++) {
        CHECK(slot_is_empty(slots + i));
    }
    CHECK(slot_is_empty(copy));
    CHECK(slot_is_empty(one));
    CHECK(!slot_is_empty(untyped));
}

TEST("kernel.cnode.revoke.tcb_copies")
{
    const seL4_CPtr tcb = tcb_new(), copy = copy_of(tcb);

    cap_revoke(tcb);
    CHECK(slot_is_empty(copy));
    OK(seL4_TCB_Suspend(tcb));
}

/* An untyped with a copy has a child, and the copy is full of the same memory. */
TEST("kernel.cnode.copy.untyped")
{
    const seL4_CPtr untyped = untyped_new(12), copy = copy_of(untyped), slot = slot_new();

    CHECK_REPLY(INVOKE(untyped, UntypedRetype, WORDS(seL4_EndpointObject, 0, 0, 0, slot, 1),
                       CAPS(OWN_CNODE)),
                NOT_ENOUGH(0));
    OK(seL4_Untyped_Retype(copy, seL4_EndpointObject, 0, OWN_CNODE, 0, 0, slot, 1));
    cap_revoke(untyped);
    CHECK(slot_is_empty(copy));
    CHECK(slot_is_empty(slot));
    OK(seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, OWN_CNODE, 0, 0, slot, 1));
}

/* ---- deleting CNodes ---- */

TEST("kernel.cnode.delete.empties_all_slots")
{
    const seL4_CPtr cnode = cnode_new(6), untyped = untyped_new(12);

    OK(seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, cnode, 0, 0, 0, 64));
    cap_delete(cnode);
    CHECK_REPLY(INVOKE(untyped, UntypedRetype, WORDS(seL4_UntypedObject, 12, 0, 0, slot_new(), 1),
                       CAPS(OWN_CNODE)),
                SUCCESS());
}

TEST("kernel.cnode.delete.nested")
{
    const seL4_CPtr outer = cnode_new(3), inner = cnode_new(3), untyped = untyped_new(12);

    OK(seL4_Untyped_Retype(untyped, seL4_TCBObject, 0, inner, 0, 0, 1, 1));
    OK(seL4_CNode_Move(outer, 2, 3, OWN_CNODE, inner, DEPTH));
    cap_delete(outer);
    CHECK_REPLY(INVOKE(untyped, UntypedRetype, WORDS(seL4_UntypedObject, 12, 0, 0, slot_new(), 1),
                       CAPS(OWN_CNODE)),
                SUCCESS());
}

/* Two CNodes that hold each other's only capability. */
TEST("kernel.cnode.delete.cycle")
{
    const seL4_CPtr untyped = untyped_new(12), one = slots_new(2), two = one + 1;

    OK(seL4_Untyped_Retype(untyped, seL4_CapTableObject, 3, OWN_CNODE, 0, 0, one, 2));
    OK(seL4_CNode_Copy(one, 1, 3, OWN_CNODE, two, DEPTH, seL4_AllRights));
    OK(seL4_CNode_Copy(two, 1, 3, OWN_CNODE, one, DEPTH, seL4_AllRights));
    cap_delete(one);
    cap_delete(two);
    cap_revoke(untyped);
    CHECK_REPLY(INVOKE(untyped, UntypedRetype, WORDS(seL4_UntypedObject, 12, 0, 0, slot_new(), 1),
                       CAPS(OWN_CNODE)),
                SUCCESS());
}

TEST("kernel.cnode.delete.holds_itself")
{
    const seL4_CPtr cnode = cnode_new(3);

    OK(seL4_CNode_Copy(cnode, 4, 3, OWN_CNODE, cnode, DEPTH, seL4_AllRights));
    cap_delete(cnode);
}

/* By the capability inside itself. */
TEST("kernel.cnode.delete.through_itself")
{
    const seL4_CPtr cnode = cnode_new(3);

    OK(seL4_CNode_Copy(cnode, 4, 3, OWN_CNODE, OWN_TCB, DEPTH, seL4_AllRights));
    OK(seL4_CNode_Copy(cnode, 5, 3, OWN_CNODE, cnode, DEPTH, seL4_AllRights));
    CHECK_REPLY(INVOKE(cnode, CNodeDelete, WORDS(4, 3)), SUCCESS());
    CHECK_REPLY(INVOKE(cnode, CNodeDelete, WORDS(5, 3)), SUCCESS());
}

TEST("kernel.cnode.many_slots")
{
    const seL4_CPtr cnode = cnode_new(12);

    OK(seL4_CNode_Copy(cnode, 4095, 12, OWN_CNODE, OWN_TCB, DEPTH, seL4_AllRights));
    CHECK_REPLY(INVOKE(cnode, CNodeMove, WORDS(0, 12, 4095, 12), CAPS(cnode)), SUCCESS());
}
