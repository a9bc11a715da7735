// SPDX-License-Identifier: BSD-2-Clause
#include "helper.h"

#include <start/thread.h>
#include <start/tls.h>

#include "layout.h"
#include "supply.h"

enum { HELPER_MAX = 8, STACK_BYTES = 8192, TLS_BYTES = 256, BUFFER_ALIGN = 1024 };

static _Alignas(PAGE_BYTES) char buffers[HELPER_MAX][BUFFER_ALIGN];
static _Alignas(64) char stacks[HELPER_MAX][STACK_BYTES];
static _Alignas(TLS_ALIGN) char tls[HELPER_MAX][TLS_BYTES];
static unsigned helper_count;

static seL4_CPtr context_new(const struct helper_options *options)
{
    const seL4_CPtr sc = supply_object(seL4_SchedContextObject, seL4_MinSchedContextBits);

    supply_check(seL4_SchedControl_ConfigureFlags(supply_boot()->schedcontrol.start, sc,
                                                  options->budget_us, options->period_us, 0, 0,
                                                  0) == seL4_NoError,
                 "configure a helper's time");
    return sc;
}

struct helper helper_start(const struct helper_options *options)
{
    const unsigned index = helper_count++;
    const seL4_CPtr vspace = options->vspace != 0 ? options->vspace : seL4_CapInitThreadVSpace;
    struct helper helper = {supply_object(seL4_TCBObject, 0), context_new(options)};
    const struct thread_setup setup = {
        .tcb = helper.tcb,
        .stack = stacks[index],
        .stack_bytes = STACK_BYTES,
        .tls = tls[index],
        .ipc_buffer = (seL4_IPCBuffer *)(void *)buffers[index],
        .entry = options->entry,
        .argument = options->argument,
    };

    supply_check(index < HELPER_MAX && tls_bytes() <= TLS_BYTES, "room for a helper");
    supply_check(seL4_TCB_Configure(helper.tcb, seL4_CapInitThreadCNode, 0, vspace, 0,
                                    (uintptr_t)buffers[index],
                                    image_frame(buffers[index])) == seL4_NoError,
                 "configure a helper");
    supply_check(seL4_TCB_SetSchedParams(helper.tcb, seL4_CapInitThreadTCB, options->priority,
                                         options->priority, helper.sched_context,
                                         options->fault_endpoint) == seL4_NoError,
                 "schedule a helper");
    supply_check(thread_start(&setup, 1) == seL4_NoError, "start a helper");
    return helper;
}

void helper_make_passive(struct helper helper)
{
    supply_check(seL4_SchedContext_UnbindObject(helper.sched_context, helper.tcb) == seL4_NoError,
                 "make a helper passive");
}

void helper_end(struct helper helper)
{
    supply_check(
        seL4_CNode_Delete(seL4_CapInitThreadCNode, helper.tcb, seL4_WordBits) == seL4_NoError &&
            seL4_CNode_Delete(seL4_CapInitThreadCNode, helper.sched_context, seL4_WordBits) ==
                seL4_NoError,
        "end a helper");
    helper_count--;
}

seL4_CPtr helper_vspace(void)
{
    const seL4_CPtr vspace = supply_object(seL4_X64_PML4Object, 0);
    const uintptr_t table_span = PAGE_BYTES * 512ull;
    const uintptr_t end = image_start() + image_pages() * PAGE_BYTES;

    supply_check(seL4_X86_ASIDPool_Assign(seL4_CapInitThreadASIDPool, vspace) == seL4_NoError &&
                     seL4_X86_PDPT_Map(supply_object(seL4_X86_PDPTObject, 0), vspace, image_start(),
                                       0) == seL4_NoError &&
                     seL4_X86_PageDirectory_Map(supply_object(seL4_X86_PageDirectoryObject, 0),
                                                vspace, image_start(), 0) == seL4_NoError,
                 "make an address space");
    for (uintptr_t at = image_start() & ~(table_span - 1); at < end; at += table_span) {
        supply_check(seL4_X86_PageTable_Map(supply_object(seL4_X86_PageTableObject, 0), vspace, at,
                                            0) == seL4_NoError,
                     "map a table");
    }
    for (seL4_Word i = 0; i < image_pages(); i++) {
        const seL4_CPtr frame =
            supply_copy(supply_boot()->userImageFrames.start + i, seL4_AllRights, 0);

        supply_check(seL4_X86_Page_Map(frame, vspace, image_start() + i * PAGE_BYTES,
                                       seL4_AllRights,
                                       seL4_X86_Default_VMAttributes) == seL4_NoError,
                     "map a page of the image");
    }
    return vspace;
}
