// SPDX-License-Identifier: BSD-2-Clause
/*
 * System calls with nothing done for the caller: any label, length and
 * capabilities go in, and all that comes out can be looked at.
 */
#pragma once
#include <sel4/sel4.h>
#include <stdbool.h>

enum { MESSAGE_WORDS = 24 };

/* What goes into an invocation; lengths follow from WORDS and CAPS, less what is cut off. */
struct message {
    seL4_Word words[MESSAGE_WORDS];
    seL4_Word count;
    seL4_Word cut;
    seL4_CPtr caps[seL4_MsgMaxExtraCaps];
    seL4_Word cap_count;
};

/* What came out. Words behind `length` are what the call left in place. */
struct reply {
    seL4_Word label;
    seL4_Word length;
    seL4_Word mr[MESSAGE_WORDS];
    seL4_Word badge;
    seL4_Word extra_caps;
    seL4_Word unwrapped;
};

#define COUNT_WORDS(...)        (sizeof((const seL4_Word[]){__VA_ARGS__}) / sizeof(seL4_Word))
#define WORDS(...)              .words = {__VA_ARGS__}, .count = COUNT_WORDS(__VA_ARGS__)
#define CAPS(...)               .caps = {__VA_ARGS__}, .cap_count = COUNT_WORDS(__VA_ARGS__)
#define INVOKE(cap, label, ...) invoke(cap, label, (struct message){__VA_ARGS__})

/* Expected replies: an error with its words, or success with results. */
#define REPLY(code, ...)                                                                           \
    {                                                                                              \
        .label = (code), .length = COUNT_WORDS(__VA_ARGS__), .mr = { __VA_ARGS__ }                 \
    }
#define SUCCESS(...)           REPLY(seL4_NoError, __VA_ARGS__)
#define INVALID_ARGUMENT(n)    REPLY(seL4_InvalidArgument, n)
#define INVALID_CAPABILITY(n)  REPLY(seL4_InvalidCapability, n)
#define ILLEGAL_OPERATION      REPLY(seL4_IllegalOperation)
#define RANGE_ERROR(low, high) REPLY(seL4_RangeError, low, high)
#define ALIGNMENT_ERROR        REPLY(seL4_AlignmentError)
#define TRUNCATED              REPLY(seL4_TruncatedMessage)
#define DELETE_FIRST           REPLY(seL4_DeleteFirst)
#define REVOKE_FIRST           REPLY(seL4_RevokeFirst)
#define NOT_ENOUGH(bytes)      REPLY(seL4_NotEnoughMemory, bytes)
/* `source` is 1 for lookups of a source slot. */
#define NO_ROOT(source)       REPLY(seL4_FailedLookup, source, seL4_InvalidRoot)
#define MISSING(source, bits) REPLY(seL4_FailedLookup, source, seL4_MissingCapability, bits)
#define TOO_DEEP(source, left, found)                                                              \
    REPLY(seL4_FailedLookup, source, seL4_DepthMismatch, left, found)
#define BAD_GUARD(source, left, guard, size)                                                       \
    REPLY(seL4_FailedLookup, source, seL4_GuardMismatch, left, guard, size)

/* Adds a null capability to messages without any, which keeps a kernel from taking short cuts. */
extern bool invoke_slowly;

/* seL4_Call on any capability. */
struct reply invoke(seL4_CPtr cap, seL4_Word label, struct message message);
/* The same with another system call: one that only sends, or sends and receives from `source`. */
void invoke_by_send(seL4_Word number, seL4_CPtr cap, seL4_Word label, struct message message);
/* An empty message to a notification. */
void signal_to(seL4_CPtr cap);
struct reply receive(seL4_Word number, seL4_CPtr cap, seL4_CPtr reply_cap);
struct reply exchange(seL4_Word number, seL4_CPtr dest, seL4_Word label, struct message message,
                      seL4_CPtr source, seL4_CPtr reply_cap);
