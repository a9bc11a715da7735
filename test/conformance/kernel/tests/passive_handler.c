// SPDX-License-Identifier: BSD-2-Clause
/*
 * A thread that faults, and a passive handler that holds its scheduling context:
 * what run-time systems do to such pairs (stop, go on, delete, replace registers).
 */
#include <harness/ipc.h>
#include <harness/suite.h>

#define RECV ((seL4_Word)seL4_SysRecv)
#define SEND ((seL4_Word)seL4_SysSend)

struct pair {
    struct thread *thread, *handler;
    struct ipc serve; /* dest: what the handler waits for while it holds the context */
    volatile seL4_Word flag;
};

static void fault_then_set(void *argument)
{
    volatile seL4_Word *flag = argument;

    *flag += 1;
    __asm__ volatile("ud2" : : : "memory");
    *flag += 1;
}

static void set_only(void *argument)
{
    *(volatile seL4_Word *)argument = 77;
}

/* Takes a fault, waits, answers with the next instruction, waits for the next fault. */
static void handle(void *argument)
{
    struct ipc *ipc = argument;

    ipc->result = receive(RECV, ipc->cap, ipc->reply);
    for (;;) {
        ipc->done++;
        seL4_Wait(ipc->dest, NULL);
        ipc->done++;
        ipc->result =
            exchange((seL4_Word)seL4_SysReplyRecv, NOTHING, 0,
                     (struct message){WORDS(ipc->result.mr[0] + 2)}, ipc->cap, ipc->reply);
    }
}

/* The handler has the fault and the context, and waits for `dest`. */
static void pair_held(struct pair *pair)
{
    *pair = (struct pair){
        .serve = {.cap = endpoint_new(), .reply = reply_new(), .dest = notification_new()}};
    pair->handler = thread_run(PRIORITY + 1, handle, &pair->serve);
    settle();
    thread_make_passive(pair->handler);
    pair->thread =
        thread_new((struct thread_options){.priority = PRIORITY, .faults = pair->serve.cap});
    thread_start_at(pair->thread, fault_then_set, (void *)(uintptr_t)&pair->flag);
    settle();
    CHECK_EQUAL(pair->serve.done, 1);
    CHECK_EQUAL(pair->flag, 1);
}

TEST_PATHS("kernel.passive_handler.answer_moves_on")
{
    struct pair pair;

    pair_held(&pair);
    signal_to(pair.serve.dest);
    settle();
    CHECK_EQUAL(pair.flag, 2);
    CHECK_EQUAL(pair.serve.result.label, seL4_Fault_UnknownSyscall); /* its end */
}

TEST_PATHS("kernel.passive_handler.registers_read_and_written_meanwhile")
{
    struct pair pair;

    pair_held(&pair);
    CHECK_EQUAL(thread_registers(pair.thread).rip, pair.serve.result.mr[0]);
    thread_prepare(pair.thread, set_only, (void *)(uintptr_t)&pair.flag);
    invoke_by_send(SEND, pair.serve.reply, 0, (struct message){WORDS()});
    settle();
    CHECK_EQUAL(pair.flag, 77);
}

/* The handler keeps the context until its answer, which then comes too late. */
TEST_PATHS("kernel.passive_handler.thread_suspended")
{
    struct pair pair;

    pair_held(&pair);
    OK(seL4_TCB_Suspend(pair.thread->tcb));
    signal_to(pair.serve.dest);
    settle();
    CHECK_EQUAL(pair.flag, 1);
    CHECK_EQUAL(pair.serve.done, 2);
    OK(seL4_SchedContext_UnbindObject(pair.thread->sc, pair.handler->tcb));
    OK(seL4_SchedContext_Bind(pair.thread->sc, pair.thread->tcb));
    OK(seL4_TCB_Resume(pair.thread->tcb)); /* faults again, and the handler is there */
    settle();
    CHECK_EQUAL(pair.serve.done, 3);
}

TEST_PATHS("kernel.passive_handler.thread_resumed_without_answer")
{
    struct pair pair;

    pair_held(&pair);
    OK(seL4_TCB_Resume(pair.thread->tcb)); /* runnable, but its context is away */
    settle();
    CHECK_EQUAL(pair.flag, 1);
    OK(seL4_SchedContext_UnbindObject(pair.thread->sc, pair.handler->tcb));
    OK(seL4_SchedContext_Bind(pair.thread->sc, pair.thread->tcb));
    settle();
    CHECK_EQUAL(pair.serve.done, 1); /* the fault waits: the handler has no time */
    OK(seL4_TCB_Suspend(pair.thread->tcb));
}

TEST_PATHS("kernel.passive_handler.thread_deleted")
{
    struct pair pair;

    pair_held(&pair);
    cap_delete(pair.thread->tcb);
    signal_to(pair.serve.dest);
    settle();
    CHECK_EQUAL(pair.serve.done, 2);
    OK(seL4_SchedContext_UnbindObject(pair.thread->sc, pair.handler->tcb));
}

TEST_PATHS("kernel.passive_handler.handler_suspended_and_replaced")
{
    struct pair pair;

    pair_held(&pair);
    OK(seL4_TCB_Suspend(pair.handler->tcb));
    invoke_by_send(SEND, pair.serve.reply, 0, (struct message){WORDS(pair.serve.result.mr[0] + 2)});
    settle();
    CHECK_EQUAL(pair.flag, 2);
}

TEST_PATHS("kernel.passive_handler.handler_deleted")
{
    struct pair pair;

    pair_held(&pair);
    cap_delete(pair.handler->tcb);
    invoke_by_send(SEND, pair.serve.reply, 0, (struct message){WORDS(pair.serve.result.mr[0] + 2)});
    settle();
    CHECK_EQUAL(pair.flag, 2);
}

/* The usual way to take the context back before a thread is killed. */
TEST_PATHS("kernel.passive_handler.reply_object_deleted")
{
    struct pair pair;

    pair_held(&pair);
    cap_delete(pair.serve.reply);
    settle();
    CHECK_EQUAL(pair.flag, 1);
    OK(seL4_SchedContext_UnbindObject(pair.thread->sc, pair.thread->tcb));
    signal_to(pair.serve.dest);
    settle();
    CHECK_EQUAL(pair.serve.done, 1);
}

TEST_PATHS("kernel.passive_handler.context_replaced_while_lent")
{
    struct pair pair;
    const seL4_CPtr fresh = sc_new_with(5000, 5000);

    pair_held(&pair);
    CHECK_REPLY(INVOKE(fresh, SchedContextBind, WORDS(), CAPS(pair.thread->tcb)), SUCCESS());
    signal_to(pair.serve.dest);
    settle();
    CHECK_EQUAL(pair.flag, 2); /* on the new one; the handler keeps the old one */
    CHECK_EQUAL(pair.serve.done, 3);
    OK(seL4_SchedContext_UnbindObject(pair.thread->sc, pair.handler->tcb));
}

/* ---- registers during a timeout ---- */

static void spin_long(void *argument)
{
    (void)argument;
    spin_us(1000000);
}

TEST_PATHS("kernel.timeout.registers_written_while_waiting")
{
    volatile seL4_Word flag = 0;
    const seL4_CPtr endpoint = endpoint_new(), reply = reply_new();
    struct thread *thread = thread_new(
        (struct thread_options){.priority = PRIORITY, .budget_us = 1000, .period_us = 3000});

    OK(seL4_TCB_SetTimeoutEndpoint(thread->tcb, endpoint));
    thread_start_at(thread, spin_long, NULL);
    CHECK_EQUAL(receive(RECV, endpoint, reply).label, seL4_Fault_Timeout);
    CHECK(thread_registers(thread).rip != 0);
    thread_prepare(thread, set_only, (void *)(uintptr_t)&flag);
    CHECK_EQUAL(flag, 0);
    invoke_by_send(SEND, reply, 0, (struct message){WORDS()});
    thread_wait(thread);
    CHECK_EQUAL(flag, 77);
}

/* Resume instead of an answer: the fault is over, and the thread goes on with its next budget. */
TEST_PATHS("kernel.timeout.resumed_instead_of_answered")
{
    const seL4_CPtr endpoint = endpoint_new(), reply = reply_new();
    struct thread *thread = thread_new(
        (struct thread_options){.priority = PRIORITY, .budget_us = 1000, .period_us = 3000});

    OK(seL4_TCB_SetTimeoutEndpoint(thread->tcb, endpoint));
    thread_start_at(thread, spin_long, NULL);
    (void)receive(RECV, endpoint, reply);
    OK(seL4_TCB_Resume(thread->tcb));
    CHECK_EQUAL(receive(RECV, endpoint, reply).label, seL4_Fault_Timeout); /* a period later */
}
