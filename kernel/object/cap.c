// SPDX-License-Identifier: BSD-2-Clause
#include "object/cap.h"

#include "object/vspace.h"
#include <arch/kernel_map.h>

/* log2 of the size of the memory behind an object's capability; 0: it stands for no memory. */
static unsigned object_bits(struct cap cap)
{
    switch ((enum cap_type)cap.type) {
    case CAP_UNTYPED:
    case CAP_FRAME:
    case CAP_SCHED_CONTEXT: return cap.bits;
    case CAP_ENDPOINT: return ENDPOINT_BITS;
    case CAP_NOTIFICATION: return NOTIFICATION_BITS;
    case CAP_REPLY: return REPLY_BITS;
    case CAP_CNODE: return cap.bits + SLOT_BITS;
    case CAP_TCB: return TCB_BITS;
    case CAP_ZOMBIE: return cap.flag ? TCB_BITS : cap.bits + SLOT_BITS;
    case CAP_TABLE: return vspace_table_bits(cap.bits);
    case CAP_ASID_POOL: return ASID_POOL_BITS;
    case CAP_IO_TABLE: return PAGE_BITS;
    default: return 0;
    }
}

bool cap_region(struct cap cap, paddr_t *base, word_t *size_bytes)
{
    unsigned bits = object_bits(cap);

    if (bits == 0) {
        return false;
    }
    bool is_physical = cap.type == CAP_UNTYPED || cap.type == CAP_FRAME;

    *base = is_physical ? cap_paddr(cap) : virt_to_phys(cap_object(cap));
    *size_bytes = BIT(bits);
    return true;
}

bool cap_same_object(struct cap a, struct cap b)
{
    if (a.type != b.type) {
        return false;
    }
    switch ((enum cap_type)a.type) {
    case CAP_NULL: return false;
    case CAP_SCHED_CONTROL:
    case CAP_IRQ_HANDLER:
    case CAP_IO_PORT: return a.data == b.data;
    case CAP_IRQ_CONTROL:
    case CAP_IO_PORT_CONTROL:
    case CAP_ASID_CONTROL:
    case CAP_DOMAIN: return true;
    default: return a.object == b.object && a.bits == b.bits && a.flag == b.flag;
    }
}

static bool untyped_covers(struct cap parent, struct cap child)
{
    paddr_t base;
    word_t size_bytes;

    if (!cap_region(child, &base, &size_bytes)) {
        return false;
    }
    return base >= cap_paddr(parent) &&
           base + size_bytes - 1 <= cap_paddr(parent) + MASK(parent.bits);
}

bool cap_covers(struct cap parent, struct cap child)
{
    switch ((enum cap_type)parent.type) {
    case CAP_UNTYPED: return untyped_covers(parent, child);
    case CAP_IRQ_CONTROL: return child.type == CAP_IRQ_CONTROL || child.type == CAP_IRQ_HANDLER;
    case CAP_IO_PORT_CONTROL: return child.type == CAP_IO_PORT_CONTROL || child.type == CAP_IO_PORT;
    default: return cap_same_object(parent, child);
    }
}

struct cap cap_mask_rights(struct cap cap, word_t rights)
{
    switch ((enum cap_type)cap.type) {
    case CAP_ENDPOINT: cap.rights &= rights; break;
    case CAP_NOTIFICATION: cap.rights &= rights & (RIGHT_READ | RIGHT_WRITE); break;
    case CAP_REPLY: cap.rights &= rights & RIGHT_GRANT; break;
    case CAP_FRAME: cap.rights = vspace_mask_rights(cap.rights, rights); break;
    default: break;
    }
    return cap;
}

static struct cap set_badge(struct cap cap, bool preserve, word_t badge)
{
    if (preserve || cap.data != 0) {
        return cap_null();
    }
    cap.data = badge;
    return cap;
}

static struct cap set_guard(struct cap cap, word_t data)
{
    unsigned guard_size = data & MASK(GUARD_SIZE_BITS);

    if (guard_size + cap.bits > WORD_BITS) {
        return cap_null();
    }
    return cap_cnode(cap_object(cap), cap.bits, data >> GUARD_SIZE_BITS & MASK(guard_size),
                     guard_size);
}

struct cap cap_update_data(struct cap cap, bool preserve, word_t data)
{
    switch ((enum cap_type)cap.type) {
    case CAP_ENDPOINT:
    case CAP_NOTIFICATION: return set_badge(cap, preserve, data);
    case CAP_CNODE: return set_guard(cap, data);
    default: return cap;
    }
}

static const struct {
    uint8_t tag;
    const char *name;
} cap_types[CAP_TYPE_COUNT] = {
    [CAP_NULL] = {TAG_NULL, "nothing"},
    [CAP_UNTYPED] = {TAG_UNTYPED, "untyped memory"},
    [CAP_ENDPOINT] = {TAG_ENDPOINT, "endpoint"},
    [CAP_NOTIFICATION] = {TAG_NOTIFICATION, "notification"},
    [CAP_REPLY] = {TAG_REPLY, "reply"},
    [CAP_CNODE] = {TAG_CNODE, "CNode"},
    [CAP_TCB] = {TAG_THREAD, "TCB"},
    [CAP_SCHED_CONTEXT] = {TAG_SCHED_CONTEXT, "scheduling context"},
    [CAP_SCHED_CONTROL] = {TAG_SCHED_CONTROL, "scheduling control"},
    [CAP_IRQ_CONTROL] = {TAG_IRQ_CONTROL, "IRQ control"},
    [CAP_IRQ_HANDLER] = {TAG_IRQ_HANDLER, "IRQ handler"},
    [CAP_DOMAIN] = {TAG_DOMAIN, "domain set"},
    [CAP_ZOMBIE] = {TAG_ZOMBIE, "object being deleted"},
    [CAP_FRAME] = {TAG_FRAME, "frame"},
    [CAP_TABLE] = {0, "page table"},
    [CAP_ASID_CONTROL] = {TAG_ASID_CONTROL, "ASID control"},
    [CAP_ASID_POOL] = {TAG_ASID_POOL, "ASID pool"},
    [CAP_IO_PORT_CONTROL] = {TAG_IO_PORT_CONTROL, "I/O port control"},
    [CAP_IO_PORT] = {TAG_IO_PORT, "I/O port"},
    [CAP_IO_TABLE] = {TAG_IO_PAGE_TABLE, "I/O page table"},
};

unsigned cap_tag(struct cap cap)
{
    return cap.type == CAP_TABLE ? vspace_table_tag(cap.bits) : cap_types[cap.type].tag;
}

const char *cap_name(struct cap cap)
{
    return cap_types[cap.type].name;
}
