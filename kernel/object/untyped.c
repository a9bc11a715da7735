// SPDX-License-Identifier: BSD-2-Clause
#include "object/untyped.h"

#include "core/derivation.h"
#include "core/invocation.h"
#include "lib/string.h"
#include "object/sched_context.h"
#include "object/tcb.h"
#include "object/vspace.h"
#include <abi/limits.h>
#include <arch/kernel_map.h>

#define CLEAR_CHUNK_BYTES 4096
#define CLEAR_CHUNK_WORK  (CLEAR_CHUNK_BYTES / 8)

/* ---- clearing ---- */

/* At the start of a region that is being cleared from its end. */
struct clearing {
    paddr_t end;
    paddr_t cleared_from;
};

/*
 * The capability says where the notes are, so they are the kernel's own: whoever has since got
 * memory from this capability has moved the watermark and dropped the flag.
 */
static paddr_t cleared_so_far(struct cap untyped, paddr_t start, paddr_t end)
{
    const struct clearing *notes = phys_to_virt(start);

    if (!(untyped.data & UNTYPED_CLEARING) ||
        cap_paddr(untyped) + untyped_watermark(untyped) != start || notes->end != end) {
        return end;
    }
    assert(notes->cleared_from > start && notes->cleared_from < end);
    return notes->cleared_from;
}

/* Work since the last look; the last one is just before the end, for making hundreds of objects
 * comes next, and cannot be left half done. */
static unsigned clearing_work(word_t left_bytes)
{
    return left_bytes <= CLEAR_CHUNK_BYTES ? PREEMPTION_WORK : CLEAR_CHUNK_WORK;
}

/* Zeroes [start, end); interrupted, it leaves its notes there and moves the watermark to them. (The
 * alignment gap before them is lost to nobody: the same objects would start there anyway.) */
static enum progress clear_region(struct cap *untyped, paddr_t start, paddr_t end)
{
    struct clearing *notes = phys_to_virt(start);
    paddr_t from = cleared_so_far(*untyped, start, end);

    untyped->data &= ~UNTYPED_CLEARING;
    while (from > start) {
        word_t chunk = MIN(from - start, (word_t)CLEAR_CHUNK_BYTES);

        from -= chunk;
        memset(phys_to_virt(from), 0, chunk);
        if (from > start && preemption_point(clearing_work(from - start))) {
            *notes = (struct clearing){.end = end, .cleared_from = from};
            untyped->data = (start - cap_paddr(*untyped)) | UNTYPED_CLEARING;
            return PROGRESS_PREEMPTED;
        }
    }
    return PROGRESS_DONE;
}

/* ---- what Retype makes ---- */

struct retype {
    word_t type;
    unsigned size_bits;   /* as given */
    unsigned object_bits; /* log2 bytes of each */
    struct slot *slots;   /* destination window */
    word_t count;
};

/* log2 bytes of an object; 0 for a type that this profile does not have. */
static unsigned object_bits(word_t type, word_t size_bits)
{
    switch (type) {
    case TYPE_UNTYPED:
    case TYPE_SCHED_CONTEXT: return (unsigned)size_bits;
    case TYPE_TCB: return TCB_BITS;
    case TYPE_ENDPOINT: return ENDPOINT_BITS;
    case TYPE_NOTIFICATION: return NOTIFICATION_BITS;
    case TYPE_CNODE: return (unsigned)size_bits + SLOT_BITS;
    case TYPE_REPLY: return REPLY_BITS;
    default: return vspace_object_bits(type);
    }
}

/* The capability to an object of the type at `base`; those of one Retype differ only in that. */
static struct cap cap_to_object(const struct retype *retype, paddr_t base, bool device)
{
    void *object = phys_to_virt(base);
    struct cap cap;

    switch (retype->type) {
    case TYPE_UNTYPED: return cap_untyped(base, retype->object_bits, device);
    case TYPE_TCB: return cap_of_object(CAP_TCB, object);
    case TYPE_ENDPOINT: return cap_endpoint(object, RIGHT_ALL, 0);
    case TYPE_NOTIFICATION: return cap_notification(object, RIGHT_ALL, 0);
    case TYPE_CNODE: return cap_cnode(object, retype->size_bits, 0, 0);
    case TYPE_SCHED_CONTEXT:
        cap = cap_of_object(CAP_SCHED_CONTEXT, object);
        cap.bits = retype->object_bits;
        return cap;
    case TYPE_REPLY:
        cap = cap_of_object(CAP_REPLY, object);
        cap.rights = RIGHT_GRANT;
        return cap;
    default: return vspace_cap_to_object(retype->type, base, device);
    }
}

/* What zeroed memory lacks to be an object. */
static void init_object(struct cap cap)
{
    if (cap.type == CAP_TCB) {
        tcb_init(cap_object(cap));
    } else if (cap.type == CAP_TABLE) {
        vspace_init_table(cap);
    }
}

/* Objects are aligned as the kernel would see them in its window. For all of RAM that is the same
 * as physical alignment; device regions far beyond it are cut by this rule at boot, too. */
static paddr_t align_object(paddr_t paddr, unsigned object_bits)
{
    return ALIGN_UP(paddr + UNTYPED_ALIGN_BIAS, object_bits) - UNTYPED_ALIGN_BIAS;
}

static enum status create_objects(struct invocation *inv, const struct retype *retype,
                                  word_t watermark)
{
    struct cap *untyped = &inv->slot->cap;
    const paddr_t base = cap_paddr(*untyped);
    const bool device = untyped->flag;
    const paddr_t start = align_object(base + watermark, retype->object_bits);
    const paddr_t end = start + (retype->count << retype->object_bits);

    if (!device && retype->type != TYPE_UNTYPED &&
        clear_region(untyped, start, end) == PROGRESS_PREEMPTED) {
        return STATUS_PREEMPTED;
    }
    untyped->data = end - base;

    struct cap cap = cap_to_object(retype, start, device);

    slot_insert_run(retype->slots, retype->count, inv->slot, cap, BIT(retype->object_bits));
    if (cap.type == CAP_TCB || cap.type == CAP_TABLE) {
        for (word_t i = 0; i < retype->count; i++) {
            init_object(retype->slots[i].cap);
        }
    }
    return STATUS_OK;
}

/* ---- decoding ---- */

static enum status check_type(struct invocation *inv, struct retype *retype)
{
    const word_t type = inv_argument(inv, 0);
    const word_t size_bits = inv_argument(inv, 1);

    if (!vspace_type_exists(type)) {
        return refuse_argument(inv, 0);
    }
    if (size_bits >= WORD_BITS || object_bits(type, size_bits) > MAX_UNTYPED_BITS) {
        return refuse_range(inv, 0, MAX_UNTYPED_BITS);
    }
    if ((type == TYPE_CNODE && size_bits == 0) ||
        (type == TYPE_UNTYPED && size_bits < MIN_UNTYPED_BITS) ||
        (type == TYPE_SCHED_CONTEXT && size_bits < MIN_SCHED_CONTEXT_BITS)) {
        return refuse_argument(inv, 1);
    }
    retype->type = type;
    retype->size_bits = (unsigned)size_bits;
    retype->object_bits = object_bits(type, size_bits);
    return STATUS_OK;
}

/* The CNode the new capabilities go to: the extra one itself, or one found below it. */
static enum status find_destination(struct invocation *inv, struct cap *cnode)
{
    const word_t depth = inv_argument(inv, 3);
    struct slot *slot;

    *cnode = inv_extra(inv, 0);
    if (depth != 0) {
        enum status status = inv_find_slot(inv, *cnode, inv_argument(inv, 2), depth, false, &slot);

        if (status != STATUS_OK) {
            return status;
        }
        *cnode = slot->cap;
    }
    if (cnode->type != CAP_CNODE) {
        return refuse_lookup(inv, false,
                             (struct lookup_failure){.type = LOOKUP_MISSING_CAPABILITY,
                                                     .bits_left = (unsigned)depth});
    }
    return STATUS_OK;
}

static enum status check_window(struct invocation *inv, struct cap cnode, struct retype *retype)
{
    const word_t slots = BIT(cnode.bits);
    const word_t offset = inv_argument(inv, 4);
    const word_t count = inv_argument(inv, 5);

    if (offset > slots - 1) {
        return refuse_range(inv, 0, slots - 1);
    }
    if (count < 1 || count > RETYPE_FAN_OUT_LIMIT) {
        return refuse_range(inv, 1, RETYPE_FAN_OUT_LIMIT);
    }
    if (count > slots - offset) {
        return refuse_range(inv, 1, slots - offset);
    }
    retype->slots = (struct slot *)cap_object(cnode) + offset;
    retype->count = count;
    for (word_t i = 0; i < count; i++) {
        if (!slot_is_empty(&retype->slots[i])) {
            return refuse(inv, ERR_DELETE_FIRST);
        }
    }
    return STATUS_OK;
}

enum status decode_untyped(struct invocation *inv)
{
    struct retype retype = {0};
    struct cap cnode;
    enum status status;

    if (inv->method != METHOD_UNTYPED_RETYPE) {
        return refuse(inv, ERR_ILLEGAL_OPERATION);
    }
    if (inv_lacks(inv, 6, 1)) {
        return refuse(inv, ERR_TRUNCATED_MESSAGE);
    }
    if ((status = check_type(inv, &retype)) != STATUS_OK ||
        (status = find_destination(inv, &cnode)) != STATUS_OK ||
        (status = check_window(inv, cnode, &retype)) != STATUS_OK) {
        return status;
    }
    const word_t size = BIT(inv->cap.bits);
    const word_t watermark = slot_has_children(inv->slot) ? untyped_watermark(inv->cap) : 0;
    const word_t free_bytes = size - watermark;

    if (free_bytes >> retype.object_bits < retype.count) {
        return refuse_memory(inv, free_bytes);
    }
    if (inv->cap.flag && !vspace_type_may_be_device(retype.type)) {
        return refuse_argument(inv, 1);
    }
    return create_objects(inv, &retype, watermark);
}
