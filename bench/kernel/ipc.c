// SPDX-License-Identifier: BSD-2-Clause
/* Calls and replies between a client and a passive server in another address space; a plain send to
 * a waiting thread of higher priority. */
#include <tiny/printf.h>

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

struct pair {
    seL4_CPtr cspace; /* of both; 0: the task's own */
    seL4_Word length; /* of each message */
    bool is_active;   /* the server is more important and keeps a scheduling context of its own */
};

static void measure(const char *name, struct pair pair, void (*client_run)(void),
                    void (*server_run)(void))
{
    const seL4_Word server_priority = pair.is_active ? PRIORITY_HIGH : PRIORITY_LOW;
    struct thread server =
        bench_thread(server_run, (struct thread_options){.vspace = vspace_new(),
                                                         .cspace = pair.cspace,
                                                         .priority = server_priority});
    struct thread client = bench_thread(
        client_run, (struct thread_options){.cspace = pair.cspace, .priority = PRIORITY_LOW});

    words = pair.length;
    samples_reset();
    bench_start(server);
    seL4_Wait(ready, NULL);
    if (!pair.is_active) {
        bench_make_passive(server);
    }
    bench_start(client);
    samples_collect(name);
    seL4_TCB_Suspend(client.tcb);
    seL4_TCB_Suspend(server.tcb);
}

static void measure_pair(const char *kind, struct pair pair)
{
    char name[32];

    tiny_snprintf(name, sizeof(name), "ipc.call.%s", kind);
    measure(name, pair, client_begins, server_times_call);
    tiny_snprintf(name, sizeof(name), "ipc.replyrecv.%s", kind);
    measure(name, pair, client_times_reply, server_begins);
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

    measure_pair("0", (struct pair){0});
    measure_pair("10", (struct pair){.length = 10});
    measure_pair("nested", (struct pair){.cspace = nested});
    measure_pair("active", (struct pair){.cspace = nested, .is_active = true});
    measure_send();
}
