// SPDX-License-Identifier: BSD-2-Clause
/* Untyped memory: sizes, places, the watermark, clearing and reuse. */
#include <harness/suite.h>

enum { PARENT_BITS = 16 };

static struct reply retype(seL4_CPtr untyped, seL4_Word type, seL4_Word bits, seL4_CPtr slot,
                           seL4_Word count)
{
    return INVOKE(untyped, UntypedRetype, WORDS(type, bits, 0, 0, slot, count), CAPS(OWN_CNODE));
}

static seL4_Word address_of(seL4_CPtr frame)
{
    const struct reply reply = INVOKE(frame, X86PageGetAddress, WORDS());

    CHECK_EQUAL(reply.label, seL4_NoError);
    CHECK_EQUAL(reply.length, 1);
    return reply.mr[0];
}

/* Fills an untyped of `parent` bits with objects: as many as fit by their documented size. */
static void check_size(seL4_Word type, seL4_Word argument, seL4_Word bits)
{
    const seL4_Word parent_bits = bits + 2;
    const seL4_CPtr untyped = untyped_new(parent_bits), slots = slots_new(5);

    CHECK_REPLY(retype(untyped, type, argument, slots, 5), NOT_ENOUGH(1ull << parent_bits));
    CHECK_REPLY(retype(untyped, type, argument, slots, 3), SUCCESS());
    CHECK_REPLY(retype(untyped, type, argument, slots + 3, 2), NOT_ENOUGH(1ull << bits));
    CHECK_REPLY(retype(untyped, type, argument, slots + 3, 1), SUCCESS());
    CHECK_REPLY(retype(untyped, type, argument, slots + 4, 1), NOT_ENOUGH(0));
}

TEST("kernel.untyped.sizes")
{
    COVERS("UntypedRetype.0");

    check_size(seL4_UntypedObject, 4, 4);
    check_size(seL4_UntypedObject, 13, 13);
    check_size(seL4_TCBObject, 0, seL4_TCBBits);
    check_size(seL4_EndpointObject, 0, seL4_EndpointBits);
    check_size(seL4_NotificationObject, 0, seL4_NotificationBits);
    check_size(seL4_ReplyObject, 0, seL4_ReplyBits);
    check_size(seL4_CapTableObject, 1, seL4_SlotBits + 1);
    check_size(seL4_CapTableObject, 7, seL4_SlotBits + 7);
    check_size(seL4_SchedContextObject, 7, 7);
    check_size(seL4_SchedContextObject, 10, 10);
    check_size(seL4_X86_PDPTObject, 0, 12);
    check_size(seL4_X64_PML4Object, 0, 12);
    check_size(seL4_X86_PageTableObject, 0, 12);
    check_size(seL4_X86_PageDirectoryObject, 0, 12);
    check_size(seL4_X86_4K, 0, 12);
    check_size(seL4_X86_LargePageObject, 0, 21);
}

/* For objects of a fixed size the argument is ignored up to 63. */
TEST("kernel.untyped.size_argument_ignored")
{
    CHECK_REPLY(retype(untyped_new(12), seL4_EndpointObject, 63, slot_new(), 1), SUCCESS());
}

TEST("kernel.untyped.objects_are_adjacent_and_ascending")
{
    const seL4_CPtr untyped = untyped_new(PARENT_BITS), frames = slots_new(16);
    seL4_Word base;

    CHECK_REPLY(retype(untyped, seL4_X86_4K, 0, frames, 16), SUCCESS());
    base = address_of(frames);
    CHECK_EQUAL(base % (1 << PARENT_BITS), 0);
    for (unsigned i = 0; i < 16; i++) {
        CHECK_EQUAL(address_of(frames + i), base + i * PAGE_BYTES);
    }
}

/* The watermark is rounded up to the size of what comes next. */
TEST("kernel.untyped.watermark_is_aligned")
{
    const seL4_CPtr untyped = untyped_new(PARENT_BITS), slots = slots_new(3);
    seL4_Word first;

    CHECK_REPLY(retype(untyped, seL4_X86_4K, 0, slots, 1), SUCCESS());
    CHECK_REPLY(retype(untyped, seL4_EndpointObject, 0, slots + 1, 1), SUCCESS());
    CHECK_REPLY(retype(untyped, seL4_X86_4K, 0, slots + 2, 1), SUCCESS());
    first = address_of(slots);
    CHECK_EQUAL(address_of(slots + 2), first + 2 * PAGE_BYTES);
}

/* Too little left after rounding is not noticed by the check, which looks at the rest alone. */
TEST("kernel.untyped.reuse_only_when_all_are_gone")
{
    const seL4_CPtr untyped = untyped_new(12), slots = slots_new(3);

    CHECK_REPLY(retype(untyped, seL4_UntypedObject, 11, slots, 2), SUCCESS());
    cap_delete(slots);
    CHECK_REPLY(retype(untyped, seL4_UntypedObject, 11, slots, 1), NOT_ENOUGH(0));
    cap_delete(slots + 1);
    CHECK_REPLY(retype(untyped, seL4_UntypedObject, 12, slots, 1), SUCCESS());
}

TEST("kernel.untyped.largest_fan_out")
{
    const seL4_CPtr untyped = untyped_new(14), cnode = cnode_new(9);

    CHECK_REPLY(
        INVOKE(untyped, UntypedRetype, WORDS(seL4_EndpointObject, 0, 0, 0, 0, 256), CAPS(cnode)),
        SUCCESS());
    CHECK_REPLY(
        INVOKE(untyped, UntypedRetype, WORDS(seL4_EndpointObject, 0, 0, 0, 256, 257), CAPS(cnode)),
        RANGE_ERROR(1, 256));
}

TEST("kernel.untyped.destination_by_path")
{
    const seL4_CPtr untyped = untyped_new(12), outer = cnode_new(3), inner = cnode_new(3);

    OK(seL4_CNode_Move(outer, 5, 3, OWN_CNODE, inner, DEPTH));
    CHECK_REPLY(
        INVOKE(untyped, UntypedRetype, WORDS(seL4_EndpointObject, 0, 5, 3, 6, 2), CAPS(outer)),
        SUCCESS());
    CHECK_REPLY(INVOKE(outer, CNodeMove, WORDS(7, 3, 5 << 3 | 7, 6), CAPS(outer)), SUCCESS());
    /* The invoked root by its own path. */
    CHECK_REPLY(INVOKE(untyped, UntypedRetype,
                       WORDS(seL4_EndpointObject, 0, OWN_CNODE, DEPTH, slot_new(), 1),
                       CAPS(OWN_CNODE)),
                SUCCESS());
}

TEST("kernel.untyped.refusal_leaves_no_trace")
{
    const seL4_CPtr untyped = untyped_new(12), slot = slot_new();

    CHECK_REPLY(retype(untyped, seL4_UntypedObject, 11, slot, 3), NOT_ENOUGH(4096));
    CHECK(slot_is_empty(slot));
    CHECK_REPLY(retype(untyped, seL4_UntypedObject, 12, slot, 1), SUCCESS());
}

/* ---- contents ---- */

static void check_bytes(uintptr_t address, unsigned char expected)
{
    for (unsigned i = 0; i < PAGE_BYTES; i++) {
        CHECK_EQUAL(((const volatile unsigned char *)address)[i], expected);
    }
}

TEST("kernel.untyped.memory_is_cleared_before_reuse")
{
    const seL4_CPtr untyped = untyped_new(14), frames = slots_new(4);

    tables_map(OWN_VSPACE, FREE_ADDRESS);
    for (unsigned round = 0; round < 2; round++) {
        CHECK_REPLY(retype(untyped, seL4_X86_4K, 0, frames, 4), SUCCESS());
        for (unsigned i = 0; i < 4; i++) {
            const uintptr_t address = FREE_ADDRESS + i * PAGE_BYTES;

            OK(seL4_X86_Page_Map(frames + i, OWN_VSPACE, address, seL4_AllRights, 0));
            check_bytes(address, 0);
            for (unsigned at = 0; at < PAGE_BYTES; at++) {
                ((volatile unsigned char *)address)[at] = 0xaa;
            }
        }
        cap_revoke(untyped);
    }
}

/* What other objects left behind is no secret for frames either. */
TEST("kernel.untyped.other_objects_leave_nothing")
{
    const seL4_CPtr untyped = untyped_new(12), slots = slots_new(2);

    CHECK_REPLY(retype(untyped, seL4_TCBObject, 0, slots, 2), SUCCESS());
    cap_revoke(untyped);
    CHECK_REPLY(retype(untyped, seL4_X86_4K, 0, slots, 1), SUCCESS());
    tables_map(OWN_VSPACE, FREE_ADDRESS);
    OK(seL4_X86_Page_Map(slots, OWN_VSPACE, FREE_ADDRESS, seL4_AllRights, 0));
    check_bytes(FREE_ADDRESS, 0);
}

/* ---- device memory ---- */

TEST("kernel.untyped.device.addresses")
{
    const seL4_CPtr untyped = device_untyped_new(14), frames = slots_new(4);

    CHECK_REPLY(retype(untyped, seL4_X86_4K, 0, frames, 4), SUCCESS());
    for (unsigned i = 1; i < 4; i++) {
        CHECK_EQUAL(address_of(frames + i), address_of(frames) + i * PAGE_BYTES);
    }
}

TEST("kernel.untyped.device.children_are_device_too")
{
    const seL4_CPtr child = slot_new();

    CHECK_REPLY(retype(device_untyped_new(14), seL4_UntypedObject, 13, child, 1), SUCCESS());
    CHECK_REPLY(retype(child, seL4_TCBObject, 0, slot_new(), 1), INVALID_ARGUMENT(1));
    CHECK_REPLY(retype(child, seL4_X86_4K, 0, slot_new(), 1), SUCCESS());
}

TEST("kernel.untyped.device.large_frames")
{
    const seL4_CPtr large = device_frame_of(seL4_X86_LargePageObject, seL4_LargePageBits);
    const seL4_CPtr huge = device_frame_of(seL4_X64_HugePageObject, seL4_HugePageBits);

    CHECK_EQUAL(address_of(large) % LARGE_BYTES, 0);
    CHECK_EQUAL(address_of(huge) % HUGE_BYTES, 0);
}
