// SPDX-License-Identifier: BSD-2-Clause
#include "methods.h"

#include <sel4/sel4.h>

#include "layout.h"

#define REGISTERS "xxxxxxxxxxxxxxxxxxxx"

/*
 * Where a profile has no hardware breakpoints their four labels belong to the
 * next methods, which then get odd arguments: no harm.
 */
enum { BREAKPOINTS = TCBUnbindNotification + 1 };

const struct method methods[] = {
    {UntypedRetype, KIND_UNTYPED, 12, "tzs0en", "C"},
    {TCBReadRegisters, KIND_TCB, 3, "fl", ""},
    {TCBWriteRegisters, KIND_TCB, 4, "fl" REGISTERS, ""},
    {TCBCopyRegisters, KIND_TCB, 3, "f", "T"},
    {TCBConfigure, KIND_TCB, 3,
     "0"
     "0"
     "B",
     "CVF"},
    {TCBSetPriority, KIND_TCB, 3, "p", "T"},
    {TCBSetMCPriority, KIND_TCB, 1, "p", "T"},
    {TCBSetSchedParams, KIND_TCB, 4, "pp", "TSE"},
    {TCBSetTimeoutEndpoint, KIND_TCB, 2, "", "E"},
    {TCBSetIPCBuffer, KIND_TCB, 2, "B", "F"},
    {TCBSetSpace, KIND_TCB, 2, "00", "ECV"},
    {TCBSuspend, KIND_TCB, 2, "", ""},
    {TCBResume, KIND_TCB, 5, "", ""},
    {TCBBindNotification, KIND_TCB, 3, "", "N"},
    {TCBUnbindNotification, KIND_TCB, 2, "", ""},
    {BREAKPOINTS, KIND_TCB, 1, "nxnnn", ""},
    {BREAKPOINTS + 1, KIND_TCB, 1, "n", ""},
    {BREAKPOINTS + 2, KIND_TCB, 1, "n", ""},
    {BREAKPOINTS + 3, KIND_TCB, 1, "nn", ""},
    {TCBSetTLSBase, KIND_TCB, 1, "x", ""},
    {TCBSetFlags, KIND_TCB, 1, "ff", ""},
    {CNodeRevoke, KIND_CNODE, 3, "sd", ""},
    {CNodeDelete, KIND_CNODE, 8, "sd", ""},
    {CNodeCancelBadgedSends, KIND_CNODE, 2, "sd", ""},
    {CNodeCopy, KIND_CNODE, 8, "edsdr", "C"},
    {CNodeMint, KIND_CNODE, 8, "edsdrb", "C"},
    {CNodeMove, KIND_CNODE, 4, "edsd", "C"},
    {CNodeMutate, KIND_CNODE, 3, "edsdb", "C"},
    {CNodeRotate, KIND_CNODE, 4, "edbsdbsd", "CC"},
    {IRQIssueIRQHandler, KIND_IRQ_CONTROL, 1, "qed", "C"},
    {IRQAckIRQ, KIND_IRQ_HANDLER, 2, "", ""},
    {IRQSetIRQHandler, KIND_IRQ_HANDLER, 2, "", "N"},
    {IRQClearIRQHandler, KIND_IRQ_HANDLER, 1, "", ""},
    {SchedControlConfigureFlags, KIND_SCHED_CONTROL, 5, "uunbf", "S"},
    {SchedContextBind, KIND_SCHED_CONTEXT, 3, "", "T"},
    {SchedContextBind, KIND_SCHED_CONTEXT, 2, "", "N"},
    {SchedContextUnbind, KIND_SCHED_CONTEXT, 1, "", ""},
    {SchedContextUnbindObject, KIND_SCHED_CONTEXT, 1, "", "T"},
    {SchedContextUnbindObject, KIND_SCHED_CONTEXT, 1, "", "N"},
    {SchedContextConsumed, KIND_SCHED_CONTEXT, 2, "", ""},
    {SchedContextYieldTo, KIND_SCHED_CONTEXT, 3, "", ""},
    {X86PDPTMap, KIND_PDPT, 2, "vm", "V"},
    {X86PDPTUnmap, KIND_PDPT, 1, "", ""},
    {X86PageDirectoryMap, KIND_DIRECTORY, 2, "vm", "V"},
    {X86PageDirectoryUnmap, KIND_DIRECTORY, 1, "", ""},
    {X86PageTableMap, KIND_TABLE, 3, "vm", "V"},
    {X86PageTableUnmap, KIND_TABLE, 1, "", ""},
    {X86PageMap, KIND_FRAME, 8, "vrm", "V"},
    {X86PageUnmap, KIND_FRAME, 3, "", ""},
    {X86PageGetAddress, KIND_FRAME, 1, "", ""},
    {X86ASIDControlMakePool, KIND_ASID_CONTROL, 1, "ed", "UC"},
    {X86ASIDPoolAssign, KIND_ASID_POOL, 2, "", "V"},
    {X86IOPortControlIssue, KIND_IO_PORT_CONTROL, 1, "ooed", "C"},
    {X86IOPortIn8, KIND_IO_PORT, 1, "o", ""},
    {X86IOPortIn16, KIND_IO_PORT, 1, "o", ""},
    {X86IOPortIn32, KIND_IO_PORT, 1, "o", ""},
    {X86IOPortOut8, KIND_IO_PORT, 1, "o.", ""},
    {X86IOPortOut16, KIND_IO_PORT, 1, "o.", ""},
    {X86IOPortOut32, KIND_IO_PORT, 1, "o.", ""},
    {X86IRQIssueIRQHandlerIOAPIC, KIND_IRQ_CONTROL, 2, "ed0qnnq", "C"},
    {X86IRQIssueIRQHandlerMSI, KIND_IRQ_CONTROL, 2, "ednnn0q", "C"},
};

_Static_assert(sizeof(methods) / sizeof(methods[0]) <= METHOD_MAX, "layout.h");

const unsigned method_count = sizeof(methods) / sizeof(methods[0]);
