// SPDX-License-Identifier: BSD-2-Clause
/*
 * What fastpath_test.c goes through: every case of the fast paths, and every reason not to
 * take one.
 *
 * The initial thread (priority 100, round robin) is the one that calls, sends and signals.
 * A case says what is special about the others.
 */
#pragma once

#include <abi/faults.h>
#include <abi/message.h>

#include "lib/base.h"

enum act {
    CALL,
    CALL_TWICE,      /* the server calls the second server */
    CALL_OBJECT,     /* no IPC */
    REPLY,           /* a call, and its answer with a receive */
    REPLY_TWICE,     /* two nested calls, both answered */
    REPLY_TO_PLAIN,  /* the answer to a call without a context */
    FOREIGN,         /* a foreign system call */
    FOREIGN_REPLIED, /* and its answer */
    VM_FAULT,
    VM_FAULT_REPLIED,
    SEND,
    SIGNAL,
    SIGNAL_TWICE,
    YIELD,
    INTERRUPT,
};

enum clock { IN_TIME, JUST_IN_TIME, TOO_LATE };
enum bound { NOT_BOUND, BOUND, BOUND_AND_ACTIVE };

struct scenario {
    const char *name;
    const char *what; /* one sentence: what is the case */
    enum act act;
    bool is_fast;
    unsigned length, label, extras; /* of the message, or of the answer */
    enum clock clock;
    enum bound bound;     /* the server's notification */
    uint8_t priority;     /* of the server, receiver, waiter; 0: 100 */
    uint8_t ready[2];     /* priorities of threads that can run */
    uint8_t ready_later;  /* of one that can run when the server has been called */
    unsigned domain;      /* of the server */
    bool is_active;       /* the server has a context of its own */
    bool is_sporadic;     /* which is a sporadic one */
    bool is_periodic;     /* the calling thread's context has refills */
    bool lacks_reply;     /* the server waits without a reply object */
    bool lacks_buffer;    /* the server has none */
    bool lacks_space;     /* the server has no valid address space */
    bool lacks_grant;     /* the capability gives no right to be answered */
    bool lacks_write;     /* nor to send anything */
    bool lacks_read;      /* the server may not receive where it wants to */
    bool is_absent;       /* nobody waits */
    bool second_waits;    /* another one waits as well */
    bool second_is_lower; /* who is less important */
    bool sender_waits;    /* a sender waits where the server goes on receiving */
    bool goes_elsewhere;  /* which is another endpoint */
    bool restarts;        /* who is ready is to restart */
    bool yields;          /* who is ready waits for the end of its YieldTo */
    bool has_got_context; /* the caller, since its call */
    bool answers_lower;   /* the answer is not to the last call but to the one before */
    bool answers_wrongly; /* it is not even to a reply object */
    bool was_elsewhere;   /* the server once had a context of another core */
    bool is_deep_cspace;  /* capabilities are two steps away */
};

#define CASE(title, sentence, ...)                                                                 \
    {                                                                                              \
        .name = (title), .what = (sentence), __VA_ARGS__                                           \
    }
#define FAST .is_fast = true

static const struct scenario scenarios[] = {
    CASE("call", "without words", .act = CALL, FAST),
    CASE("call.registers", "with words in registers", .act = CALL, FAST, .length = 4),
    CASE("call.buffer", "with words in the buffer", .act = CALL, FAST, .length = 20, .label = 9),
    CASE("call.longest", "with as many words as there can be", .act = CALL, FAST,
         .length = MSG_MAX_LENGTH),
    CASE("call.deep", "through a CSpace of two levels", .act = CALL, FAST, .is_deep_cspace = true),
    CASE("call.higher", "to a more important server", .act = CALL, FAST, .priority = 150),
    CASE("call.lower", "to a less important server", .act = CALL, FAST, .priority = 50),
    CASE("call.second_waits", "two servers wait", .act = CALL, FAST, .second_waits = true),
    CASE("call.second_is_lower", "one of them less important", .act = CALL, FAST,
         .second_waits = true, .second_is_lower = true),
    CASE("call.equal_is_ready", "an equal could run", .act = CALL, FAST, .ready = {100}),
    CASE("call.nested", "the server calls another", .act = CALL_TWICE, FAST),
    CASE("call.bound", "the server's notification is idle", .act = CALL, FAST, .bound = BOUND),
    CASE("call.periodic", "the context has refills", .act = CALL, FAST, .is_periodic = true),
    CASE("call.elsewhere", "the server has been on another core", .act = CALL, FAST,
         .was_elsewhere = true),
    CASE("call.just_in_time", "the budget lasts for one tick", .act = CALL, FAST,
         .clock = JUST_IN_TIME),
    CASE("call.too_late", "the budget is gone", .act = CALL, .clock = TOO_LATE),
    CASE("call.too_late_periodic", "that of a context with refills", .act = CALL, .clock = TOO_LATE,
         .is_periodic = true),
    CASE("call.higher_is_ready", "a more important one than the server could run", .act = CALL,
         .priority = 50, .ready = {70}),
    CASE("call.other_domain", "the server is of another domain", .act = CALL, .domain = 1),
    CASE("call.active_higher", "a more important server has its own context", .act = CALL, FAST,
         .is_active = true, .priority = 150),
    CASE("call.active_equal", "an equal one", .act = CALL, FAST, .is_active = true, .ready = {100}),
    CASE("call.active_lower", "a less important one", .act = CALL, FAST, .is_active = true,
         .priority = 50),
    CASE("call.active_buffer", "with words in the buffer", .act = CALL, FAST, .is_active = true,
         .length = 20, .priority = 150),
    CASE("call.active_periodic", "from one context with refills to another", .act = CALL, FAST,
         .is_active = true, .is_periodic = true, .priority = 150),
    CASE("call.active_second_waits", "two such servers wait", .act = CALL, FAST, .is_active = true,
         .second_waits = true),
    CASE("call.active_just_in_time", "the budget lasts for one tick", .act = CALL, FAST,
         .is_active = true, .clock = JUST_IN_TIME),
    CASE("call.active_too_late", "the budget is gone", .act = CALL, .is_active = true,
         .clock = TOO_LATE),
    CASE("call.active_higher_is_ready", "a more important one could run", .act = CALL,
         .is_active = true, .priority = 50, .ready = {80}),
    CASE("call.active_other_domain", "the server is of another domain", .act = CALL,
         .is_active = true, .domain = 1),
    CASE("call.active_sporadic", "its context is sporadic", .act = CALL, .is_active = true,
         .is_sporadic = true),
    CASE("call.active_no_reply", "it has no reply object", .act = CALL, .is_active = true,
         .lacks_reply = true),
    CASE("call.no_reply", "the server has no reply object", .act = CALL, .lacks_reply = true),
    CASE("call.no_grant", "the caller may not be answered", .act = CALL, .lacks_grant = true),
    CASE("call.no_write", "the caller may not send", .act = CALL, .lacks_write = true),
    CASE("call.no_buffer", "the words have no place to go", .act = CALL, .length = 20,
         .lacks_buffer = true),
    CASE("call.no_buffer_needed", "they need none", .act = CALL, FAST, .length = 4,
         .lacks_buffer = true),
    CASE("call.no_space", "the server has no address space", .act = CALL, .lacks_space = true),
    CASE("call.caps", "a capability comes along", .act = CALL, .extras = 1),
    CASE("call.nobody", "nobody waits", .act = CALL, .is_absent = true),
    CASE("call.object", "an invocation, not IPC", .act = CALL_OBJECT, .label = 200),

    CASE("reply", "without words", .act = REPLY, FAST),
    CASE("reply.registers", "with words in registers", .act = REPLY, FAST, .length = 3),
    CASE("reply.buffer", "with words in the buffer", .act = REPLY, FAST, .length = 30, .label = 4),
    CASE("reply.deep", "the caller's CSpace has two levels", .act = REPLY, FAST,
         .is_deep_cspace = true),
    CASE("reply.second_waits", "another server waits already", .act = REPLY, FAST,
         .second_waits = true),
    CASE("reply.goes_elsewhere", "and waits at another endpoint than before", .act = REPLY, FAST,
         .goes_elsewhere = true),
    CASE("reply.second_is_lower", "who is less important", .act = REPLY, FAST, .second_waits = true,
         .second_is_lower = true),
    CASE("reply.to_lower", "to a less important caller", .act = REPLY, FAST, .priority = 150),
    CASE("reply.to_higher", "to a more important caller", .act = REPLY, FAST, .priority = 50),
    CASE("reply.nested", "of the lower of two calls", .act = REPLY_TWICE, FAST),
    CASE("reply.bound", "the server's notification is idle", .act = REPLY, FAST, .bound = BOUND),
    CASE("reply.periodic", "the context has refills", .act = REPLY, FAST, .is_periodic = true),
    CASE("reply.equal_is_ready", "an equal could run", .act = REPLY, FAST, .ready = {100, 100}),
    CASE("reply.elsewhere", "the server has been on another core", .act = REPLY, FAST,
         .was_elsewhere = true),
    CASE("reply.just_in_time", "the budget lasts for one tick", .act = REPLY, FAST,
         .clock = JUST_IN_TIME),
    CASE("reply.too_late", "the budget is gone", .act = REPLY, .clock = TOO_LATE),
    CASE("reply.signalled", "the server's notification is active", .act = REPLY,
         .bound = BOUND_AND_ACTIVE),
    CASE("reply.sender_waits", "a sender waits", .act = REPLY, .sender_waits = true),
    CASE("reply.higher_is_ready", "a more important one than the caller could run", .act = REPLY,
         .priority = 150, .ready_later = 130),
    CASE("reply.nothing_lent", "no context came with the call", .act = REPLY_TO_PLAIN, FAST,
         .is_active = true, .priority = 150),
    CASE("reply.nothing_lent_higher", "and the caller is more important", .act = REPLY_TO_PLAIN,
         FAST, .is_active = true, .priority = 50),
    CASE("reply.nothing_lent_buffer", "with words in the buffer", .act = REPLY_TO_PLAIN, FAST,
         .is_active = true, .priority = 150, .length = 30),
    CASE("reply.nothing_lent_periodic", "contexts with refills", .act = REPLY_TO_PLAIN, FAST,
         .is_active = true, .is_periodic = true, .priority = 150),
    CASE("reply.nothing_lent_bound", "the server's notification is idle", .act = REPLY_TO_PLAIN,
         FAST, .is_active = true, .bound = BOUND, .priority = 150),
    CASE("reply.nothing_lent_second_waits", "another server waits already", .act = REPLY_TO_PLAIN,
         FAST, .is_active = true, .second_waits = true),
    CASE("reply.nothing_lent_just_in_time", "the budget lasts for one tick", .act = REPLY_TO_PLAIN,
         FAST, .is_active = true, .clock = JUST_IN_TIME),
    CASE("reply.nothing_lent_too_late", "the budget is gone", .act = REPLY_TO_PLAIN,
         .is_active = true, .clock = TOO_LATE),
    CASE("reply.nothing_lent_signalled", "the server's notification is active",
         .act = REPLY_TO_PLAIN, .is_active = true, .bound = BOUND_AND_ACTIVE),
    CASE("reply.nothing_lent_sender_waits", "a sender waits", .act = REPLY_TO_PLAIN,
         .is_active = true, .sender_waits = true),
    CASE("reply.nothing_lent_higher_is_ready", "a more important one than the caller could run",
         .act = REPLY_TO_PLAIN, .is_active = true, .priority = 150, .ready_later = 120),
    CASE("reply.nothing_lent_caps", "a capability comes along", .act = REPLY_TO_PLAIN,
         .is_active = true, .extras = 1),
    CASE("reply.caps", "a capability comes along", .act = REPLY, .extras = 1),
    CASE("reply.not_last", "to the first of two nested calls", .act = REPLY_TWICE,
         .answers_lower = true),
    CASE("reply.caller_has_context", "the caller has got another context", .act = REPLY,
         .has_got_context = true),
    CASE("reply.to_nobody", "through something else than a reply object", .act = REPLY,
         .answers_wrongly = true),
    CASE("reply.no_read", "the server may not receive", .act = REPLY, .lacks_read = true),
    CASE("reply.no_buffer", "the words come from nowhere", .act = REPLY, .length = 20,
         .lacks_buffer = true),

    CASE("fault", "a foreign system call, to its handler", .act = FOREIGN, FAST),
    CASE("fault.higher", "to a more important handler", .act = FOREIGN, FAST, .priority = 150),
    CASE("fault.second_waits", "two handlers wait", .act = FOREIGN, FAST, .second_waits = true),
    CASE("fault.just_in_time", "the budget lasts for one tick", .act = FOREIGN, FAST,
         .clock = JUST_IN_TIME),
    CASE("fault.too_late", "the budget is gone", .act = FOREIGN, .clock = TOO_LATE),
    CASE("fault.active_handler", "the handler has its own context", .act = FOREIGN,
         .is_active = true),
    CASE("fault.no_buffer", "the registers have no place to go", .act = FOREIGN,
         .lacks_buffer = true),
    CASE("fault.no_reply", "the handler has no reply object", .act = FOREIGN, .lacks_reply = true),
    CASE("fault.no_grant", "there is no way to answer", .act = FOREIGN, .lacks_grant = true),
    CASE("fault.no_write", "nor to send to it", .act = FOREIGN, .lacks_write = true),
    CASE("fault.nobody", "no handler waits", .act = FOREIGN, .is_absent = true),
    CASE("fault.other_domain", "the handler is of another domain", .act = FOREIGN, .domain = 1),
    CASE("fault.vm", "a fault of another kind", .act = VM_FAULT),

    CASE("fault_reply.registers", "the answer sets all registers", .act = FOREIGN_REPLIED, FAST,
         .length = UNKNOWN_SYSCALL_REPLY_COUNT),
    CASE("fault_reply.more", "and has more words", .act = FOREIGN_REPLIED, FAST, .length = 40),
    CASE("fault_reply.none", "the answer sets none", .act = FOREIGN_REPLIED, FAST),
    CASE("fault_reply.just_in_time", "the budget lasts for one tick", .act = FOREIGN_REPLIED, FAST,
         .clock = JUST_IN_TIME),
    CASE("fault_reply.too_late", "the budget is gone", .act = FOREIGN_REPLIED, .clock = TOO_LATE),
    CASE("fault_reply.some", "the answer sets some", .act = FOREIGN_REPLIED, .length = 5),
    CASE("fault_reply.stop", "the answer stops the thread", .act = FOREIGN_REPLIED, .label = 1),
    CASE("fault_reply.vm", "to a fault of another kind", .act = VM_FAULT_REPLIED),

    CASE("send.higher", "to a more important receiver", .act = SEND, FAST, .is_active = true,
         .priority = 150),
    CASE("send.equal", "to an equal", .act = SEND, FAST, .is_active = true, .ready = {100}),
    CASE("send.lower", "to a less important receiver", .act = SEND, FAST, .is_active = true,
         .priority = 50, .ready = {50, 50}),
    CASE("send.registers", "with words in registers", .act = SEND, FAST, .is_active = true,
         .length = 2),
    CASE("send.buffer", "with words in the buffer", .act = SEND, FAST, .is_active = true,
         .length = 25, .label = 3),
    CASE("send.no_reply", "the receiver has no reply object", .act = SEND, FAST, .is_active = true,
         .lacks_reply = true),
    CASE("send.second_waits", "two receivers wait", .act = SEND, FAST, .is_active = true,
         .second_waits = true),
    CASE("send.higher_periodic", "from one context with refills to another", .act = SEND, FAST,
         .is_active = true, .priority = 150, .is_periodic = true),
    CASE("send.just_in_time", "the budget lasts for one tick", .act = SEND, FAST, .is_active = true,
         .clock = JUST_IN_TIME, .priority = 150),
    CASE("send.too_late", "the budget is gone", .act = SEND, .is_active = true, .clock = TOO_LATE),
    CASE("send.passive", "the receiver has no context", .act = SEND),
    CASE("send.sporadic", "the receiver's is sporadic", .act = SEND, .is_active = true,
         .is_sporadic = true),
    CASE("send.no_write", "the sender may not", .act = SEND, .is_active = true,
         .lacks_write = true),
    CASE("send.nobody", "nobody waits", .act = SEND, .is_absent = true),
    CASE("send.other_domain", "the receiver is of another domain", .act = SEND, .is_active = true,
         .domain = 1),
    CASE("send.caps", "a capability comes along", .act = SEND, .is_active = true, .extras = 1),
    CASE("send.no_buffer", "the words have no place to go", .act = SEND, .is_active = true,
         .length = 20, .lacks_buffer = true),
    CASE("send.no_space", "the receiver has no address space", .act = SEND, .is_active = true,
         .lacks_space = true),

    CASE("signal", "nobody waits", .act = SIGNAL, FAST, .is_absent = true),
    CASE("signal.twice", "the second one adds to the first", .act = SIGNAL_TWICE, FAST,
         .is_absent = true),
    CASE("signal.bound", "the bound thread does something else", .act = SIGNAL, FAST,
         .is_absent = true, .bound = BOUND),
    CASE("signal.higher", "to a more important waiter", .act = SIGNAL, FAST, .is_active = true,
         .priority = 150),
    CASE("signal.equal", "to an equal", .act = SIGNAL, FAST, .is_active = true, .ready = {100}),
    CASE("signal.lower", "to a less important waiter", .act = SIGNAL, FAST, .is_active = true,
         .priority = 50, .ready = {50, 60}),
    CASE("signal.second_waits", "two wait", .act = SIGNAL, FAST, .is_active = true,
         .second_waits = true),
    CASE("signal.deep", "through a CSpace of two levels", .act = SIGNAL, FAST, .is_absent = true,
         .is_deep_cspace = true),
    CASE("signal.just_in_time", "the budget lasts for one tick", .act = SIGNAL, FAST,
         .is_active = true, .clock = JUST_IN_TIME, .priority = 150),
    CASE("signal.too_late", "the budget is gone", .act = SIGNAL, .is_active = true,
         .clock = TOO_LATE),
    CASE("signal.bound_waits", "the bound thread waits for a message", .act = SIGNAL,
         .is_active = true, .bound = BOUND),
    CASE("signal.no_write", "the signaller may not", .act = SIGNAL, .is_active = true,
         .lacks_write = true),
    CASE("signal.passive", "the waiter has no context", .act = SIGNAL),
    CASE("signal.sporadic", "the waiter's is sporadic", .act = SIGNAL, .is_active = true,
         .is_sporadic = true),
    CASE("signal.other_domain", "the waiter is of another domain", .act = SIGNAL, .is_active = true,
         .domain = 1),

    CASE("yield", "nobody else is ready", .act = YIELD, FAST, .is_absent = true),
    CASE("yield.lower", "only a less important one is", .act = YIELD, FAST, .ready = {50}),
    CASE("yield.equal", "to an equal", .act = YIELD, FAST, .ready = {100}),
    CASE("yield.equals", "to the first of two equals", .act = YIELD, FAST, .ready = {100, 100}),
    CASE("yield.restarting", "to one that has to restart", .act = YIELD, .ready = {100},
         .restarts = true),
    CASE("yield.yielding", "to one that has yielded itself", .act = YIELD, .ready = {100},
         .yields = true),
    CASE("yield.sporadic", "to one whose context is sporadic", .act = YIELD, FAST, .ready = {100},
         .is_sporadic = true),
    CASE("yield.just_in_time", "the slice lasts for one tick", .act = YIELD, FAST, .ready = {100},
         .clock = JUST_IN_TIME),
    CASE("yield.too_late", "the slice is over", .act = YIELD, .ready = {100}, .clock = TOO_LATE),
    CASE("yield.periodic", "the context has refills", .act = YIELD, .ready = {100},
         .is_periodic = true),

    CASE("interrupt", "its handler waits and is more important", .act = INTERRUPT, FAST,
         .is_active = true, .priority = 150),
    CASE("interrupt.periodic", "the interrupted context has refills", .act = INTERRUPT, FAST,
         .is_active = true, .priority = 150, .is_periodic = true),
    CASE("interrupt.second_waits", "two wait", .act = INTERRUPT, FAST, .is_active = true,
         .priority = 150, .second_waits = true),
    CASE("interrupt.just_in_time", "the budget lasts for one tick", .act = INTERRUPT, FAST,
         .is_active = true, .priority = 150, .clock = JUST_IN_TIME),
    CASE("interrupt.too_late", "the budget is gone", .act = INTERRUPT, .is_active = true,
         .priority = 150, .clock = TOO_LATE),
    CASE("interrupt.equal", "the handler is an equal", .act = INTERRUPT, .is_active = true),
    CASE("interrupt.lower", "the handler is less important", .act = INTERRUPT, .is_active = true,
         .priority = 50),
    CASE("interrupt.nobody", "nobody waits", .act = INTERRUPT, .is_absent = true),
    CASE("interrupt.passive", "the handler has no context", .act = INTERRUPT, .priority = 150),
    CASE("interrupt.sporadic", "the handler's is sporadic", .act = INTERRUPT, .is_active = true,
         .priority = 150, .is_sporadic = true),
    CASE("interrupt.bound_waits", "the bound thread waits for a message", .act = INTERRUPT,
         .is_active = true, .priority = 150, .bound = BOUND),
};
