// SPDX-License-Identifier: BSD-2-Clause
/* The DomainSet capability: which thread belongs to which domain, and when domains run. */
#include <abi/limits.h>

#include "core/invocation.h"
#include "core/sched.h"

static enum status decode_set(struct invocation *inv)
{
    const word_t domain = inv_argument(inv, 0);

    if (inv_lacks(inv, 1, 0)) {
        return refuse(inv, ERR_TRUNCATED_MESSAGE);
    }
    if (domain >= sys.abi.domains) {
        return refuse_argument(inv, 0);
    }
    if (inv_lacks(inv, 1, 1)) {
        return refuse(inv, ERR_TRUNCATED_MESSAGE);
    }
    if (inv_extra(inv, 0).type != CAP_TCB) {
        return refuse_argument(inv, 1);
    }
    sched_set_domain(cap_object(inv_extra(inv, 0)), (unsigned)domain);
    return STATUS_OK;
}

static enum status decode_configure(struct invocation *inv)
{
    const word_t index = inv_argument(inv, 0);
    const word_t domain = inv_argument(inv, 1);
    const word_t duration = inv_argument(inv, 2);

    if (inv_lacks(inv, 3, 0)) {
        return refuse(inv, ERR_TRUNCATED_MESSAGE);
    }
    if (index >= (word_t)sys.abi.schedules - 1) {
        return refuse_range(inv, 0, (word_t)sys.abi.schedules - 2);
    }
    if (domain >= sys.abi.domains) {
        return refuse_range(inv, 0, (word_t)sys.abi.domains - 1);
    }
    if (duration >= BIT(DOMAIN_DURATION_BITS)) {
        return refuse_argument(inv, 2);
    }
    if (duration == 0 && domain != 0) {
        return refuse_argument(inv, 1);
    }
    if (duration == 0 && index == sys.schedule_start) {
        return refuse_argument(inv, 2);
    }
    sys.schedule[index] = (struct domain_entry){.duration = duration, .domain = (uint8_t)domain};
    return STATUS_OK;
}

static enum status decode_set_start(struct invocation *inv)
{
    const word_t index = inv_argument(inv, 0);

    if (inv_lacks(inv, 1, 0)) {
        return refuse(inv, ERR_TRUNCATED_MESSAGE);
    }
    if (index >= sys.abi.schedules) {
        return refuse_range(inv, 0, (word_t)sys.abi.schedules - 1);
    }
    if (sys.schedule[index].duration == 0) {
        return refuse_argument(inv, 0);
    }
    sys.schedule_start = (unsigned)index;
    sched_set_schedule_entry(this_core(), (unsigned)index);
    return STATUS_OK;
}

enum status decode_domain(struct invocation *inv)
{
    switch (inv->method) {
    case METHOD_DOMAIN_SET_SET: return decode_set(inv);
    case METHOD_DOMAIN_SCHEDULE_CONFIGURE: return decode_configure(inv);
    case METHOD_DOMAIN_SCHEDULE_SET_START: return decode_set_start(inv);
    default: return refuse(inv, ERR_ILLEGAL_OPERATION);
    }
}
