// SPDX-License-Identifier: BSD-2-Clause
/* A foreign system call to its passive handler in another address space, and the answer back, with
 * all registers in the message. With trap-all where the kernel has it. */
#include "bench.h"

#define TRAP_ALL      (1ull << 63)
#define FOREIGN_CALL  39
#define REPLY_WORDS   18
#define SYSCALL_BYTES 2
#define SAVED_IP      15 /* message word */

static seL4_CPtr endpoint, reply, ready;
static bool times_reply;
static volatile uint64_t came_back;

static void foreigner(void)
{
    for (;;) {
        if (!times_reply) {
            sample_begin();
        }
        sel4_sys_null(FOREIGN_CALL);
        came_back = timestamp();
    }
}

static struct thread handler_thread;

static void handler(void)
{
    seL4_Word cap = endpoint, info = 0, mr[4] = {0};
    volatile seL4_Word *words = handler_thread.buffer->msg;

    sel4_sys_send_recv(seL4_SysNBSendRecv, &cap, &info, mr, reply, ready);
    for (;;) {
        uint64_t now = timestamp();

        sample_end(times_reply ? came_back : now);
        words[SAVED_IP] += SYSCALL_BYTES;
        cap = endpoint;
        info = seL4_MessageInfo_new(0, 0, 0, REPLY_WORDS).words[0];
        if (times_reply) {
            sample_begin();
        }
        sel4_sys_recv(seL4_SysReplyRecv, &cap, &info, mr, reply);
    }
}

static void measure(const char *name, bool reply_is_timed)
{
    struct thread faulter =
        bench_thread(foreigner, (struct thread_options){.vspace = vspace_new(),
                                                        .priority = PRIORITY_LOW,
                                                        .fault_handler = endpoint});

    handler_thread = bench_thread(handler, (struct thread_options){.priority = PRIORITY_LOW + 1});
    times_reply = reply_is_timed;
    seL4_TCB_SetFlags(faulter.tcb, 0, TRAP_ALL);
    samples_reset();
    bench_start(handler_thread);
    seL4_Wait(ready, NULL);
    bench_make_passive(handler_thread);
    bench_start(faulter);
    samples_collect(name);
    seL4_TCB_Suspend(faulter.tcb);
    seL4_TCB_Suspend(handler_thread.tcb);
}

void bench_fault(void)
{
    endpoint = object_new(seL4_EndpointObject, 0);
    reply = object_new(seL4_ReplyObject, 0);
    ready = object_new(seL4_NotificationObject, 0);
    measure("fault.deliver", false);
    measure("fault.reply", true);
}
