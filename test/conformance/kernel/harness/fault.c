// SPDX-License-Identifier: BSD-2-Clause
#include <harness/events.h>
#include <harness/fault.h>
#include <harness/suite.h>

struct faulter faulter_new(void)
{
    struct faulter faulter = {.endpoint = events, .reply = reply_new()};

    faulter.thread = thread_at(PRIORITY);
    faulter.badge = faulter.thread->index + 1; /* as the harness has it */
    return faulter;
}

struct reply faulter_next(struct faulter *faulter)
{
    return receive((seL4_Word)seL4_SysRecv, faulter->endpoint, faulter->reply);
}

struct reply faulter_run(struct faulter *faulter, void (*run)(void *))
{
    thread_start_at(faulter->thread, run, faulter->argument);
    return faulter_next(faulter);
}

void faulter_answer(struct faulter *faulter, seL4_Word label, struct message message)
{
    invoke_by_send((seL4_Word)seL4_SysSend, faulter->reply, label, message);
}
