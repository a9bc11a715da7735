// SPDX-License-Identifier: BSD-2-Clause
/*
 * I/O ports: ranges issued once each, accessed by method. And what remains of
 * I/O address spaces on a machine without an IOMMU: page tables can be made and
 * deleted, nothing can be mapped, because nobody has an I/O space capability.
 */
#include "core/core.h"
#include "core/derivation.h"
#include "port_io.h"
#include <arch/object.h>

#define PORT_COUNT 65536u
#define PORT_MASK  0xffffu
#define LAST_SHIFT 16

static uint64_t issued[PORT_COUNT / 64];

/* Applies `apply` to every word of the bitmap that the range touches, with the bits it covers;
 * stops when it says so. */
static inline bool for_range(unsigned first, unsigned last,
                             bool (*apply)(uint64_t *word, uint64_t mask))
{
    const unsigned last_word = last / 64;
    uint64_t mask = ~MASK63(first % 64);

    for (unsigned word = first / 64; word < last_word; word++) {
        if (apply(&issued[word], mask)) {
            return true;
        }
        mask = ~0ull;
    }
    return apply(&issued[last_word], mask & MASK(last % 64 + 1));
}

static bool is_any_set(uint64_t *word, uint64_t mask)
{
    return *word & mask;
}

static bool set_all(uint64_t *word, uint64_t mask)
{
    *word |= mask;
    return false;
}

static bool clear_all(uint64_t *word, uint64_t mask)
{
    *word &= ~mask;
    return false;
}

static unsigned first_port(struct cap cap)
{
    return cap.data & PORT_MASK;
}

static unsigned last_port(struct cap cap)
{
    return cap.data >> LAST_SHIFT & PORT_MASK;
}

void arch_finalise_cap(struct cap cap)
{
    assert(cap.type == CAP_IO_PORT);
    for_range(first_port(cap), last_port(cap), clear_all);
}

/* ---- decoding ---- */

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
    if (for_range(first, last, is_any_set)) {
        return refuse(inv, ERR_REVOKE_FIRST);
    }
    status = inv_find_empty_slot(inv, inv_extra(inv, 0), inv_argument(inv, 2), inv_argument(inv, 3),
                                 &destination);
    if (status == STATUS_OK) {
        struct cap cap = {.type = CAP_IO_PORT, .data = first | (word_t)last << LAST_SHIFT};

        for_range(first, last, set_all);
        slot_insert(destination, inv->slot, cap);
    }
    return status;
}

static unsigned access_bytes(enum abi_method method)
{
    switch (method) {
    case METHOD_X86_IO_PORT_IN8:
    case METHOD_X86_IO_PORT_OUT8: return 1;
    case METHOD_X86_IO_PORT_IN16:
    case METHOD_X86_IO_PORT_OUT16: return 2;
    case METHOD_X86_IO_PORT_IN32:
    case METHOD_X86_IO_PORT_OUT32: return 4;
    default: return 0;
    }
}

static word_t read_port(uint16_t port, unsigned bytes)
{
    switch (bytes) {
    case 1: return port_in8(port);
    case 2: return port_in16(port);
    default: return port_in32(port);
    }
}

static void write_port(uint16_t port, unsigned bytes, word_t value)
{
    switch (bytes) {
    case 1: port_out8(port, (uint8_t)value); break;
    case 2: port_out16(port, (uint16_t)value); break;
    default: port_out32(port, (uint32_t)value); break;
    }
}

static enum status decode_port(struct invocation *inv)
{
    const unsigned bytes = access_bytes(inv->method);
    const bool is_write = inv->method == METHOD_X86_IO_PORT_OUT8 ||
                          inv->method == METHOD_X86_IO_PORT_OUT16 ||
                          inv->method == METHOD_X86_IO_PORT_OUT32;
    const unsigned port = inv_argument(inv, 0) & PORT_MASK;

    if (bytes == 0) {
        return refuse(inv, ERR_ILLEGAL_OPERATION);
    }
    if (inv_lacks(inv, is_write ? 2 : 1, 0)) {
        return refuse(inv, ERR_TRUNCATED_MESSAGE);
    }
    if (port < first_port(inv->cap) || port + bytes - 1 > last_port(inv->cap)) {
        return refuse(inv, ERR_ILLEGAL_OPERATION);
    }
    if (is_write) {
        write_port((uint16_t)port, bytes, inv_argument(inv, 1));
    } else {
        inv_return(inv, 0, read_port((uint16_t)port, bytes));
    }
    return STATUS_OK;
}

static enum status decode_io_table(struct invocation *inv)
{
    switch (inv->method) {
    case METHOD_X86_IO_PAGE_TABLE_MAP:
        return inv_lacks(inv, 1, 1) ? refuse(inv, ERR_TRUNCATED_MESSAGE)
                                    : refuse_capability(inv, 0);
    case METHOD_X86_IO_PAGE_TABLE_UNMAP: return STATUS_OK; /* it never is mapped */
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

/* Whatever else is wrong, the extra capability is not an I/O space; all but a short message is
 * answered alike: the frame's size, its being mapped and the missing space are one error. */
enum status arch_decode_frame(struct invocation *inv)
{
    if (inv->method != METHOD_X86_PAGE_MAP_IO) {
        return refuse(inv, ERR_ILLEGAL_OPERATION);
    }
    return inv_lacks(inv, 2, 1) ? refuse(inv, ERR_TRUNCATED_MESSAGE) : refuse_capability(inv, 0);
}
