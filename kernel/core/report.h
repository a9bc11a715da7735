// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the kernel tells a person: faults (debug), refused invocations (a fixed
 * ring, printed with report=refused) and panics. Formats: docs/kernel/reports.md.
 * The time printing takes is charged to nobody.
 */
#pragma once

#include "core/core.h"
#include "core/options.h"
#include "object/tcb.h"

struct invocation;

/* Would report_fault() say anything about a system call the kernel does not know, and which is
 * handled? Not if the thread asked for that to happen. */
static inline bool report_wants_foreign_call(const struct tcb *tcb)
{
    return CONFIG_PRINTING && sys.report >= REPORT_FAULTS && !tcb->trap_all;
}

/* The thread has a pending fault, which goes to its handler, or stops it. */
void report_fault(struct tcb *tcb, bool is_handled);

/* An invocation was refused; inv->refusal says why. */
void report_refused(const struct invocation *inv);

/* DebugDumpScheduler and DebugSnapshot. */
void report_threads(void);
void report_capabilities(void);
