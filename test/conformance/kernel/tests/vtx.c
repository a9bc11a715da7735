// SPDX-License-Identifier: BSD-2-Clause
/* A profile with virtualisation numbers its labels and types; this kernel has no such objects. */
#include <harness/suite.h>

#ifdef CONFIG_VTX

/* Skips on a kernel that does have them. */
static void need_no_vcpu(void)
{
    const struct reply reply =
        INVOKE(untyped_new(seL4_X86_VCPUBits), UntypedRetype,
               WORDS(seL4_X86_VCPUObject, 0, 0, 0, slot_new(), 1), CAPS(OWN_CNODE));

    if (reply.label == seL4_NoError) {
        skip("this kernel has virtual CPUs");
    }
    CHECK_REPLY(reply, INVALID_ARGUMENT(0));
}

TEST("kernel.vtx.types_are_refused")
{
    static const seL4_Word types[] = {seL4_X86_VCPUObject, seL4_X86_EPTPML4Object,
                                      seL4_X86_EPTPDPTObject, seL4_X86_EPTPDObject,
                                      seL4_X86_EPTPTObject};

    need_no_vcpu();
    for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        CHECK_REPLY(INVOKE(untyped_new(14), UntypedRetype, WORDS(types[i], 0, 0, 0, slot_new(), 1),
                           CAPS(OWN_CNODE)),
                    INVALID_ARGUMENT(0));
    }
}

/* Whatever a virtual CPU would answer to, a thread and a table do not. */
TEST("kernel.vtx.labels_belong_to_nobody")
{
    need_no_vcpu();
    CHECK_REPLY(INVOKE(tcb_new(), X86VCPUSetTCB, WORDS(), CAPS(OWN_TCB)), ILLEGAL_OPERATION);
    CHECK_REPLY(INVOKE(tcb_new(), X86VCPUReadVMCS, WORDS(0)), ILLEGAL_OPERATION);
    CHECK_REPLY(
        INVOKE(object_new(seL4_X86_PageTableObject, 0), X86EPTPTMap, WORDS(0, 0), CAPS(OWN_VSPACE)),
        ILLEGAL_OPERATION);
}

#else

/* Numbers behind the last type that exists. */
TEST("kernel.vtx.no_such_types")
{
    for (seL4_Word type = seL4_ObjectTypeCount; type < seL4_ObjectTypeCount + 8; type++) {
        CHECK_REPLY(INVOKE(untyped_new(14), UntypedRetype, WORDS(type, 0, 0, 0, slot_new(), 1),
                           CAPS(OWN_CNODE)),
                    INVALID_ARGUMENT(0));
    }
}

#endif
