// SPDX-License-Identifier: BSD-2-Clause
/* Moving a message from one thread to another. */
#pragma once

#include "core/cspace.h"
#include "object/tcb.h"

struct endpoint;

/* The extra capabilities of a message, if they have been found already. */
struct ipc_caps {
    struct slot *const *slots; /* NULL: not yet, as with a sender that was queued */
    unsigned count;
};

/* The sender's message, or its pending fault, goes to the receiver, which gets `badge`.
 * `endpoint` is where they met, NULL for an answer. */
void ipc_transfer(struct tcb *sender, struct tcb *receiver, const struct endpoint *endpoint,
                  word_t badge, bool can_grant, struct ipc_caps caps);

/* Finds the extra capabilities the sender's message info announces. False: one leads nowhere,
 * `address` and `failure` say which and why. */
static inline bool ipc_find_extra_caps(const struct tcb *sender, const struct ipc_buffer *buffer,
                                       word_t info, struct slot *extra[], unsigned *count,
                                       word_t *address, struct lookup_failure *failure)
{
    const unsigned announced =
        buffer == NULL ? 0 : info >> INFO_EXTRA_CAPS_SHIFT & MASK(INFO_EXTRA_CAPS_BITS);

    *count = 0;
    for (unsigned i = 0; i < announced; i++) {
        extra[i] = cspace_lookup(sender, buffer->caps_or_badges[i], failure);
        if (unlikely(extra[i] == NULL)) {
            *address = buffer->caps_or_badges[i];
            return false;
        }
    }
    *count = announced;
    return true;
}

static inline unsigned info_length(word_t info)
{
    unsigned length = info & MASK(INFO_LENGTH_BITS);
    return length > MSG_MAX_LENGTH ? MSG_MAX_LENGTH : length;
}
