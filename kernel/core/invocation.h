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

/* How the system call sends. */
enum send_flag {
    SEND_BLOCKING = 1,
    SEND_CALL = 2, /* wants an answer */
    SEND_DONATE = 4,
    SEND_COMBINED = 8, /* the first half of a call that also receives */
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
    unsigned flags; /* enum send_flag */
    unsigned result_length;
    struct ipc_buffer *buffer; /* the caller's, NULL if it has none */
    struct refusal refusal;
};

/* Argument word n, whether or not the announced length covers it. The buffer is memory that others
 * can write at any time, a device at least: what was read once must not be read again. */
static inline word_t inv_argument(const struct invocation *inv, unsigned index)
{
    if (index < MSG_REGISTERS) {
        return context_message_register(&inv->caller->context, index);
    }
    return inv->buffer == NULL ? 0 : *(const volatile word_t *)&inv->buffer->msg[index];
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

/* Notes an error and the words that go with it. */
void inv_note_refusal(struct invocation *inv, enum abi_error error, unsigned length, word_t word0,
                      word_t word1);

MUST_USE static inline enum status refuse(struct invocation *inv, enum abi_error error)
{
    inv_note_refusal(inv, error, 0, 0, 0);
    return STATUS_REFUSED;
}

MUST_USE static inline enum status refuse_argument(struct invocation *inv, word_t number)
{
    inv_note_refusal(inv, ERR_INVALID_ARGUMENT, 1, number, 0);
    return STATUS_REFUSED;
}

MUST_USE static inline enum status refuse_capability(struct invocation *inv, word_t number)
{
    inv_note_refusal(inv, ERR_INVALID_CAPABILITY, 1, number, 0);
    return STATUS_REFUSED;
}

MUST_USE static inline enum status refuse_range(struct invocation *inv, word_t min, word_t max)
{
    inv_note_refusal(inv, ERR_RANGE, 2, min, max);
    return STATUS_REFUSED;
}

MUST_USE static inline enum status refuse_memory(struct invocation *inv, word_t bytes_left)
{
    inv_note_refusal(inv, ERR_NOT_ENOUGH_MEMORY, 1, bytes_left, 0);
    return STATUS_REFUSED;
}

enum status refuse_lookup(struct invocation *inv, bool is_source,
                          struct lookup_failure failure) MUST_USE;

/* ---- what several objects' decoding needs ---- */

/* The slot a (root, index, depth) address names: docs/kernel/capabilities.md. */
enum status inv_find_slot(struct invocation *inv, struct cap root, word_t index, word_t depth,
                          bool is_source, struct slot **slot) MUST_USE;
/* The same for a place that must be empty. */
enum status inv_find_empty_slot(struct invocation *inv, struct cap root, word_t index, word_t depth,
                                struct slot **slot) MUST_USE;

/* The capability a copy of `source` would get: object/derive.h. May be null. */
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
