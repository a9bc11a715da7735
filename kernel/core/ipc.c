// SPDX-License-Identifier: BSD-2-Clause
#include "core/ipc.h"

#include "core/cspace.h"
#include "core/derivation.h"
#include "object/derive.h"
#include "object/endpoint.h"

/* The empty slot the receiver has offered for a capability, NULL if it has none to offer. */
static struct slot *find_receive_slot(const struct tcb *receiver, const struct ipc_buffer *buffer)
{
    struct lookup_failure ignored;
    struct slot *root = cspace_lookup(receiver, buffer->receive_cnode, &ignored);
    const word_t depth = *(const volatile word_t *)&buffer->receive_depth; /* see inv_argument() */

    if (root == NULL || depth < 1 || depth > WORD_BITS) {
        return NULL;
    }
    struct slot *slot =
        cspace_resolve_exactly(root->cap, buffer->receive_index, (unsigned)depth, &ignored);

    return slot != NULL && slot_is_empty(slot) ? slot : NULL;
}

/*
 * A capability to the endpoint the message goes through
 * arrives as its badge; the first other one is copied into the receive slot; the next
 * ends the transfer. Returns the bits of the message info that say what arrived.
 */
static word_t transfer_caps(struct ipc_caps caps, struct tcb *receiver, struct ipc_buffer *buffer,
                            const struct endpoint *endpoint)
{
    struct slot *receive_slot = find_receive_slot(receiver, buffer);
    word_t unwrapped = 0;
    unsigned arrived = 0;

    for (; arrived < caps.count; arrived++) {
        struct slot *source = caps.slots[arrived];
        struct cap cap = source->cap;
        struct cap copy;

        if (cap.type == CAP_ENDPOINT && cap_object(cap) == endpoint) {
            buffer->caps_or_badges[arrived] = cap.data;
            unwrapped |= BIT(arrived);
            continue;
        }
        if (receive_slot == NULL || derive_cap(source, cap, &copy) != ERR_NONE ||
            copy.type == CAP_NULL) {
            break;
        }
        slot_insert(receive_slot, source, copy);
        receive_slot = NULL;
    }
    return unwrapped << INFO_CAPS_UNWRAPPED_SHIFT | (word_t)arrived << INFO_EXTRA_CAPS_SHIFT;
}

static void copy_words(struct tcb *sender, const struct ipc_buffer *from, struct tcb *receiver,
                       struct ipc_buffer *to, unsigned length)
{
    unsigned in_registers = MIN(length, (unsigned)MSG_REGISTERS);

    for (unsigned i = 0; i < in_registers; i++) {
        context_set_message_register(&receiver->context, i,
                                     context_message_register(&sender->context, i));
    }
    for (unsigned i = MSG_REGISTERS; i < length; i++) {
        to->msg[i] = from->msg[i];
    }
}

/* The extra capabilities of a sender that was queued: found now. None if one leads nowhere. */
static struct ipc_caps find_caps(const struct tcb *sender, word_t info, struct slot *extra[])
{
    struct lookup_failure ignored;
    word_t address;
    unsigned count;

    if (!ipc_find_extra_caps(sender, tcb_ipc_buffer(sender, false), info, extra, &count, &address,
                             &ignored)) {
        count = 0;
    }
    return (struct ipc_caps){.slots = extra, .count = count};
}

static void transfer_message(struct tcb *sender, struct tcb *receiver,
                             const struct endpoint *endpoint, bool can_grant, struct ipc_caps caps)
{
    word_t info = context_info(&sender->context);
    unsigned length = info_length(info);
    struct ipc_buffer *from = NULL;
    struct ipc_buffer *to = NULL;
    word_t arrived = 0;

    if (length > MSG_REGISTERS) {
        from = tcb_ipc_buffer(sender, false);
        to = tcb_ipc_buffer(receiver, true);
        if (from == NULL || to == NULL) {
            length = MSG_REGISTERS;
        }
    }
    copy_words(sender, from, receiver, to, length);

    if (can_grant && (info >> INFO_EXTRA_CAPS_SHIFT & MASK(INFO_EXTRA_CAPS_BITS)) != 0) {
        struct slot *extra[MSG_MAX_EXTRA_CAPS];

        to = tcb_ipc_buffer(receiver, true);
        if (to != NULL) {
            caps = caps.slots != NULL ? caps : find_caps(sender, info, extra);
            arrived = transfer_caps(caps, receiver, to, endpoint);
        }
    }
    context_set_info(&receiver->context,
                     (info & ~(word_t)MASK(INFO_LABEL_SHIFT)) | arrived | length);
}

static void transfer_fault(struct tcb *sender, struct tcb *receiver)
{
    struct ipc_buffer *buffer = tcb_ipc_buffer(receiver, true);
    unsigned length = fault_write_message(sender, receiver, buffer);

    context_set_info(&receiver->context, (word_t)sender->fault.type << INFO_LABEL_SHIFT | length);
}

void ipc_transfer(struct tcb *sender, struct tcb *receiver, const struct endpoint *endpoint,
                  word_t badge, bool can_grant, struct ipc_caps caps)
{
    if (sender->fault.type == FAULT_NULL) {
        transfer_message(sender, receiver, endpoint, can_grant, caps);
    } else {
        transfer_fault(sender, receiver);
    }
    context_set_badge(&receiver->context, badge);
}
