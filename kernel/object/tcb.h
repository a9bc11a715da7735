// SPDX-License-Identifier: BSD-2-Clause
/*
 * Threads.
 *
 *                     send, call, fault                  receive, wait
 *        +--> BLOCKED_ON_SEND        BLOCKED_ON_RECEIVE / BLOCKED_ON_NOTIFICATION <--+
 *        |        |    |  taken (plain send)              |  message, signal        |
 *        |        |    +-------------------> RUNNING <----+                         |
 *        |        | taken (call, fault)       |  ^  |                               |
 *        +--------|---------------------------+  |  +-------------------------------+
 *                 v          reply               |
 *          BLOCKED_ON_REPLY ---------------------+  (RESTART if the reply says so)
 *
 *   RESTART -> RUNNING   when it is next chosen: repeats its last instruction or call
 *   any     -> INACTIVE  suspend, deletion, call without a reply object
 *   INACTIVE or blocked -> RESTART   resume (whatever it waited for is cancelled)
 *
 * tcb_set_state() is the only writer of `state`. Being RUNNING or RESTART makes a
 * thread runnable; it is *schedulable* when it also has a scheduling context that
 * is configured and not waiting in the release queue. What is true in each state:
 *
 *   BLOCKED_ON_SEND, _RECEIVE   in the queue of wait.endpoint
 *   BLOCKED_ON_NOTIFICATION     in the queue of wait.notification
 *   BLOCKED_ON_REPLY            reply->caller is this thread
 *   BLOCKED_ON_RECEIVE          reply, if set, is associated with it (reply.h)
 */
#pragma once

#include "core/fault.h"
#include "core/preemption.h"
#include "lib/time_heap.h"
#include "object/slot.h"
#include <arch/context.h>
#include <arch/fpu.h>
#include <arch/hwdebug.h>
#include <arch/kernel_map.h>

struct endpoint;
struct notification;
struct reply;
struct sched_context;

enum tcb_slot {
    TCB_SLOT_CSPACE,
    TCB_SLOT_VSPACE,
    TCB_SLOT_BUFFER,
    TCB_SLOT_FAULT_HANDLER,
    TCB_SLOT_TIMEOUT_HANDLER,
    TCB_SLOT_COUNT
};

enum thread_state {
    THREAD_INACTIVE,
    THREAD_RUNNING,
    THREAD_RESTART,
    THREAD_BLOCKED_ON_RECEIVE,
    THREAD_BLOCKED_ON_SEND,
    THREAD_BLOCKED_ON_REPLY,
    THREAD_BLOCKED_ON_NOTIFICATION,
    THREAD_IDLE,
};

/* Place in the queue of an endpoint or notification: see object/wait_queue.h. Outside a queue all
 * four are the thread itself. */
struct wait_links {
    struct tcb *next, *prev;             /* ring of the waiters of one priority */
    struct tcb *group_next, *group_prev; /* the first of each ring: other priorities */
};

/* What a thread blocked on an endpoint or notification waits for, and with which rights. */
struct tcb_wait {
    struct wait_links links;
    struct endpoint *endpoint;
    struct notification *notification;
    word_t badge;
    word_t cancel_badge; /* see endpoint_cancel_badged() */
    bool can_grant;
    bool can_grant_reply;
    bool is_call;
};

/* Counters of the benchmark config: see core/usage.h. */
struct tcb_usage {
    uint64_t cycles, schedules, kernel_cycles, kernel_entries;
    uint64_t idle_at_reset; /* the idle thread's cycles then */
};

#define TCB_NAME_BYTES 64

struct tcb {
    struct slot slots[TCB_SLOT_COUNT]; /* first: a dying TCB is emptied like a CNode */
    struct user_context context;

    uint8_t state; /* enum thread_state */
    uint8_t priority;
    uint8_t max_controlled_priority;
    uint8_t domain;
    uint8_t core;
    bool in_ready_queue;
    bool in_release_queue;
    bool trap_all; /* mirrors TCB_FLAG_TRAP_ALL for the system call path */
    word_t flags;
    vaddr_t ipc_buffer;

    struct sched_context *sched_context;
    struct reply *reply;
    void *root; /* the address space found last, and when: see tcb_has_root() */
    word_t root_epoch;
    struct notification *bound_notification;
    struct sched_context *yield_to; /* whose YieldTo this thread waits for */
    struct fault fault;             /* FAULT_NULL: none pending */
    struct tcb_wait wait;

    struct tcb *ready_next, *ready_prev; /* ring of a ready queue */
    struct time_node release;            /* place in the release queue */
    struct tcb *all_next, *all_prev;     /* debug: every TCB there is */

    struct tcb_usage usage;
    struct hwdebug_state hwdebug;
    struct fpu_state fpu;
    char name[TCB_NAME_BYTES];
};

static_assert(sizeof(struct tcb) <= 1u << TCB_BITS, "TCB size is part of the ABI");
static_assert(offsetof(struct tcb, context) % 16 == 0, "the processor aligns its frame");

/* Bit 63 of the flags word, only with sofa_ext=1: every `syscall` is an UnknownSyscall fault. */
#define TCB_FLAG_TRAP_ALL BIT(63)

/* A thread as Retype makes it; its memory is zeroed. */
void tcb_init(struct tcb *tcb);

/* The only writer of state; keeps the scheduler informed when the current thread stops. */
void tcb_set_state(struct tcb *tcb, enum thread_state state);

static inline bool tcb_is_runnable(const struct tcb *tcb)
{
    return tcb->state == THREAD_RUNNING || tcb->state == THREAD_RESTART;
}

/* Blocked: waiting for IPC of any kind. Stopped: blocked or inactive. */
static inline bool tcb_is_blocked(const struct tcb *tcb)
{
    return tcb->state >= THREAD_BLOCKED_ON_RECEIVE && tcb->state <= THREAD_BLOCKED_ON_NOTIFICATION;
}

static inline bool tcb_is_stopped(const struct tcb *tcb)
{
    return tcb->state == THREAD_INACTIVE || tcb_is_blocked(tcb);
}

/* Takes the thread off whatever it waits for, its state becoming INACTIVE; forgets a pending fault.
 * Nothing happens to one that waits for nothing. */
void tcb_cancel_ipc(struct tcb *tcb);

void tcb_suspend(struct tcb *tcb);
void tcb_resume(struct tcb *tcb);
void tcb_set_priority(struct tcb *tcb, unsigned priority);
void tcb_set_flags(struct tcb *tcb, word_t flags);
void tcb_bind_notification(struct tcb *tcb, struct notification *notification);
void tcb_unbind_notification(struct tcb *tcb);

/* First part of deleting the last capability: afterwards nothing refers to the thread. */
void tcb_finalise(struct tcb *tcb);

/* The words of the IPC buffer (struct ipc_buffer), or NULL if the thread has none that may be
 * used for reading or, with `for_writing`, for writing. */
static inline struct ipc_buffer *tcb_ipc_buffer(const struct tcb *tcb, bool for_writing)
{
    const struct cap frame = tcb->slots[TCB_SLOT_BUFFER].cap;
    const word_t rights = for_writing ? RIGHT_READ | RIGHT_WRITE : RIGHT_READ;
    const word_t looked_at = CAP_TYPE_MASK | rights << CAP_RIGHTS_SHIFT | CAP_FLAG;

    if ((frame.word & looked_at) != (CAP_TYPE(CAP_FRAME) | rights << CAP_RIGHTS_SHIFT)) {
        return NULL; /* no frame, too few rights, or a device's */
    }
    return (struct ipc_buffer *)phys_to_virt(cap_paddr(frame) +
                                             (tcb->ipc_buffer & MASK63(frame.bits)));
}

/* A message word wherever it lives; words that have no place read as 0 and are not written. */
word_t tcb_message_word(const struct tcb *tcb, const struct ipc_buffer *buffer, unsigned index);
bool tcb_set_message_word(struct tcb *tcb, struct ipc_buffer *buffer, unsigned index, word_t value);

/*
 * The root table the thread runs in, NULL without one. Finding it takes a look at the
 * VSpace capability and its ASID, so it is remembered; every deletion of a capability to
 * a root or of an ASID pool begins a new epoch, in which everybody looks again.
 */
void *tcb_find_root(struct tcb *tcb);

/* For reports: the name given with DebugNameThread, or an address. */
const char *tcb_name(const struct tcb *tcb);
