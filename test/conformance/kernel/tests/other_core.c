// SPDX-License-Identifier: BSD-2-Clause
/*
 * Scheduling contexts of a second core, in profiles that have several. Where that core does not run
 * its threads stand still; nothing that is done to them may disturb the first one.
 */
#include <harness/ipc.h>
#include <harness/raw.h>
#include <harness/suite.h>
#include <harness/trace.h>

#if CONFIG_MAX_NUM_NODES > 1

static void move(seL4_CPtr sc, seL4_Word core)
{
    OK(seL4_SchedControl_ConfigureFlags(boot->schedcontrol.start + core, sc, 5000, 5000, 0, 0, 0));
}

/* Made for core 1, and started. */
static struct thread *far_thread(void (*run)(void *), void *argument)
{
    struct thread *thread = thread_at(PRIORITY);

    move(thread->sc, 1);
    thread_start_at(thread, run, argument);
    return thread;
}

static void note(void *argument)
{
    trace_note((char)(uintptr_t)argument);
}

TEST("kernel.other_core.configured_back")
{
    struct thread *thread;

    trace_reset();
    thread = far_thread(note, (void *)(uintptr_t)'f');
    settle();
    move(thread->sc, 0);
    settle();
    CHECK_TRACE("f");
}

TEST("kernel.other_core.suspended_resumed_moved_in_priority")
{
    struct thread *thread;

    trace_reset();
    thread = far_thread(note, (void *)(uintptr_t)'f');
    OK(seL4_TCB_Suspend(thread->tcb));
    OK(seL4_TCB_SetPriority(thread->tcb, OWN_TCB, PRIORITY + 3));
    OK(seL4_TCB_Resume(thread->tcb));
    OK(seL4_TCB_SetPriority(thread->tcb, OWN_TCB, PRIORITY));
    settle();
    move(thread->sc, 0);
    settle();
    CHECK_TRACE("f");
}

TEST("kernel.other_core.rebound")
{
    struct thread *thread;
    seL4_CPtr sc;

    trace_reset();
    thread = far_thread(note, (void *)(uintptr_t)'f');
    settle();
    thread_make_passive(thread);
    sc = sc_new_with(5000, 5000);
    OK(seL4_SchedContext_Bind(sc, thread->tcb));
    settle();
    CHECK_TRACE("f");
}

/* It moves itself away; its call is answered when it is brought back. */
static void move_away(void *argument)
{
    const struct thread *self = argument;

    trace_note('A');
    move(self->sc, 1);
    trace_note('B');
}

TEST("kernel.other_core.moves_itself_away")
{
    struct thread *thread = thread_at(PRIORITY);

    trace_reset();
    thread_start_at(thread, move_away, thread);
    settle();
    move(thread->sc, 0);
    settle();
    CHECK_TRACE("AB");
}

TEST("kernel.other_core.woken_there")
{
    const seL4_CPtr notification = notification_new();
    struct ipc wait = {.number = seL4_SysWait, .cap = notification};
    struct thread *thread = ipc_thread(PRIORITY, &wait);

    settle();
    move(thread->sc, 1);
    signal_to(badged(notification, 6));
    settle();
    move(thread->sc, 0);
    settle();
    CHECK_EQUAL(wait.done, 1);
    CHECK_EQUAL(wait.result.badge, 6);
}

/* A server without a context runs where its caller does. */
TEST("kernel.other_core.server_comes_to_its_caller")
{
    struct ipc serve = {.cap = endpoint_new(), .reply = reply_new()};
    struct ipc call = {.number = seL4_SysCall, .cap = serve.cap, .label = 3};
    struct thread *server = thread_run(PRIORITY + 1, ipc_echo, &serve);

    settle();
    move(server->sc, 1);
    thread_make_passive(server);
    thread_wait(ipc_thread(PRIORITY, &call));
    CHECK_EQUAL(call.result.label, 3);
}

struct yielding {
    seL4_CPtr sc;
    struct reply reply;
};

static void yield_to(void *argument)
{
    struct yielding *yielding = argument;

    yielding->reply = INVOKE(yielding->sc, SchedContextYieldTo, WORDS());
}

TEST("kernel.other_core.yield_to_returns_at_once")
{
    struct thread *far = far_thread(note, (void *)(uintptr_t)'f');
    struct yielding yielding = {.sc = far->sc};

    thread_wait(thread_run(PRIORITY, yield_to, &yielding));
    CHECK_EQUAL(yielding.reply.label, seL4_NoError);
    CHECK_EQUAL(yielding.reply.length, 1);
}

TEST("kernel.other_core.deleted")
{
    struct thread *one = far_thread(note, (void *)(uintptr_t)'f');
    struct thread *two = far_thread(note, (void *)(uintptr_t)'g');

    cap_delete(one->tcb);
    cap_delete(two->sc);
    cap_delete(two->tcb);
    settle();
}

#ifdef CONFIG_DEBUG_BUILD
TEST("kernel.other_core.affinity")
{
    struct thread *thread = thread_at(PRIORITY);
    struct raw registers = {.rdx = (uint64_t)seL4_SysDebugGetThreadAffinity, .rdi = thread->tcb};

    raw_syscall(&registers);
    CHECK_EQUAL(registers.rdi, 0);
    move(thread->sc, 1);
    registers = (struct raw){.rdx = (uint64_t)seL4_SysDebugGetThreadAffinity, .rdi = thread->tcb};
    raw_syscall(&registers);
    CHECK_EQUAL(registers.rdi, 1);
}
#endif

#endif
