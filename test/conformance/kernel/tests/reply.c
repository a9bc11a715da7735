// SPDX-License-Identifier: BSD-2-Clause
/* Reply objects, and scheduling contexts that are lent along calls. */
#include <harness/ipc.h>
#include <harness/suite.h>

#define RECV ((seL4_Word)seL4_SysRecv)
#define SEND ((seL4_Word)seL4_SysSend)
#define WAIT ((seL4_Word)seL4_SysWait)

static void answer(seL4_CPtr reply, seL4_Word label)
{
    invoke_by_send(SEND, reply, label, (struct message){WORDS()});
}

/* ---- the association ---- */

TEST_PATHS("kernel.reply.unused_has_no_effect")
{
    const seL4_CPtr reply = reply_new();

    CHECK_REPLY(INVOKE(reply, 5, WORDS(1)), SUCCESS());
    answer(reply, 5);
    invoke_by_send((seL4_Word)seL4_SysNBSend, reply, 5, (struct message){WORDS()});
}

TEST_PATHS("kernel.reply.answers_once")
{
    const seL4_CPtr endpoint = endpoint_new(), reply = reply_new();
    struct ipc call = {.number = seL4_SysCall, .cap = endpoint};
    struct thread *caller = ipc_thread(PRIORITY, &call);

    (void)receive(RECV, endpoint, reply);
    answer(reply, 11);
    answer(reply, 12);
    thread_wait(caller);
    CHECK_EQUAL(call.result.label, 11);
}

TEST_PATHS("kernel.reply.by_any_send")
{
    const seL4_CPtr endpoint = endpoint_new(), reply = reply_new();
    struct ipc call = {.number = seL4_SysCall, .cap = endpoint};
    struct thread *caller = thread_at(PRIORITY);

    for (unsigned i = 0; i < 3; i++) {
        thread_start_at(caller, ipc_once, &call);
        (void)receive(RECV, endpoint, reply);
        if (i == 0) {
            answer(reply, i);
        } else if (i == 1) {
            invoke_by_send((seL4_Word)seL4_SysNBSend, reply, i, (struct message){WORDS()});
        } else {
            CHECK_REPLY(INVOKE(reply, i, WORDS()), SUCCESS());
        }
        thread_wait(caller);
        CHECK_EQUAL(call.result.label, i);
    }
}

TEST_PATHS("kernel.reply.copies_are_the_same_object")
{
    const seL4_CPtr endpoint = endpoint_new(), reply = reply_new(), copy = copy_of(reply);
    struct ipc call = {.number = seL4_SysCall, .cap = endpoint};
    struct thread *caller = ipc_thread(PRIORITY, &call);

    (void)receive(RECV, endpoint, reply);
    cap_delete(reply);
    answer(copy, 4);
    thread_wait(caller);
    CHECK_EQUAL(call.result.label, 4);
}

TEST_PATHS("kernel.reply.two_callers_answered_out_of_order")
{
    const seL4_CPtr endpoint = endpoint_new();
    const seL4_CPtr replies[] = {reply_new(), reply_new()};
    struct ipc calls[2];
    struct thread *callers[2];

    for (unsigned i = 0; i < 2; i++) {
        calls[i] = (struct ipc){.number = seL4_SysCall, .cap = badged(endpoint, i + 1)};
        callers[i] = ipc_thread(PRIORITY, &calls[i]);
        CHECK_EQUAL(receive(RECV, endpoint, replies[i]).badge, i + 1);
    }
    answer(replies[1], 21);
    thread_wait(callers[1]);
    CHECK_EQUAL(calls[0].done, 0);
    answer(replies[0], 20);
    thread_wait(callers[0]);
    CHECK_EQUAL(calls[0].result.label, 20);
    CHECK_EQUAL(calls[1].result.label, 21);
}

/* Receiving with a reply object that a caller waits on: that caller is dropped. */
TEST_PATHS("kernel.reply.reused_drops_the_caller")
{
    const seL4_CPtr endpoint = endpoint_new(), reply = reply_new();
    struct ipc calls[2];

    for (unsigned i = 0; i < 2; i++) {
        calls[i] = (struct ipc){.number = seL4_SysCall, .cap = endpoint};
        ipc_thread(PRIORITY, &calls[i]);
        (void)receive(RECV, endpoint, reply);
    }
    answer(reply, 1);
    answer(reply, 1);
    settle();
    CHECK_EQUAL(calls[0].done, 0);
    CHECK_EQUAL(calls[1].done, 1);
}

/* A receiver waits with it: that receiver is dropped too. */
TEST_PATHS("kernel.reply.taken_from_another_receiver")
{
    const seL4_CPtr one = endpoint_new(), two = endpoint_new(), reply = reply_new();
    struct ipc first = {.number = seL4_SysRecv, .cap = one, .reply = reply};
    struct ipc second = {.number = seL4_SysRecv, .cap = two, .reply = reply};
    struct thread *thread = ipc_thread(PRIORITY, &first);

    settle();
    ipc_thread(PRIORITY, &second);
    settle();
    invoke_by_send((seL4_Word)seL4_SysNBSend, badged(one, 1), 1, (struct message){WORDS()});
    settle();
    CHECK_EQUAL(first.done, 0);
    invoke_by_send(SEND, badged(two, 1), 1, (struct message){WORDS()});
    settle();
    CHECK_EQUAL(second.done, 1);
    OK(seL4_TCB_Resume(thread->tcb)); /* it receives again */
    settle();
    invoke_by_send(SEND, badged(one, 1), 1, (struct message){WORDS()});
    settle();
    CHECK_EQUAL(first.done, 1);
}

TEST_PATHS("kernel.reply.deleted_under_a_caller")
{
    const seL4_CPtr endpoint = endpoint_new(), reply = reply_new();
    struct ipc call = {.number = seL4_SysCall, .cap = badged(endpoint, 2)};
    struct thread *caller = ipc_thread(PRIORITY, &call);

    (void)receive(RECV, endpoint, reply);
    cap_delete(reply);
    settle();
    CHECK_EQUAL(call.done, 0);
    OK(seL4_TCB_Resume(caller->tcb)); /* it was stopped; it calls again */
    CHECK_EQUAL(receive(RECV, endpoint, reply_new()).badge, 2);
}

TEST_PATHS("kernel.reply.deleted_under_a_receiver")
{
    const seL4_CPtr endpoint = endpoint_new(), reply = reply_new();
    struct ipc recv = {.number = seL4_SysRecv, .cap = endpoint, .reply = reply};

    ipc_thread(PRIORITY, &recv);
    settle();
    cap_delete(reply);
    invoke_by_send((seL4_Word)seL4_SysNBSend, badged(endpoint, 1), 1, (struct message){WORDS()});
    settle();
    CHECK_EQUAL(recv.done, 0);
}

static void check_no_reply_cap(seL4_CPtr reply, seL4_Word failure, seL4_Word detail)
{
    const seL4_CPtr faults = endpoint_new();
    struct ipc recv = {.number = seL4_SysRecv, .cap = endpoint_new(), .reply = reply};
    struct thread *thread =
        thread_new((struct thread_options){.priority = PRIORITY, .faults = faults});
    struct reply fault;

    thread_start_at(thread, ipc_once, &recv);
    fault = receive(RECV, faults, reply_new());
    CHECK_EQUAL(fault.label, seL4_Fault_CapFault);
    CHECK_EQUAL(fault.mr[seL4_CapFault_Addr], reply);
    CHECK_EQUAL(fault.mr[seL4_CapFault_InRecvPhase], 1);
    CHECK_EQUAL(fault.mr[seL4_CapFault_LookupFailureType], failure);
    CHECK_EQUAL(fault.mr[seL4_CapFault_BitsLeft], detail);
}

TEST_PATHS("kernel.reply.register_names_no_reply_object")
{
    check_no_reply_cap(OWN_TCB, seL4_MissingCapability, 0);
    check_no_reply_cap(NOTHING, seL4_MissingCapability, 0);
}

TEST_PATHS("kernel.reply.register_cannot_be_looked_up")
{
    check_no_reply_cap(1ull << 40, seL4_GuardMismatch, 64);
}

TEST_PATHS("kernel.reply.register_ignored_on_notifications")
{
    const seL4_CPtr notification = notification_new();

    signal_to(badged(notification, 5));
    CHECK_EQUAL(receive(RECV, notification, OWN_TCB).badge, 5);
}

/* ---- suspended and resumed callers ---- */

TEST_PATHS("kernel.reply.suspended_caller_is_forgotten")
{
    const seL4_CPtr endpoint = endpoint_new(), reply = reply_new();
    struct ipc call = {.number = seL4_SysCall, .cap = endpoint};
    struct thread *caller = ipc_thread(PRIORITY, &call);

    (void)receive(RECV, endpoint, reply);
    OK(seL4_TCB_Suspend(caller->tcb));
    answer(reply, 1);
    settle();
    CHECK_EQUAL(call.done, 0);
    OK(seL4_TCB_Resume(caller->tcb));
    (void)receive(RECV, endpoint, reply);
    answer(reply, 2);
    thread_wait(caller);
    CHECK_EQUAL(call.result.label, 2);
}

TEST_PATHS("kernel.reply.resumed_caller_calls_again")
{
    const seL4_CPtr endpoint = endpoint_new(), reply = reply_new();
    struct ipc call = {.number = seL4_SysCall, .cap = badged(endpoint, 3)};
    struct thread *caller = ipc_thread(PRIORITY, &call);

    (void)receive(RECV, endpoint, reply);
    OK(seL4_TCB_Resume(caller->tcb));
    answer(reply, 1);
    settle();
    CHECK_EQUAL(call.done, 0);
    CHECK_EQUAL(receive((seL4_Word)seL4_SysNBRecv, endpoint, reply).badge, 3);
}

TEST_PATHS("kernel.reply.deleted_caller")
{
    const seL4_CPtr endpoint = endpoint_new(), reply = reply_new();
    struct ipc call = {.number = seL4_SysCall, .cap = endpoint};
    struct thread *caller = ipc_thread(PRIORITY, &call);

    (void)receive(RECV, endpoint, reply);
    cap_delete(caller->tcb);
    answer(reply, 1);
    CHECK_EQUAL(receive((seL4_Word)seL4_SysNBRecv, endpoint, reply).badge, 0);
}

/* ---- scheduling contexts on loan ---- */

struct pair {
    struct ipc call, serve;
    struct thread *caller, *server;
};

static void pair_init(struct pair *pair)
{
    const seL4_CPtr endpoint = endpoint_new();

    *pair = (struct pair){
        .call = {.number = seL4_SysCall, .cap = badged(endpoint, 8), .message = {WORDS(1, 2)}},
        .serve = {.cap = endpoint, .reply = reply_new()}};
    pair->server = passive_server(PRIORITY + 1, &pair->serve);
    pair->caller = thread_at(PRIORITY);
}

TEST_PATHS("kernel.donation.passive_server_runs_on_the_callers_context")
{
    struct pair pair;

    pair_init(&pair);
    for (unsigned i = 1; i < 5; i++) {
        thread_start_at(pair.caller, ipc_once, &pair.call);
        thread_wait(pair.caller);
        CHECK_EQUAL(pair.serve.done, i);
        CHECK_EQUAL(pair.serve.result.badge, 8);
        CHECK_EQUAL(pair.call.result.mr[1], 2);
        CHECK_EQUAL(pair.call.result.badge, 0);
        CHECK_EQUAL(pair.call.result.extra_caps, 0);
    }
}

TEST_PATHS("kernel.donation.lower_priority_server")
{
    struct pair pair;

    pair_init(&pair);
    OK(seL4_TCB_SetPriority(pair.server->tcb, OWN_TCB, PRIORITY - 10));
    thread_start_at(pair.caller, ipc_once, &pair.call);
    thread_wait(pair.caller);
    CHECK_EQUAL(pair.serve.done, 1);
}

TEST_PATHS("kernel.donation.not_by_send")
{
    struct pair pair;

    pair_init(&pair);
    pair.call.number = seL4_SysSend;
    thread_start_at(pair.caller, ipc_once, &pair.call);
    thread_wait(pair.caller);
    settle();
    CHECK_EQUAL(pair.serve.done, 0); /* it has the message but no time */
    OK(seL4_SchedContext_Bind(pair.server->sc, pair.server->tcb));
    settle();
    CHECK_EQUAL(pair.serve.done, 1);
}

TEST_PATHS("kernel.donation.server_with_its_own_keeps_it")
{
    const seL4_CPtr endpoint = endpoint_new();
    struct ipc serve = {.cap = endpoint, .reply = reply_new()};
    struct ipc call = {.number = seL4_SysCall, .cap = endpoint};
    struct thread *server = thread_run(PRIORITY, ipc_echo, &serve);
    struct thread *caller = thread_at(PRIORITY);

    settle();
    thread_start_at(caller, ipc_once, &call);
    thread_wait(caller);
    OK(seL4_SchedContext_UnbindObject(server->sc, server->tcb));
    OK(seL4_SchedContext_UnbindObject(caller->sc, caller->tcb));
}

/* Receives once and then waits for a notification, keeping what it was lent. */
static void receive_and_hold(void *argument)
{
    struct ipc *ipc = argument;

    ipc->result = receive(RECV, ipc->cap, ipc->reply);
    ipc->done++;
    seL4_Wait(ipc->dest, NULL);
    ipc->done++;
    invoke_by_send(SEND, ipc->reply, 5, (struct message){WORDS()});
    ipc->done++;
    seL4_Wait(ipc->dest, NULL);
    ipc->done++;
    thread_finish();
}

/* A passive server that holds a caller's context; `dest` lets it go on. */
static void pair_hold(struct pair *pair)
{
    const seL4_CPtr endpoint = endpoint_new();

    *pair =
        (struct pair){.call = {.number = seL4_SysCall, .cap = badged(endpoint, 8)},
                      .serve = {.cap = endpoint, .reply = reply_new(), .dest = notification_new()}};
    pair->server = thread_run(PRIORITY + 1, receive_and_hold, &pair->serve);
    settle();
    thread_make_passive(pair->server);
    pair->caller = ipc_thread(PRIORITY, &pair->call);
    settle();
    CHECK_EQUAL(pair->serve.done, 1);
}

TEST_PATHS("kernel.donation.server_blocks_with_it")
{
    struct pair pair;

    pair_hold(&pair);
    signal_to(pair.serve.dest);
    thread_wait(pair.caller);
    CHECK_EQUAL(pair.call.result.label, 5);
    CHECK_EQUAL(pair.serve.done, 2); /* it lost its time with the answer */
}

TEST_PATHS("kernel.donation.bound_to_the_server_meanwhile")
{
    struct pair pair;

    pair_hold(&pair);
    CHECK_REPLY(INVOKE(pair.caller->sc, SchedContextUnbindObject, WORDS(), CAPS(pair.caller->tcb)),
                ILLEGAL_OPERATION);
    CHECK_REPLY(INVOKE(pair.caller->sc, SchedContextBind, WORDS(), CAPS(tcb_new())),
                ILLEGAL_OPERATION);
    OK(seL4_SchedContext_UnbindObject(pair.caller->sc, pair.server->tcb));
}

TEST_PATHS("kernel.donation.suspended_caller_leaves_it")
{
    struct pair pair;

    pair_hold(&pair);
    OK(seL4_TCB_Suspend(pair.caller->tcb));
    signal_to(pair.serve.dest);
    settle();
    CHECK_EQUAL(pair.serve.done, 3); /* the answer went nowhere and cost nothing */
    OK(seL4_TCB_Resume(pair.caller->tcb));
    settle();
    CHECK_EQUAL(pair.call.done, 0); /* no context, so it does not run */
    OK(seL4_SchedContext_UnbindObject(pair.caller->sc, pair.server->tcb));
    OK(seL4_SchedContext_Bind(pair.caller->sc, pair.caller->tcb));
}

TEST_PATHS("kernel.donation.deleted_caller_leaves_it")
{
    struct pair pair;

    pair_hold(&pair);
    cap_delete(pair.caller->tcb);
    signal_to(pair.serve.dest);
    settle();
    CHECK_EQUAL(pair.serve.done, 3);
}

TEST_PATHS("kernel.donation.deleted_reply_object_returns_it")
{
    struct pair pair;

    pair_hold(&pair);
    cap_delete(pair.serve.reply);
    signal_to(pair.serve.dest);
    settle();
    CHECK_EQUAL(pair.serve.done, 1); /* the server stands without time */
    OK(seL4_SchedContext_UnbindObject(pair.caller->sc, pair.caller->tcb));
}

TEST_PATHS("kernel.donation.suspended_server_keeps_it_until_the_reply_object_goes")
{
    struct pair pair;

    pair_hold(&pair);
    OK(seL4_TCB_Suspend(pair.server->tcb));
    CHECK_REPLY(INVOKE(pair.caller->sc, SchedContextBind, WORDS(), CAPS(pair.caller->tcb)),
                ILLEGAL_OPERATION);
    cap_delete(pair.serve.reply);
    OK(seL4_SchedContext_UnbindObject(pair.caller->sc, pair.caller->tcb));
}

TEST_PATHS("kernel.donation.answered_for_a_suspended_server")
{
    struct pair pair;

    pair_hold(&pair);
    OK(seL4_TCB_Suspend(pair.server->tcb));
    answer(pair.serve.reply, 6);
    thread_wait(pair.caller);
    CHECK_EQUAL(pair.call.result.label, 6);
}

TEST_PATHS("kernel.donation.deleted_server_then_answer")
{
    struct pair pair;

    pair_hold(&pair);
    cap_delete(pair.server->tcb);
    CHECK_EQUAL(pair.call.done, 0);
    OK(seL4_SchedContext_Bind(pair.caller->sc, pair.caller->tcb));
    answer(pair.serve.reply, 6);
    thread_wait(pair.caller);
    CHECK_EQUAL(pair.call.result.label, 6);
}

TEST_PATHS("kernel.donation.caller_with_a_new_context_keeps_it")
{
    struct pair pair;
    const seL4_CPtr fresh = sc_new_with(5000, 5000);

    pair_hold(&pair);
    OK(seL4_SchedContext_Bind(fresh, pair.caller->tcb));
    signal_to(pair.serve.dest);
    thread_wait(pair.caller);
    settle();
    CHECK_EQUAL(pair.serve.done, 3); /* the lent one stayed */
    OK(seL4_SchedContext_UnbindObject(pair.caller->sc, pair.server->tcb));
    OK(seL4_SchedContext_UnbindObject(fresh, pair.caller->tcb));
}

TEST_PATHS("kernel.donation.deleted_context")
{
    struct pair pair;

    pair_hold(&pair);
    cap_delete(pair.caller->sc);
    signal_to(pair.serve.dest);
    settle();
    CHECK_EQUAL(pair.serve.done, 1);
    OK(seL4_SchedContext_Bind(sc_new_with(5000, 5000), pair.server->tcb));
    settle();
    CHECK_EQUAL(pair.call.done, 0); /* answered, but without time */
    OK(seL4_SchedContext_Bind(sc_new_with(5000, 5000), pair.caller->tcb));
    thread_wait(pair.caller);
    CHECK_EQUAL(pair.call.result.label, 5);
}

TEST_PATHS("kernel.donation.unbound_context_cuts_the_stack")
{
    struct pair pair;

    pair_hold(&pair);
    OK(seL4_SchedContext_Unbind(pair.caller->sc));
    OK(seL4_SchedContext_Bind(pair.caller->sc, pair.server->tcb));
    signal_to(pair.serve.dest);
    settle();
    CHECK_EQUAL(pair.serve.done, 3); /* answering returned nothing */
    CHECK_EQUAL(pair.call.done, 0);
}

/* Taking it from the thread alone leaves the stack as it is. */
TEST_PATHS("kernel.donation.unbound_thread_keeps_the_stack")
{
    struct pair pair;

    pair_hold(&pair);
    OK(seL4_SchedContext_UnbindObject(pair.caller->sc, pair.server->tcb));
    OK(seL4_SchedContext_Bind(pair.caller->sc, pair.server->tcb));
    signal_to(pair.serve.dest);
    thread_wait(pair.caller);
    CHECK_EQUAL(pair.serve.done, 2);
}

/* ---- chains ---- */

struct relay {
    seL4_CPtr from, reply, to, hold;
    volatile unsigned done;
};

/* Receives, calls on, answers. */
static void relay(void *argument)
{
    struct relay *r = argument;

    (void)receive(RECV, r->from, r->reply);
    for (;;) {
        r->done++;
        (void)invoke(r->to, 1, (struct message){WORDS()});
        r->done++;
        (void)exchange((seL4_Word)seL4_SysReplyRecv, NOTHING, 1, (struct message){WORDS()}, r->from,
                       r->reply);
    }
}

struct chain {
    struct relay middle;
    struct ipc call, serve;
    struct thread *caller, *relay, *server;
};

/* caller -> relay -> server, who holds the context. */
static void chain_hold(struct chain *chain)
{
    const seL4_CPtr first = endpoint_new(), second = endpoint_new();

    *chain =
        (struct chain){.middle = {.from = first, .reply = reply_new(), .to = second},
                       .call = {.number = seL4_SysCall, .cap = first},
                       .serve = {.cap = second, .reply = reply_new(), .dest = notification_new()}};
    chain->server = thread_run(PRIORITY + 2, receive_and_hold, &chain->serve);
    chain->relay = thread_run(PRIORITY + 1, relay, &chain->middle);
    settle();
    thread_make_passive(chain->server);
    thread_make_passive(chain->relay);
    chain->caller = ipc_thread(PRIORITY, &chain->call);
    settle();
    CHECK_EQUAL(chain->serve.done, 1);
    CHECK_EQUAL(chain->middle.done, 1);
}

TEST_PATHS("kernel.donation.chain_unwinds")
{
    struct chain chain;

    chain_hold(&chain);
    signal_to(chain.serve.dest);
    thread_wait(chain.caller);
    CHECK_EQUAL(chain.middle.done, 2);
    OK(seL4_SchedContext_UnbindObject(chain.caller->sc, chain.caller->tcb));
}

/* The middle answers early through its reply object: the context has moved further. */
TEST_PATHS("kernel.donation.chain_answered_early")
{
    struct chain chain;

    chain_hold(&chain);
    answer(chain.middle.reply, 9);
    settle();
    CHECK_EQUAL(chain.call.done, 0); /* runnable, but without time */
    OK(seL4_SchedContext_Bind(sc_new_with(5000, 5000), chain.caller->tcb));
    thread_wait(chain.caller);
    CHECK_EQUAL(chain.call.result.label, 9);
    signal_to(chain.serve.dest);
    settle();
    CHECK_EQUAL(chain.middle.done, 2);
}

TEST_PATHS("kernel.donation.chain_broken_in_the_middle")
{
    struct chain chain;

    chain_hold(&chain);
    cap_delete(chain.middle.reply);
    signal_to(chain.serve.dest);
    settle();
    /* The server's answer still takes the context to the relay, and there it stays. */
    CHECK_EQUAL(chain.middle.done, 2);
    CHECK_EQUAL(chain.call.done, 0);
}

/* The context waits at the head of the call stack, whoever had it. */
TEST_PATHS("kernel.donation.chain_server_deleted")
{
    struct chain chain;

    chain_hold(&chain);
    cap_delete(chain.server->tcb);
    settle();
    CHECK_EQUAL(chain.middle.done, 1);
    answer(chain.serve.reply, 1);
    thread_wait(chain.caller);
    CHECK_EQUAL(chain.middle.done, 2);
}

TEST_PATHS("kernel.donation.deleted_server_answer_returns_it")
{
    struct pair pair;

    pair_hold(&pair);
    cap_delete(pair.server->tcb);
    answer(pair.serve.reply, 6);
    thread_wait(pair.caller);
    CHECK_EQUAL(pair.call.result.label, 6);
}

/* ---- ReplyRecv and its relatives lend too ---- */

TEST_PATHS("kernel.donation.by_nbsendrecv_to_an_endpoint")
{
    const seL4_CPtr target = endpoint_new(), own = endpoint_new();
    struct ipc serve = {.cap = target, .reply = reply_new()};
    struct ipc give = {
        .number = seL4_SysNBSendRecv, .dest = target, .cap = own, .reply = reply_new()};
    struct thread *server = passive_server(PRIORITY, &serve);
    struct thread *giver = ipc_thread(PRIORITY, &give);

    settle();
    CHECK_EQUAL(serve.done, 1);
    OK(seL4_SchedContext_UnbindObject(giver->sc, server->tcb));
}

TEST_PATHS("kernel.donation.by_nbsendwait_to_an_endpoint")
{
    const seL4_CPtr target = endpoint_new();
    struct ipc serve = {.cap = target, .reply = reply_new()};
    struct ipc give = {.number = seL4_SysNBSendWait, .reply = target, .cap = notification_new()};
    struct thread *server = passive_server(PRIORITY, &serve);
    struct thread *giver = ipc_thread(PRIORITY, &give);

    settle();
    CHECK_EQUAL(serve.done, 1);
    OK(seL4_SchedContext_UnbindObject(giver->sc, server->tcb));
}
