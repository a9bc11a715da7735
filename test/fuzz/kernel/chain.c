// SPDX-License-Identifier: BSD-2-Clause
#include "chain.h"

#include "object/reply.h"
#include "object/tcb.h"

unsigned chain_depth(const struct sched_context *sc)
{
    unsigned depth = 0;

    for (const struct reply *r = sc == NULL ? NULL : sc->reply; r != NULL; r = r->older) {
        depth++;
    }
    return depth;
}

static bool has_thread(const struct tcb *tcb)
{
    const bool waits = tcb->state == THREAD_BLOCKED_ON_REPLY && tcb->reply != NULL;

    return (waits && reply_is_on_stack(tcb->reply)) || chain_depth(tcb->sched_context) > 0;
}

bool chain_has(struct cap cap)
{
    switch ((enum cap_type)cap.type) {
    case CAP_SCHED_CONTEXT: return chain_depth(cap_object(cap)) > 0;
    case CAP_REPLY: return reply_is_on_stack(cap_object(cap));
    case CAP_TCB: return has_thread(cap_object(cap));
    default: return false;
    }
}
