// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the kernel tells a person: faults that stop a thread (debug), refused
 * invocations (a fixed ring, printed with report=refused) and panics. Formats:
 * docs/kernel/reports.md. The time printing takes is charged to nobody.
 */
#pragma once

#include "lib/base.h"

struct tcb;
struct invocation;

/* The thread has a pending fault: prints it if the config prints and nobody will handle it. */
void report_fault(struct tcb *tcb);

/* An invocation was refused; inv->refusal says why. */
void report_refused(const struct invocation *inv);

/* DebugDumpScheduler and DebugSnapshot. */
void report_threads(void);
void report_capabilities(void);
