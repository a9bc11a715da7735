// SPDX-License-Identifier: BSD-2-Clause
/* Calls and replies between a client and a passive server in another address space; a plain send to
 * a waiting thread of higher priority. */
#include "bench.h"

static seL4_CPtr endpoint, reply, ready;
static seL4_Word words; /* length of each message */

static seL4_Word info_word(void)
{
    return seL4_MessageInfo_new(0, 0, 0, words).words[0];
}

/* Tells the main thread and waits for the first caller, in one system call. */
static inline __attribute__((always_inline)) void announce_and_receive(seL4_CPtr from)
{
    seL4_Word cap = from, info = 0, mr[4] = {0};

    sel4_sys_send_recv(seL4_SysNBSendRecv, &cap, &info, mr, reply, ready);
}

static inline __attribute__((always_inline)) void reply_and_receive(void)
{
    seL4_Word cap = endpoint, info = info_word(), mr[4] = {0};

    sel4_sys_recv(seL4_SysReplyRecv, &cap, &info, mr, reply);
}

static inline __attribute__((always_inline)) void call(void)
{
    seL4_Word cap = endpoint, info = info_word(), mr[4] = {0};

    sel4_sys_call(seL4_SysCall, &cap, &info, mr);
}

static void server_times_call(void)
{
    announce_and_receive(endpoint);
    for (;;) {
        sample_end(timestamp());
        reply_and_receive();
    }
}

static void client_begins(void)
{
    for (;;) {
        sample_begin();
        call();
    }
}

static void server_begins(void)
{
    announce_and_receive(endpoint);
    for (;;) {
        sample_begin();
        reply_and_receive();
    }
}

static void client_times_reply(void)
{
    for (;;) {
        call();
        sample_end(timestamp());
    }
}

/* Both in the CSpace, 0: the task's own. */
static void measure_pair(const char *name, seL4_CPtr cspace, seL4_Word length,
                         void (*client_run)(void), void (*server_run)(void))
{
    struct thread server = bench_thread(
        server_run, (struct thread_options){
                        .vspace = vspace_new(), .cspace = cspace, .priority = PRIORITY_LOW});
    struct thread client = bench_thread(
        client_run, (struct thread_options){.cspace = cspace, .priority = PRIORITY_LOW});

    words = length;
    samples_reset();
    bench_start(server);
    seL4_Wait(ready, NULL);
    bench_make_passive(server);
    bench_start(client);
    samples_collect(name);
    seL4_TCB_Suspend(client.tcb);
    seL4_TCB_Suspend(server.tcb);
}

static void receiver_times_send(void)
{
    seL4_Word cap, info = 0, mr[4] = {0};

    announce_and_receive(endpoint);
    for (;;) {
        sample_end(timestamp());
        cap = endpoint;
        sel4_sys_call(seL4_SysWait, &cap, &info, mr);
    }
}

static void sender_begins(void)
{
    for (;;) {
        sample_begin();
        sel4_sys_send(seL4_SysSend, endpoint, seL4_MessageInfo_new(0, 0, 0, 0).words[0], 0, 0, 0,
                      0);
    }
}

static void measure_send(void)
{
    struct thread receiver =
        bench_thread(receiver_times_send,
                     (struct thread_options){.vspace = vspace_new(), .priority = PRIORITY_HIGH});
    struct thread sender =
        bench_thread(sender_begins, (struct thread_options){.priority = PRIORITY_LOW});

    samples_reset();
    bench_start(receiver);
    seL4_Wait(ready, NULL);
    bench_start(sender);
    samples_collect("ipc.send.high");
    seL4_TCB_Suspend(sender.tcb);
    seL4_TCB_Suspend(receiver.tcb);
}

void bench_ipc(void)
{
    endpoint = object_new(seL4_EndpointObject, 0);
    reply = object_new(seL4_ReplyObject, 0);
    ready = object_new(seL4_NotificationObject, 0);
    samples_reset();
    const seL4_CPtr caps[] = {endpoint, reply, ready, samples_done};
    const seL4_CPtr nested = nested_cspace_new(caps, sizeof(caps) / sizeof(caps[0]));

    measure_pair("ipc.call.0", 0, 0, client_begins, server_times_call);
    measure_pair("ipc.replyrecv.0", 0, 0, client_times_reply, server_begins);
    measure_pair("ipc.call.10", 0, 10, client_begins, server_times_call);
    measure_pair("ipc.replyrecv.10", 0, 10, client_times_reply, server_begins);
    measure_pair("ipc.call.nested", nested, 0, client_begins, server_times_call);
    measure_pair("ipc.replyrecv.nested", nested, 0, client_times_reply, server_begins);
    measure_send();
}
