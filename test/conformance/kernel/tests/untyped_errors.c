// SPDX-License-Identifier: BSD-2-Clause
/* Every refusal of Retype, in the order of the checks. */
#include <harness/suite.h>

enum { SMALL = 4, SLOTS = 1 << SMALL, FAN_OUT = 256, MAX_BITS = seL4_MaxUntypedBits };

/* A type number above all that exist; the headers' own placeholders are of this kind. */
#define NO_TYPE seL4_ObjectTypeCount

static struct reply retype(seL4_Word type, seL4_Word size_bits, seL4_CPtr root, seL4_Word index,
                           seL4_Word depth, seL4_Word offset, seL4_Word count)
{
    return INVOKE(untyped_new(seL4_PageBits), UntypedRetype,
                  WORDS(type, size_bits, index, depth, offset, count), CAPS(root));
}

REFUSED("kernel.untyped.retype.unknown_label", UntypedRetype, 1, ILLEGAL_OPERATION)
{
    return INVOKE(untyped_new(seL4_PageBits), TCBSuspend, WORDS());
}

REFUSED("kernel.untyped.retype.truncated", UntypedRetype, 2, TRUNCATED)
{
    return INVOKE(untyped_new(seL4_PageBits), UntypedRetype, WORDS(NO_TYPE, 64, 0, 0, 0, 0),
                  CAPS(NOTHING), .cut = 1);
}

REFUSED("kernel.untyped.retype.no_root_given", UntypedRetype, 2, TRUNCATED)
{
    return INVOKE(untyped_new(seL4_PageBits), UntypedRetype, WORDS(NO_TYPE, 64, 0, 0, 0, 0));
}

REFUSED("kernel.untyped.retype.no_such_type", UntypedRetype, 3, INVALID_ARGUMENT(0))
{
    return retype(NO_TYPE, 64, NOTHING, 0, 65, 0, 0);
}

TEST("kernel.untyped.retype.types_of_other_profiles")
{
    static const seL4_Word types[] = {seL4_X86_VCPUObject, seL4_X86_EPTPML4Object,
                                      seL4_X86_EPTPDPTObject, seL4_X86_EPTPDObject,
                                      seL4_X86_EPTPTObject};

    for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        CHECK_REPLY(retype(types[i], 0, OWN_CNODE, 0, 0, slot_new(), 1), INVALID_ARGUMENT(0));
    }
    CHECK_REPLY(retype(~0ull, 0, OWN_CNODE, 0, 0, slot_new(), 1), INVALID_ARGUMENT(0));
}

REFUSED("kernel.untyped.retype.size_word", UntypedRetype, 4, RANGE_ERROR(0, MAX_BITS))
{
    return retype(seL4_EndpointObject, 64, NOTHING, 0, 65, 0, 0);
}

REFUSED("kernel.untyped.retype.size_untyped", UntypedRetype, 4, RANGE_ERROR(0, MAX_BITS))
{
    return retype(seL4_UntypedObject, MAX_BITS + 1, NOTHING, 0, 65, 0, 0);
}

REFUSED("kernel.untyped.retype.size_cnode", UntypedRetype, 4, RANGE_ERROR(0, MAX_BITS))
{
    return retype(seL4_CapTableObject, MAX_BITS - seL4_SlotBits + 1, NOTHING, 0, 65, 0, 0);
}

REFUSED("kernel.untyped.retype.size_sched_context", UntypedRetype, 4, RANGE_ERROR(0, MAX_BITS))
{
    return retype(seL4_SchedContextObject, MAX_BITS + 1, NOTHING, 0, 65, 0, 0);
}

REFUSED("kernel.untyped.retype.cnode_without_slots", UntypedRetype, 5, INVALID_ARGUMENT(1))
{
    return retype(seL4_CapTableObject, 0, NOTHING, 0, 65, 0, 0);
}

REFUSED("kernel.untyped.retype.untyped_too_small", UntypedRetype, 6, INVALID_ARGUMENT(1))
{
    return retype(seL4_UntypedObject, seL4_MinUntypedBits - 1, NOTHING, 0, 65, 0, 0);
}

REFUSED("kernel.untyped.retype.sched_context_too_small", UntypedRetype, 7, INVALID_ARGUMENT(1))
{
    return retype(seL4_SchedContextObject, seL4_MinSchedContextBits - 1, NOTHING, 0, 65, 0, 0);
}

REFUSED("kernel.untyped.retype.node_depth", UntypedRetype, 8, RANGE_ERROR(1, 64))
{
    return retype(seL4_EndpointObject, 0, OWN_CNODE, 0, 65, ~0ull, 0);
}

REFUSED("kernel.untyped.retype.node_root", UntypedRetype, 8, NO_ROOT(0))
{
    return retype(seL4_EndpointObject, 0, tcb_new(), 0, 65, ~0ull, 0);
}

REFUSED("kernel.untyped.retype.node_too_few_bits", UntypedRetype, 8, TOO_DEEP(0, 2, SMALL))
{
    return retype(seL4_EndpointObject, 0, cnode_new(SMALL), 0, 2, ~0ull, 0);
}

REFUSED("kernel.untyped.retype.node_no_cnode", UntypedRetype, 9, MISSING(0, DEPTH))
{
    return retype(seL4_EndpointObject, 0, OWN_CNODE, tcb_new(), DEPTH, ~0ull, 0);
}

REFUSED("kernel.untyped.retype.root_no_cnode", UntypedRetype, 9, MISSING(0, 0))
{
    return retype(seL4_EndpointObject, 0, tcb_new(), 0, 0, ~0ull, 0);
}

REFUSED("kernel.untyped.retype.offset", UntypedRetype, 10, RANGE_ERROR(0, SLOTS - 1))
{
    return retype(seL4_EndpointObject, 0, cnode_new(SMALL), 0, 0, SLOTS, 0);
}

REFUSED("kernel.untyped.retype.no_objects", UntypedRetype, 11, RANGE_ERROR(1, FAN_OUT))
{
    return retype(seL4_EndpointObject, 0, cnode_new(SMALL), 0, 0, SLOTS - 1, 0);
}

REFUSED("kernel.untyped.retype.too_many_objects", UntypedRetype, 11, RANGE_ERROR(1, FAN_OUT))
{
    return retype(seL4_EndpointObject, 0, cnode_new(SMALL), 0, 0, SLOTS - 1, FAN_OUT + 1);
}

REFUSED("kernel.untyped.retype.too_few_slots", UntypedRetype, 12, RANGE_ERROR(1, 3))
{
    const seL4_CPtr cnode = cnode_new(SMALL);

    OK(seL4_CNode_Copy(cnode, SLOTS - 3, SMALL, OWN_CNODE, tcb_new(), DEPTH, seL4_AllRights));
    return retype(seL4_EndpointObject, 0, cnode, 0, 0, SLOTS - 3, 4);
}

REFUSED("kernel.untyped.retype.slot_taken", UntypedRetype, 13, DELETE_FIRST)
{
    const seL4_CPtr cnode = cnode_new(SMALL);

    OK(seL4_CNode_Copy(cnode, SLOTS - 1, SMALL, OWN_CNODE, tcb_new(), DEPTH, seL4_AllRights));
    return retype(seL4_UntypedObject, MAX_BITS, cnode, 0, 0, SLOTS - 3, 3);
}

REFUSED("kernel.untyped.retype.too_large", UntypedRetype, 14, NOT_ENOUGH(1 << seL4_PageBits))
{
    return retype(seL4_UntypedObject, seL4_PageBits - 1, OWN_CNODE, 0, 0, slots_new(3), 3);
}

/* Free is what lies behind the watermark, before it is rounded up for the new object. */
REFUSED("kernel.untyped.retype.rest_too_small", UntypedRetype, 14,
        NOT_ENOUGH((1 << seL4_PageBits) - 16))
{
    return INVOKE(untyped_with_child(), UntypedRetype,
                  WORDS(seL4_UntypedObject, seL4_PageBits, 0, 0, slot_new(), 1), CAPS(OWN_CNODE));
}

/* Memory is looked at before the kind of memory. */
REFUSED("kernel.untyped.retype.device_too_large", UntypedRetype, 14, NOT_ENOUGH(4096))
{
    return INVOKE(device_untyped_new(seL4_PageBits), UntypedRetype,
                  WORDS(seL4_TCBObject, 0, 0, 0, slots_new(3), 3), CAPS(OWN_CNODE));
}

TEST("kernel.untyped.retype.device")
{
    COVERS("UntypedRetype.15");
    const seL4_CPtr untyped = device_untyped_new(seL4_PageBits), slot = slot_new();

    for (seL4_Word type = 0; type <= seL4_X86_PageDirectoryObject; type++) {
        const seL4_Word bits = type == seL4_SchedContextObject ? 7 : 4;
        const bool allowed = type == seL4_UntypedObject || type == seL4_X86_4K;
        const struct reply reply =
            INVOKE(untyped, UntypedRetype, WORDS(type, bits, 0, 0, slot, 1), CAPS(OWN_CNODE));

        if (allowed) {
            CHECK_REPLY(reply, SUCCESS());
            cap_delete(slot);
        } else if (type != seL4_X86_LargePageObject && type != seL4_X64_HugePageObject) {
            CHECK_REPLY(reply, INVALID_ARGUMENT(1));
        }
    }
}
