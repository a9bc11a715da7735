// SPDX-License-Identifier: BSD-2-Clause
#include <harness/events.h>
#include <harness/suite.h>
#include <start/thread.h>
#include <start/tls.h>
#include <tiny/string.h>

/* No call has this number in any configuration. */
#define FINISH_CALL 0x5afe

enum { STACK_BYTES = 8192, TLS_BYTES = 256, ROUND_ROBIN_US = 5000 };

static struct thread threads[THREAD_MAX];
static unsigned thread_count, kept_count;
static _Alignas(4096) char buffers[THREAD_MAX][PAGE_BYTES];
static _Alignas(4096) char stacks[THREAD_MAX][STACK_BYTES];
static _Alignas(TLS_ALIGN) char tls_blocks[THREAD_MAX][TLS_BYTES];

seL4_CPtr events, events_reply;

void events_init(void)
{
    events = endpoint_new();
    events_reply = reply_new();
}

void threads_keep(void)
{
    kept_count = thread_count;
}

void threads_reset(void)
{
    thread_count = kept_count;
}

/* ---- making ---- */

static void give_spaces(const struct thread *thread, const struct thread_options *options)
{
    const seL4_CPtr cspace = options->cspace != 0 ? options->cspace : OWN_CNODE;
    const seL4_CPtr vspace = options->vspace != 0 ? options->vspace : OWN_VSPACE;
    const seL4_Word buffer = options->no_buffer ? 0 : (seL4_Word)thread->buffer;

    OK(seL4_TCB_Configure(thread->tcb, cspace, options->cspace_data, vspace, 0, buffer,
                          options->no_buffer ? NOTHING : image_frame(thread->buffer)));
}

static void give_time(struct thread *thread, const struct thread_options *options)
{
    const uint64_t budget = options->period_us != 0 ? options->budget_us : ROUND_ROBIN_US;
    const uint64_t period = options->period_us != 0 ? options->period_us : ROUND_ROBIN_US;
    seL4_CPtr faults = options->faults;

    if (faults == 0) {
        faults = events != 0 ? badged(events, thread->index + 1) : NOTHING;
    }
    thread->sc = options->passive ? NOTHING : sc_new_with(budget, period);
    OK(seL4_TCB_SetSchedParams(thread->tcb, OWN_TCB, seL4_MaxPrio, options->priority, thread->sc,
                               faults));
}

struct thread *thread_new(struct thread_options options)
{
    struct thread *thread = &threads[thread_count];

    CHECK(thread_count < THREAD_MAX);
    memset(thread, 0, sizeof(*thread));
    thread->index = thread_count++;
    thread->tcb = tcb_new();
    thread->buffer = (seL4_IPCBuffer *)(void *)buffers[thread->index];
    thread->stack = stacks[thread->index];
    give_spaces(thread, &options);
    give_time(thread, &options);
    return thread;
}

struct thread *thread_at(seL4_Word priority)
{
    return thread_new((struct thread_options){.priority = priority});
}

/* ---- running ---- */

void thread_finish(void)
{
    for (;;) {
        sel4_sys_null(FINISH_CALL);
    }
}

static void enter(void *argument)
{
    const struct thread *thread = argument;

    thread->run(thread->argument);
    thread_finish();
}

static void start(struct thread *thread, void (*run)(void *), void *argument, bool resume)
{
    const struct thread_setup setup = {.tcb = thread->tcb,
                                       .stack = thread->stack,
                                       .stack_bytes = STACK_BYTES,
                                       .tls = tls_blocks[thread->index],
                                       .ipc_buffer = thread->buffer,
                                       .entry = enter,
                                       .argument = thread};

    CHECK(tls_bytes() <= TLS_BYTES);
    thread->run = run;
    thread->argument = argument;
    thread->finished = false;
    OK(thread_start(&setup, resume));
}

void thread_start_at(struct thread *thread, void (*run)(void *), void *argument)
{
    start(thread, run, argument, true);
}

void thread_prepare(struct thread *thread, void (*run)(void *), void *argument)
{
    start(thread, run, argument, false);
}

struct thread *thread_run(seL4_Word priority, void (*run)(void *), void *argument)
{
    struct thread *thread = thread_at(priority);

    thread_start_at(thread, run, argument);
    return thread;
}

void thread_wait(struct thread *thread)
{
    while (!thread->finished) {
        const struct reply event = receive(seL4_SysRecv, events, events_reply);
        struct thread *from = &threads[event.badge - 1];

        CHECK(event.badge > 0 && event.badge <= thread_count);
        if (event.label != seL4_Fault_UnknownSyscall ||
            event.mr[seL4_UnknownSyscall_Syscall] != FINISH_CALL) {
            fail(__FILE__, __LINE__,
                 "expected thread %u to finish got fault %lu: %#lx %#lx %#lx %#lx", from->index,
                 event.label, event.mr[0], event.mr[1], event.mr[2], event.mr[3]);
        }
        from->finished = true;
    }
}

void thread_make_passive(struct thread *thread)
{
    OK(seL4_SchedContext_UnbindObject(thread->sc, thread->tcb));
}

seL4_UserContext thread_registers(struct thread *thread)
{
    seL4_UserContext registers;

    OK(seL4_TCB_ReadRegisters(thread->tcb, 0, 0, sizeof(registers) / sizeof(seL4_Word),
                              &registers));
    return registers;
}

/* ---- common bodies ---- */

void thread_body_wait(void *notification)
{
    seL4_Wait((seL4_CPtr)notification, NULL);
}

void thread_body_receive(void *endpoint)
{
    (void)receive(seL4_SysWait, (seL4_CPtr)endpoint, NOTHING);
}

void thread_body_call(void *endpoint)
{
    (void)seL4_Call((seL4_CPtr)endpoint, seL4_MessageInfo_new(0, 0, 0, 0));
}

void thread_body_send(void *endpoint)
{
    seL4_Send((seL4_CPtr)endpoint, seL4_MessageInfo_new(0, 0, 0, 0));
}

struct thread *passive_thread_blocked(void)
{
    struct thread *thread = thread_run(PRIORITY, thread_body_receive, (void *)endpoint_new());

    settle();
    thread_make_passive(thread);
    return thread;
}

static void give_up_budget(void *argument)
{
    (void)argument;
    seL4_Yield();
}

seL4_CPtr sc_new_spent(void)
{
    struct thread *thread = thread_new(
        (struct thread_options){.priority = PRIORITY, .budget_us = 1000, .period_us = 1000000});

    thread_start_at(thread, give_up_budget, NULL);
    settle();
    thread_make_passive(thread);
    return thread->sc;
}
