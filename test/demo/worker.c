// SPDX-License-Identifier: BSD-2-Clause
#include "worker.h"

#include <start/thread.h>
#include <start/tls.h>

#include "space.h"
#include "story.h"
#include "workshop.h"

enum { WORKERS_MAX = 4, PAGE_BYTES = 4096, STACK_BYTES = 8192, TLS_BYTES = 1024 };

/* In the program's image, so every address space has them at the same place. */
static struct memory {
    _Alignas(PAGE_BYTES) char buffer[PAGE_BYTES];
    _Alignas(16) char stack[STACK_BYTES];
    _Alignas(TLS_ALIGN) char tls[TLS_BYTES];
} memories[WORKERS_MAX];

static unsigned worker_count;
static seL4_CPtr sched_control;

void worker_init(const seL4_BootInfo *info)
{
    sched_control = info->schedcontrol.start;
}

static seL4_CPtr new_sched_context(const struct worker_setup *setup)
{
    const seL4_CPtr sc = object_new(seL4_SchedContextObject, seL4_MinSchedContextBits);

    expect(seL4_SchedControl_ConfigureFlags(sched_control, sc, setup->budget_us, setup->period_us,
                                            0, setup->time_badge, 0) == seL4_NoError,
           "a configured scheduling context");
    return sc;
}

static void set_name(seL4_CPtr tcb, const char *name)
{
#ifdef CONFIG_DEBUG_BUILD
    seL4_DebugNameThread(tcb, name);
#else
    (void)tcb;
    (void)name;
#endif
}

static void configure(const struct worker *worker, const struct worker_setup *setup,
                      const struct memory *memory)
{
    /* All bits of an address but the last four must be zero. */
    const seL4_Word guard = seL4_CNode_CapData_new(0, seL4_WordBits - WORKER_SLOT_BITS).words[0];

    expect(seL4_TCB_Configure(worker->tcb, worker->cnode, guard, setup->space, 0,
                              (uintptr_t)memory->buffer,
                              image_frame(memory->buffer)) == seL4_NoError,
           "a configured thread");
    expect(seL4_TCB_SetSchedParams(worker->tcb, seL4_CapInitThreadTCB, seL4_MinPrio,
                                   WORKER_PRIORITY, worker->sched_context,
                                   setup->fault_handler) == seL4_NoError,
           "a thread with time to run");
}

struct worker worker_new(const struct worker_setup *setup)
{
    expect(worker_count < WORKERS_MAX && tls_bytes() <= TLS_BYTES, "memory for one more thread");
    struct memory *memory = &memories[worker_count++];
    const struct worker worker = {.tcb = object_new(seL4_TCBObject, 0),
                                  .cnode = object_new(seL4_CapTableObject, WORKER_SLOT_BITS),
                                  .sched_context = new_sched_context(setup)};
    const struct thread_setup start = {.tcb = worker.tcb,
                                       .stack = memory->stack,
                                       .stack_bytes = sizeof(memory->stack),
                                       .tls = memory->tls,
                                       .ipc_buffer = (seL4_IPCBuffer *)(void *)memory->buffer,
                                       .entry = setup->entry};

    set_name(worker.tcb, setup->name);
    configure(&worker, setup, memory);
    expect(thread_start(&start, seL4_False) == seL4_NoError, "a thread with registers");
    return worker;
}

void worker_give(const struct worker *worker, seL4_CPtr slot, seL4_CPtr cap,
                 seL4_CapRights_t rights)
{
    expect(seL4_CNode_Copy(worker->cnode, slot, WORKER_SLOT_BITS, seL4_CapInitThreadCNode, cap,
                           seL4_WordBits, rights) == seL4_NoError,
           "a capability given to a thread");
}

void worker_resume(const struct worker *worker)
{
    expect(seL4_TCB_Resume(worker->tcb) == seL4_NoError, "a running thread");
}

void worker_suspend(const struct worker *worker)
{
    expect(seL4_TCB_Suspend(worker->tcb) == seL4_NoError, "a stopped thread");
}
