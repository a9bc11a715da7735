// SPDX-License-Identifier: BSD-2-Clause
/*
 * An invocation: a system call on a capability that stands for a kernel object.
 *
 * Decode, check, commit: an object's decode function reads the arguments, makes
 * all checks in the order of the interface, and only then calls what changes
 * state and cannot be refused any more. The three outcomes are STATUS_OK (a call
 * gets what inv_return() left), STATUS_REFUSED (what refuse_*() left) and
 * STATUS_PREEMPTED (the caller repeats the system call later).
 */
#pragma once

#include <abi/errors.h>
#include <abi/message.h>
#include <abi/methods.h>

#include "core/fault.h"
#include "core/preemption.h"
#include "object/slot.h"
#include "object/tcb.h"

enum status { STATUS_OK, STATUS_REFUSED, STATUS_PREEMPTED };

/* Why an invocation was refused; what the caller is told. */
struct refusal {
    enum abi_error error;
    word_t words[6];
    unsigned length;
};

struct invocation {
    struct tcb *caller;
    struct slot *slot; /* of the invoked capability */
    struct cap cap;    /* a copy of it */
    word_t address;    /* the name it was called by */
    word_t label;
    enum abi_method method;
    unsigned length; /* message words the caller announced (and can have) */
    unsigned extra_count;
    struct slot *extra[MSG_MAX_EXTRA_CAPS];
    struct ipc_buffer *buffer; /* the caller's, NULL if it has none */
    bool is_call;              /* wants an answer */
    bool is_blocking;
    bool is_combined; /* the send half of a call that also receives */
    bool can_donate;

    unsigned result_length;
    struct refusal refusal;
};

/* Argument word n, whether or not the announced length covers it. */
static inline word_t inv_argument(const struct invocation *inv, unsigned index)
{
    if (index < MSG_REGISTERS) {
        return context_message_register(&inv->caller->context, index);
    }
    return inv->buffer == NULL ? 0 : inv->buffer->msg[index];
}

/* Extra capability n; null if it was not given. */
static inline struct cap inv_extra(const struct invocation *inv, unsigned index)
{
    return index < inv->extra_count ? inv->extra[index]->cap : cap_null();
}

static inline bool inv_lacks(const struct invocation *inv, unsigned words, unsigned extra_caps)
{
    return inv->length < words || inv->extra_count < extra_caps;
}

/* Result word n of a successful call; to be written in ascending order. */
void inv_return(struct invocation *inv, unsigned index, word_t value);

/* ---- refusals ---- */

enum status refuse(struct invocation *inv, enum abi_error error) MUST_USE;
enum status refuse_argument(struct invocation *inv, word_t number) MUST_USE;
enum status refuse_capability(struct invocation *inv, word_t number) MUST_USE;
enum status refuse_range(struct invocation *inv, word_t min, word_t max) MUST_USE;
enum status refuse_lookup(struct invocation *inv, bool is_source,
                          struct lookup_failure failure) MUST_USE;
enum status refuse_memory(struct invocation *inv, word_t bytes_left) MUST_USE;

/* ---- what several objects' decoding needs ---- */

/* The slot a (root, index, depth) address names: 20-objects section 4.2. */
enum status inv_find_slot(struct invocation *inv, struct cap root, word_t index, word_t depth,
                          bool is_source, struct slot **slot) MUST_USE;
/* The same for a place that must be empty. */
enum status inv_find_empty_slot(struct invocation *inv, struct cap root, word_t index, word_t depth,
                                struct slot **slot) MUST_USE;

/* The capability a copy of `source` would get: 20-objects section 3.3. May be null. */
enum status inv_derive(struct invocation *inv, const struct slot *source, struct cap cap,
                       struct cap *derived) MUST_USE;

static inline enum status status_of(enum progress progress)
{
    return progress == PROGRESS_DONE ? STATUS_OK : STATUS_PREEMPTED;
}

/* ---- decoding, per object ---- */

enum status decode_untyped(struct invocation *inv) MUST_USE;
enum status decode_cnode(struct invocation *inv) MUST_USE;
enum status decode_tcb(struct invocation *inv) MUST_USE;
enum status decode_sched_context(struct invocation *inv) MUST_USE;
enum status decode_sched_control(struct invocation *inv) MUST_USE;
enum status decode_irq_control(struct invocation *inv) MUST_USE;
enum status decode_irq_handler(struct invocation *inv) MUST_USE;
enum status decode_domain(struct invocation *inv) MUST_USE;
enum status decode_frame(struct invocation *inv) MUST_USE;
enum status decode_table(struct invocation *inv) MUST_USE;
enum status decode_asid_control(struct invocation *inv) MUST_USE;
enum status decode_asid_pool(struct invocation *inv) MUST_USE;

/* Methods of a TCB that only some architectures and profiles have. */
enum status hwdebug_decode(struct invocation *inv, struct tcb *tcb) MUST_USE;

/* The whole of it: from the registers of the current thread to the answer. */
enum status invoke(struct invocation *inv) MUST_USE;
