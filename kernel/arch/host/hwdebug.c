// SPDX-License-Identifier: BSD-2-Clause
#include <arch/hwdebug.h>

#include "core/invocation.h"

void hwdebug_set_single_step(struct tcb *tcb, word_t steps)
{
    tcb->hwdebug.steps = steps;
}

void hwdebug_release(struct tcb *tcb)
{
    (void)tcb;
}

enum status hwdebug_decode(struct invocation *inv, struct tcb *tcb)
{
    if (inv->method != METHOD_TCB_CONFIGURE_SINGLE_STEPPING) {
        return refuse(inv, ERR_ILLEGAL_OPERATION);
    }
    hwdebug_set_single_step(tcb, inv_argument(inv, 1));
    inv_return(inv, 0, 0);
    return STATUS_OK;
}
