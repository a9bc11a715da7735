// SPDX-License-Identifier: BSD-2-Clause
/* Retype: clearing large memory, and as many objects as one call makes. */
#include "arena.h"
#include "latency.h"

enum { MOST_AT_ONCE = 256, SMALL_CNODE_BITS = 4, LARGE_CNODE_BITS = 12, LARGE_CONTEXT_BITS = 12 };

static seL4_CPtr source, slots;

static void prepare(unsigned round)
{
    (void)round;
    source = object_new(seL4_UntypedObject, 26);
    slots = slots_new(MOST_AT_ONCE);
}

static void retype(seL4_Word type, seL4_Word size_bits, seL4_Word count)
{
    check_ok(
        seL4_Untyped_Retype(source, type, size_bits, seL4_CapInitThreadCNode, 0, 0, slots, count),
        "retype");
}

static void one_large_frame(unsigned round)
{
    (void)round;
    retype(seL4_X86_LargePageObject, 0, 1);
}

static void many_large_frames(unsigned round)
{
    (void)round;
    retype(seL4_X86_LargePageObject, 0, 32);
}

/* An untyped of 64 MiB for small objects is not needed, but does no harm either. */
#define RETYPE(name, type, size_bits)                                                              \
    static void name(unsigned round)                                                               \
    {                                                                                              \
        (void)round;                                                                               \
        retype(type, size_bits, MOST_AT_ONCE);                                                     \
    }

RETYPE(untypeds, seL4_UntypedObject, 4)
RETYPE(threads, seL4_TCBObject, 0)
RETYPE(endpoints, seL4_EndpointObject, 0)
RETYPE(notifications, seL4_NotificationObject, 0)
RETYPE(small_cnodes, seL4_CapTableObject, SMALL_CNODE_BITS)
RETYPE(large_cnodes, seL4_CapTableObject, LARGE_CNODE_BITS)
RETYPE(small_contexts, seL4_SchedContextObject, seL4_MinSchedContextBits)
RETYPE(large_contexts, seL4_SchedContextObject, LARGE_CONTEXT_BITS)
RETYPE(replies, seL4_ReplyObject, 0)
RETYPE(frames, seL4_X86_4K, 0)
RETYPE(page_tables, seL4_X86_PageTableObject, 0)
RETYPE(directories, seL4_X86_PageDirectoryObject, 0)
RETYPE(pdpts, seL4_X86_PDPTObject, 0)
RETYPE(vspaces, seL4_X64_PML4Object, 0)

static const struct operation list[] = {
    {"retype.2M", 40, prepare, one_large_frame},
    {"retype.64M", 3, prepare, many_large_frames},
    {"retype.untyped", 100, prepare, untypeds},
    {"retype.tcb", 60, prepare, threads},
    {"retype.endpoint", 100, prepare, endpoints},
    {"retype.notification", 100, prepare, notifications},
    {"retype.cnode.4", 60, prepare, small_cnodes},
    {"retype.cnode.12", 4, prepare, large_cnodes},
    {"retype.context.7", 60, prepare, small_contexts},
    {"retype.context.12", 40, prepare, large_contexts},
    {"retype.reply", 100, prepare, replies},
    {"retype.frame", 40, prepare, frames},
    {"retype.page_table", 40, prepare, page_tables},
    {"retype.directory", 40, prepare, directories},
    {"retype.pdpt", 40, prepare, pdpts},
    {"retype.vspace", 100, prepare, vspaces},
};

const struct operations retype_operations = {list, sizeof(list) / sizeof(list[0])};
