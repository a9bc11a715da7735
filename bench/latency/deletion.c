// SPDX-License-Identifier: BSD-2-Clause
/* Revoke and Delete: many capabilities, deep and wide containers, address spaces. */
#include "arena.h"
#include "crowd.h"
#include "latency.h"

enum {
    CHILDREN = 8192,
    COPIES = 16384,
    CHAIN_LENGTH = 1000,
    WIDE_CNODE_BITS = 16,
    SPACES = 512, /* of one ASID pool */
    MAPPED_FRAMES = 2048,
    TABLE_ENTRIES = 512,
};

#define WHERE      0x10000000000ull
#define TABLE_SPAN (PAGE_BYTES * TABLE_ENTRIES)

static seL4_CPtr victim;

static void revoke(unsigned round)
{
    (void)round;
    check_ok(seL4_CNode_Revoke(seL4_CapInitThreadCNode, victim, seL4_WordBits), "revoke");
}

static void delete (unsigned round)
{
    (void)round;
    slot_delete(victim);
}

/* ---- children of one untyped ---- */

static void endpoints_of_untyped(unsigned round)
{
    (void)round;
    victim = object_new(seL4_UntypedObject, 26);
    objects_from(victim, seL4_EndpointObject, 0, CHILDREN);
}

static void nested_untypeds(unsigned round)
{
    seL4_CPtr inner;

    (void)round;
    inner = victim = object_new(seL4_UntypedObject, 26);
    for (seL4_Word bits = 25; bits > 12; bits--) {
        inner = objects_from(inner, seL4_UntypedObject, bits, 1);
    }
    objects_from(inner, seL4_EndpointObject, 0, 200);
}

static void badged_copies(unsigned round)
{
    const seL4_CPtr endpoint = object_new(seL4_EndpointObject, 0);

    (void)round;
    victim = endpoint;
    for (seL4_Word i = 0; i < COPIES; i++) {
        minted(endpoint, i + 1);
    }
}

/* Threads that are ready to run, with a context each, all in what is revoked. */
static void threads_of_untyped(unsigned round)
{
    enum { THREADS = 1024 };
    const struct deed yield = {.number = (seL4_Word)seL4_SysYield};

    (void)round;
    victim = object_new(seL4_UntypedObject, 26);
    struct crowd crowd = {.tcbs = objects_from(victim, seL4_TCBObject, 0, THREADS),
                          .contexts = objects_from(victim, seL4_SchedContextObject,
                                                   seL4_MinSchedContextBits, THREADS),
                          .count = THREADS};

    for (seL4_Word i = 0; i < THREADS; i++) {
        check_ok(seL4_TCB_Configure(crowd.tcbs + i, seL4_CapInitThreadCNode, 0,
                                    seL4_CapInitThreadVSpace, 0, 0, 0),
                 "configure a thread");
        context_configure(crowd.contexts + i);
        check_ok(seL4_TCB_SetSchedParams(crowd.tcbs + i, seL4_CapInitThreadTCB, 255,
                                         PRIORITY_IDLE_CROWD, crowd.contexts + i, 0),
                 "set scheduling parameters");
        crowd_start(&crowd, i, &yield);
    }
}

/* ---- containers ---- */

static void fill(seL4_CPtr cnode, seL4_Word bits)
{
    const seL4_CPtr endpoint = object_new(seL4_EndpointObject, 0);

    for (seL4_Word i = 0; i < 1ull << bits; i++) {
        check_ok(seL4_CNode_Copy(cnode, i, (seL4_Uint8)bits, seL4_CapInitThreadCNode, endpoint,
                                 seL4_WordBits, seL4_AllRights),
                 "copy");
    }
}

static void wide_cnode(unsigned round)
{
    (void)round;
    victim = object_new(seL4_CapTableObject, WIDE_CNODE_BITS);
    fill(victim, WIDE_CNODE_BITS);
}

/* Each holds the last capability to the next, in its first or its last slot by turns. */
static void chain_of_cnodes(unsigned round)
{
    const seL4_CPtr first = objects_new(seL4_CapTableObject, 1, CHAIN_LENGTH);

    (void)round;
    victim = first;
    for (seL4_Word i = CHAIN_LENGTH - 1; i > 0; i--) {
        check_ok(seL4_CNode_Move(first + i - 1, i & 1, 1, seL4_CapInitThreadCNode, first + i,
                                 seL4_WordBits),
                 "move");
    }
}

/* A thread that holds the last capability to its CSpace. */
static void thread_with_cspace(unsigned round)
{
    enum { BITS = 12 };
    const seL4_CPtr cspace = object_new(seL4_CapTableObject, BITS);

    (void)round;
    victim = object_new(seL4_TCBObject, 0);
    fill(cspace, BITS);
    check_ok(seL4_TCB_Configure(victim, cspace, 0, seL4_CapInitThreadVSpace, 0, 0, 0),
             "configure a thread");
    slot_delete(cspace);
}

/* ---- address spaces ---- */

static void full_asid_pool(unsigned round)
{
    const seL4_CPtr untyped = object_new(seL4_UntypedObject, seL4_ASIDPoolBits);
    const seL4_CPtr spaces = objects_new(seL4_X64_PML4Object, 0, SPACES);

    (void)round;
    victim = slot_new();
    check_ok(seL4_X86_ASIDControl_MakePool(seL4_CapASIDControl, untyped, seL4_CapInitThreadCNode,
                                           victim, seL4_WordBits),
             "make an ASID pool");
    for (seL4_Word i = 0; i < SPACES; i++) {
        check_ok(seL4_X86_ASIDPool_Assign(victim, spaces + i), "assign");
    }
}

static seL4_CPtr pdpt, directory, first_table;

static void map_tables(seL4_CPtr from)
{
    const seL4_Word tables = MAPPED_FRAMES / TABLE_ENTRIES;

    pdpt = objects_from(from, seL4_X86_PDPTObject, 0, 1);
    directory = objects_from(from, seL4_X86_PageDirectoryObject, 0, 1);
    first_table = objects_from(from, seL4_X86_PageTableObject, 0, tables);
    check_ok(seL4_X86_PDPT_Map(pdpt, seL4_CapInitThreadVSpace, WHERE, 0), "map a PDPT");
    check_ok(seL4_X86_PageDirectory_Map(directory, seL4_CapInitThreadVSpace, WHERE, 0),
             "map a directory");
    for (seL4_Word i = 0; i < tables; i++) {
        check_ok(seL4_X86_PageTable_Map(first_table + i, seL4_CapInitThreadVSpace,
                                        WHERE + i * TABLE_SPAN, 0),
                 "map a table");
    }
}

static void mapped_frames(unsigned round)
{
    (void)round;
    victim = object_new(seL4_UntypedObject, 26);
    map_tables(victim);
    const seL4_CPtr frames = objects_from(victim, seL4_X86_4K, 0, MAPPED_FRAMES);

    for (seL4_Word i = 0; i < MAPPED_FRAMES; i++) {
        check_ok(seL4_X86_Page_Map(frames + i, seL4_CapInitThreadVSpace, WHERE + i * PAGE_BYTES,
                                   seL4_AllRights, seL4_X86_Default_VMAttributes),
                 "map a frame");
    }
}

/* The tables are taken away above the mappings. */
static void unmap_tables(unsigned round)
{
    (void)round;
    check_ok(seL4_X86_PageTable_Unmap(first_table), "unmap a table");
    check_ok(seL4_X86_PDPT_Unmap(pdpt), "unmap a PDPT");
    check_ok(seL4_X86_PageDirectory_Unmap(directory), "unmap a directory");
}

/* ---- ports: the kernel knows which are taken ---- */

static void no_ports(unsigned round)
{
    (void)round;
    victim = slot_new();
}

static void take_and_return_ports(unsigned round)
{
    (void)round;
    check_ok(seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, 0x1000, 0xffff,
                                          seL4_CapInitThreadCNode, victim, seL4_WordBits),
             "issue most ports");
    slot_delete(victim);
}

static const struct operation list[] = {
    {"revoke.endpoints", 10, endpoints_of_untyped, revoke},
    {"revoke.untypeds", 40, nested_untypeds, revoke},
    {"revoke.copies", 5, badged_copies, revoke},
    {"revoke.threads", 10, threads_of_untyped, revoke},
    {"revoke.mapped", 10, mapped_frames, revoke},
    {"delete.cnode.16", 2, wide_cnode, delete},
    {"delete.chain", 40, chain_of_cnodes, delete},
    {"delete.thread", 10, thread_with_cspace, delete},
    {"delete.asid_pool", 40, full_asid_pool, delete},
    {"unmap.tables", 40, mapped_frames, unmap_tables},
    {"delete.ports", 100, no_ports, take_and_return_ports},
};

const struct operations deletion_operations = {list, sizeof(list) / sizeof(list[0])};
