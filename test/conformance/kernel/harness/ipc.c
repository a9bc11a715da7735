// SPDX-License-Identifier: BSD-2-Clause
#include <harness/ipc.h>
#include <harness/suite.h>

void ipc_once(void *argument)
{
    struct ipc *ipc = argument;
    const seL4_Word number = (seL4_Word)ipc->number;

    switch (ipc->number) {
    case seL4_SysCall: ipc->result = invoke(ipc->cap, ipc->label, ipc->message); break;
    case seL4_SysSend:
    case seL4_SysNBSend: invoke_by_send(number, ipc->cap, ipc->label, ipc->message); break;
    case seL4_SysRecv:
    case seL4_SysNBRecv:
    case seL4_SysWait:
    case seL4_SysNBWait: ipc->result = receive(number, ipc->cap, ipc->reply); break;
    default:
        ipc->result = exchange(number, ipc->dest, ipc->label, ipc->message, ipc->cap, ipc->reply);
    }
    ipc->done++;
}

void ipc_forever(void *argument)
{
    for (;;) {
        ipc_once(argument);
    }
}

struct thread *ipc_thread(seL4_Word priority, struct ipc *ipc)
{
    return thread_run(priority, ipc_once, ipc);
}

void ipc_echo(void *argument)
{
    struct ipc *ipc = argument;

    ipc->result = receive((seL4_Word)seL4_SysRecv, ipc->cap, ipc->reply);
    for (;;) {
        struct message answer = {.count = ipc->result.length};

        ipc->done++;
        for (unsigned i = 0; i < answer.count && i < MESSAGE_WORDS; i++) {
            answer.words[i] = ipc->result.mr[i];
        }
        ipc->result = exchange((seL4_Word)seL4_SysReplyRecv, NOTHING, ipc->result.label, answer,
                               ipc->cap, ipc->reply);
    }
}

struct thread *passive_server(seL4_Word priority, struct ipc *ipc)
{
    struct thread *thread = thread_run(priority, ipc_echo, ipc);

    settle();
    thread_make_passive(thread);
    return thread;
}
