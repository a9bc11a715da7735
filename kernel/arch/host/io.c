// SPDX-License-Identifier: BSD-2-Clause
/* Ports with nothing behind them (reads give all ones), and I/O page tables nobody can map. */
#include "arch/host/host_priv.h"
#include "core/derivation.h"
#include <arch/object.h>
#include <string.h>

#define PORT_COUNT 65536u
#define PORT_MASK  0xffffu
#define LAST_SHIFT 16

static bool issued[PORT_COUNT];

void host_io_reset(void)
{
    memset(issued, 0, sizeof(issued));
}

static unsigned first_port(struct cap cap)
{
    return cap.data & PORT_MASK;
}

static unsigned last_port(struct cap cap)
{
    return cap.data >> LAST_SHIFT & PORT_MASK;
}

static bool any_issued(unsigned first, unsigned last)
{
    return memchr(&issued[first], true, last - first + 1) != NULL;
}

static void set_issued(unsigned first, unsigned last, bool is_issued)
{
    memset(&issued[first], is_issued, last - first + 1);
}

void arch_finalise_cap(struct cap cap)
{
    assert(cap.type == CAP_IO_PORT && issued[first_port(cap)] && issued[last_port(cap)]);
    set_issued(first_port(cap), last_port(cap), false);
}

static enum status decode_issue(struct invocation *inv)
{
    const unsigned first = inv_argument(inv, 0) & PORT_MASK;
    const unsigned last = inv_argument(inv, 1) & PORT_MASK;
    struct slot *destination;
    enum status status;

    if (inv->method != METHOD_X86_IO_PORT_CONTROL_ISSUE) {
        return refuse(inv, ERR_ILLEGAL_OPERATION);
    }
    if (inv_lacks(inv, 4, 1)) {
        return refuse(inv, ERR_TRUNCATED_MESSAGE);
    }
    if (last < first) {
        return refuse_argument(inv, 1);
    }
    if (any_issued(first, last)) {
        return refuse(inv, ERR_REVOKE_FIRST);
    }
    status = inv_find_empty_slot(inv, inv_extra(inv, 0), inv_argument(inv, 2), inv_argument(inv, 3),
                                 &destination);
    if (status == STATUS_OK) {
        set_issued(first, last, true);
        slot_insert(destination, inv->slot,
                    (struct cap){.type = CAP_IO_PORT, .data = first | (word_t)last << LAST_SHIFT});
    }
    return status;
}

static enum status access_port(struct invocation *inv, unsigned bytes, bool is_write)
{
    const unsigned port = inv_argument(inv, 0) & PORT_MASK;

    if (inv_lacks(inv, is_write ? 2 : 1, 0)) {
        return refuse(inv, ERR_TRUNCATED_MESSAGE);
    }
    if (port < first_port(inv->cap) || port + bytes - 1 > last_port(inv->cap)) {
        return refuse(inv, ERR_ILLEGAL_OPERATION);
    }
    if (!is_write) {
        inv_return(inv, 0, MASK(8 * bytes));
    }
    return STATUS_OK;
}

static enum status decode_port(struct invocation *inv)
{
    switch (inv->method) {
    case METHOD_X86_IO_PORT_IN8: return access_port(inv, 1, false);
    case METHOD_X86_IO_PORT_IN16: return access_port(inv, 2, false);
    case METHOD_X86_IO_PORT_IN32: return access_port(inv, 4, false);
    case METHOD_X86_IO_PORT_OUT8: return access_port(inv, 1, true);
    case METHOD_X86_IO_PORT_OUT16: return access_port(inv, 2, true);
    case METHOD_X86_IO_PORT_OUT32: return access_port(inv, 4, true);
    default: return refuse(inv, ERR_ILLEGAL_OPERATION);
    }
}

static enum status decode_io_table(struct invocation *inv)
{
    switch (inv->method) {
    case METHOD_X86_IO_PAGE_TABLE_MAP:
        return inv_lacks(inv, 1, 1) ? refuse(inv, ERR_TRUNCATED_MESSAGE)
                                    : refuse_capability(inv, 0);
    case METHOD_X86_IO_PAGE_TABLE_UNMAP: return STATUS_OK;
    default: return refuse(inv, ERR_ILLEGAL_OPERATION);
    }
}

enum status arch_decode(struct invocation *inv)
{
    switch ((enum cap_type)inv->cap.type) {
    case CAP_IO_PORT_CONTROL: return decode_issue(inv);
    case CAP_IO_PORT: return decode_port(inv);
    case CAP_IO_TABLE: return decode_io_table(inv);
    default: unreachable("a capability of no known type");
    }
}

enum status arch_decode_frame(struct invocation *inv)
{
    if (inv->method != METHOD_X86_PAGE_MAP_IO) {
        return refuse(inv, ERR_ILLEGAL_OPERATION);
    }
    return inv_lacks(inv, 2, 1) ? refuse(inv, ERR_TRUNCATED_MESSAGE) : refuse_capability(inv, 0);
}
