// SPDX-License-Identifier: BSD-2-Clause
#include "threads.h"

#include "arch.h"
#include "report.h"

void threads_give_time(struct job *job)
{
    const struct system_sched *scheds = system_table(job->image, SYSTEM_TABLE_SCHEDS);
    const seL4_SlotRegion *controls = &job->boot->schedcontrol;

    for (uint32_t i = 0; i < system_count(job->image, SYSTEM_TABLE_SCHEDS); i++) {
        const struct system_sched *sched = &scheds[i];

        if (sched->core >= controls->end - controls->start) {
            report_object(sched->object, SYSTEM_NONE, 0,
                          "it is to run on core %u, but the kernel has only %lu", sched->core,
                          (unsigned long)(controls->end - controls->start));
        }
        report_answer(seL4_SchedControl_ConfigureFlags(
                          controls->start + sched->core, job_cap(job, sched->object, 0),
                          sched->budget_us, sched->period_us, 0, sched->badge, 0),
                      "giving it time", sched->object, SYSTEM_NONE, 0);
    }
}

static seL4_CPtr cap_or_null(const struct job *job, uint32_t object)
{
    return object == SYSTEM_NONE ? seL4_CapNull : job_cap(job, object, 0);
}

static void check(seL4_Error error, const char *doing, const struct system_thread *thread)
{
    report_answer(error, doing, thread->tcb, thread->component, 0);
}

/* A guard of zeros: its size is all that there is to say. */
static void set_spaces(const struct job *job, const struct system_thread *thread)
{
    check(seL4_TCB_Configure(job_cap(job, thread->tcb, 0), job_cap(job, thread->cspace, 0),
                             thread->cspace_guard_bits, job_cap(job, thread->vspace, 0), 0,
                             thread->buffer_vaddr, job_cap(job, thread->buffer, 0)),
          "giving it its spaces", thread);
}

static void set_scheduling(struct job *job, const struct system_thread *thread)
{
    seL4_CPtr fault = seL4_CapNull;

    if (thread->fault_endpoint != SYSTEM_NONE) {
        fault = job_mint(job, thread->fault_endpoint, seL4_AllRights, thread->fault_badge);
    }
    check(seL4_TCB_SetSchedParams(job_cap(job, thread->tcb, 0), seL4_CapInitThreadTCB,
                                  thread->control_priority, thread->priority,
                                  cap_or_null(job, thread->sched), fault),
          "setting its priority, time and fault handler", thread);
}

static void set_options(const struct job *job, const struct system_thread *thread)
{
    const seL4_CPtr tcb = job_cap(job, thread->tcb, 0);

    if (thread->notification != SYSTEM_NONE) {
        check(seL4_TCB_BindNotification(tcb, job_cap(job, thread->notification, 0)),
              "binding its notification", thread);
    }
    if (thread->flags & SYSTEM_THREAD_NO_FPU) {
        check((seL4_Error)seL4_TCB_SetFlags(tcb, 0, seL4_TCBFlag_fpuDisabled).error,
              "taking floating point from it", thread);
    }
    if (thread->domain) {
        check(seL4_DomainSet_Set(seL4_CapDomain, (seL4_Uint8)thread->domain, tcb),
              "putting it in its domain", thread);
    }
}

static void name(const struct job *job, const struct system_thread *thread)
{
#ifdef CONFIG_PRINTING
    seL4_DebugNameThread(job_cap(job, thread->tcb, 0), system_text(job->image, thread->name));
#else
    (void)job;
    (void)thread;
#endif
}

void threads_prepare(struct job *job)
{
    const struct system_thread *threads = system_table(job->image, SYSTEM_TABLE_THREADS);

    for (uint32_t i = 0; i < system_count(job->image, SYSTEM_TABLE_THREADS); i++) {
        const struct system_thread *thread = &threads[i];

        if (thread->vcpu != SYSTEM_NONE || thread->guest != SYSTEM_NONE) {
            report_object(thread->tcb, thread->component, 0,
                          "it runs a virtual machine, which this initialiser cannot start");
        }
        set_spaces(job, thread);
        set_scheduling(job, thread);
        set_options(job, thread);
        name(job, thread);
        check(arch_set_entry(job_cap(job, thread->tcb, 0), thread->pc, thread->sp),
              "setting where it starts", thread);
    }
}

void threads_start(struct job *job)
{
    const struct system_thread *threads = system_table(job->image, SYSTEM_TABLE_THREADS);

    for (uint32_t i = 0; i < system_count(job->image, SYSTEM_TABLE_THREADS); i++) {
        if (!(threads[i].flags & SYSTEM_THREAD_SUSPENDED)) {
            check(seL4_TCB_Resume(job_cap(job, threads[i].tcb, 0)), "starting it", &threads[i]);
        }
    }
}
