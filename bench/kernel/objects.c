// SPDX-License-Identifier: BSD-2-Clause
#include "bench.h"

#define PAGE_BYTES      4096ull
#define PAGES_OF(bytes) (((bytes) + PAGE_BYTES - 1) / PAGE_BYTES)

static const seL4_BootInfo *boot;
static seL4_CPtr next_slot;
static seL4_CPtr pool; /* the largest piece of RAM */
static uintptr_t image_start;

void objects_init(const seL4_BootInfo *info)
{
    seL4_Word best_bits = 0;

    boot = info;
    next_slot = info->empty.start;
    for (seL4_CPtr cap = info->untyped.start; cap < info->untyped.end; cap++) {
        const seL4_UntypedDesc *desc = &info->untypedList[cap - info->untyped.start];

        if (!desc->isDevice && desc->sizeBits > best_bits) {
            best_bits = desc->sizeBits;
            pool = cap;
        }
    }
    image_start = (uintptr_t)info->ipcBuffer -
                  (info->userImageFrames.end - info->userImageFrames.start) * PAGE_BYTES;
}

seL4_CPtr slot_new(void)
{
    return next_slot++;
}

seL4_CPtr object_new(seL4_Word type, seL4_Word size_bits)
{
    seL4_CPtr slot = slot_new();

    check(seL4_Untyped_Retype(pool, type, size_bits, seL4_CapInitThreadCNode, 0, 0, slot, 1) ==
              seL4_NoError,
          "retype");
    return slot;
}

seL4_CPtr badged(seL4_CPtr cap, seL4_Word badge)
{
    seL4_CPtr slot = slot_new();

    check(seL4_CNode_Mint(seL4_CapInitThreadCNode, slot, seL4_WordBits, seL4_CapInitThreadCNode,
                          cap, seL4_WordBits, seL4_AllRights, badge) == seL4_NoError,
          "mint");
    return slot;
}

seL4_CPtr nested_cspace_new(const seL4_CPtr caps[], unsigned count)
{
    enum { OUTER_BITS = 6, INNER_BITS = 13, GUARD_BITS = seL4_WordBits - OUTER_BITS - INNER_BITS };
    const seL4_CPtr outer = object_new(seL4_CapTableObject, OUTER_BITS);
    const seL4_CPtr inner = object_new(seL4_CapTableObject, INNER_BITS);

    for (unsigned i = 0; i < count; i++) {
        check(seL4_CNode_Copy(inner, caps[i], INNER_BITS, seL4_CapInitThreadCNode, caps[i],
                              seL4_WordBits, seL4_AllRights) == seL4_NoError,
              "copy into a component's CSpace");
    }
    check(seL4_CNode_Mint(outer, 0, OUTER_BITS, seL4_CapInitThreadCNode, inner, seL4_WordBits,
                          seL4_AllRights,
                          seL4_CNode_CapData_new(0, GUARD_BITS).words[0]) == seL4_NoError,
          "nest a CNode");
    return outer;
}

seL4_CPtr image_frame(const void *address)
{
    return boot->userImageFrames.start + ((uintptr_t)address - image_start) / PAGE_BYTES;
}

static void map_image(seL4_CPtr vspace)
{
    const seL4_Word pages = boot->userImageFrames.end - boot->userImageFrames.start;

    for (seL4_Word i = 0; i < pages; i++) {
        seL4_CPtr copy = slot_new();

        check(seL4_CNode_Copy(seL4_CapInitThreadCNode, copy, seL4_WordBits, seL4_CapInitThreadCNode,
                              boot->userImageFrames.start + i, seL4_WordBits,
                              seL4_AllRights) == seL4_NoError,
              "copy an image frame");
        check(seL4_X86_Page_Map(copy, vspace, image_start + i * PAGE_BYTES, seL4_AllRights,
                                seL4_X86_Default_VMAttributes) == seL4_NoError,
              "map an image frame");
    }
}

seL4_CPtr vspace_new(void)
{
    seL4_CPtr vspace = object_new(seL4_X64_PML4Object, 0);
    seL4_CPtr pdpt = object_new(seL4_X86_PDPTObject, 0);
    seL4_CPtr directory = object_new(seL4_X86_PageDirectoryObject, 0);
    const uintptr_t table_bytes = PAGE_BYTES * 512;
    const uintptr_t end = (uintptr_t)boot->ipcBuffer;

    check(seL4_X86_ASIDPool_Assign(seL4_CapInitThreadASIDPool, vspace) == seL4_NoError, "assign");
    check(seL4_X86_PDPT_Map(pdpt, vspace, image_start, 0) == seL4_NoError, "map a PDPT");
    check(seL4_X86_PageDirectory_Map(directory, vspace, image_start, 0) == seL4_NoError,
          "map a directory");
    for (uintptr_t at = image_start & ~(table_bytes - 1); at < end; at += table_bytes) {
        check(seL4_X86_PageTable_Map(object_new(seL4_X86_PageTableObject, 0), vspace, at, 0) ==
                  seL4_NoError,
              "map a table");
    }
    map_image(vspace);
    return vspace;
}

/* ---- threads ---- */

enum { THREAD_MAX = 40, STACK_BYTES = 8192, BUDGET_US = 10000 };

static _Alignas(4096) char buffers[THREAD_MAX][PAGE_BYTES];
static _Alignas(16) char stacks[THREAD_MAX][STACK_BYTES];
static unsigned thread_count;

static seL4_CPtr context_new(void)
{
    seL4_CPtr sc = object_new(seL4_SchedContextObject, seL4_MinSchedContextBits);

    check(seL4_SchedControl_ConfigureFlags(boot->schedcontrol.start, sc, BUDGET_US, BUDGET_US, 0, 0,
                                           0) == seL4_NoError,
          "configure a scheduling context");
    return sc;
}

struct thread bench_thread(void (*run)(void), struct thread_options options)
{
    const unsigned index = thread_count++;
    struct thread thread = {.tcb = object_new(seL4_TCBObject, 0),
                            .buffer = (seL4_IPCBuffer *)(void *)buffers[index]};
    const seL4_CPtr vspace = options.vspace != 0 ? options.vspace : seL4_CapInitThreadVSpace;
    seL4_UserContext context = {.rip = (uintptr_t)run,
                                .rsp = (uintptr_t)(stacks[index] + STACK_BYTES - 8),
                                .rflags = 0x202};

    check(index < THREAD_MAX, "too many threads");
    const seL4_CPtr cspace = options.cspace != 0 ? options.cspace : seL4_CapInitThreadCNode;

    check(seL4_TCB_Configure(thread.tcb, cspace, 0, vspace, 0, (uintptr_t)thread.buffer,
                             image_frame(thread.buffer)) == seL4_NoError,
          "configure a thread");
    thread.sched_context = context_new();
    check(seL4_TCB_SetSchedParams(thread.tcb, seL4_CapInitThreadTCB, 255, options.priority,
                                  thread.sched_context, options.fault_handler) == seL4_NoError,
          "set scheduling parameters");
    check(seL4_TCB_WriteRegisters(thread.tcb, 0, 0, sizeof(context) / sizeof(seL4_Word),
                                  &context) == seL4_NoError,
          "write registers");
    return thread;
}

void bench_start(struct thread thread)
{
    check(seL4_TCB_Resume(thread.tcb) == seL4_NoError, "resume");
}

void bench_make_passive(struct thread thread)
{
    check(seL4_SchedContext_UnbindObject(thread.sched_context, thread.tcb) == seL4_NoError,
          "unbind a scheduling context");
}
