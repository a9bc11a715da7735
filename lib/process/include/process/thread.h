// SPDX-License-Identifier: BSD-2-Clause
/*
 * A thread of a process.
 *
 *   thread_new:   TCB, scheduling context, stack with a guard page below it, and an area with the
 *                 IPC buffer (at its start) and the thread-local variables of the program
 *
 *   state:  none --thread_new--> made --thread_begin--> running or waiting <--suspend, resume-->
 *           suspended; any of them --thread_free--> none
 */
#pragma once

#include <process/pool.h>
#include <process/space.h>

struct process;

struct thread_options {
    size_t stack_bytes; /* rounded up to pages; 0: 16 KiB */
    seL4_Word priority, max_controlled_priority;
    seL4_Time budget_us, period_us; /* both 0: no time of its own; it lives on what it is lent */
    seL4_CPtr fault_endpoint;       /* 0: none. Needs the rights to send and to grant */
    seL4_Word fault_badge;          /* 0: the endpoint's own */
    bool is_bare; /* no stack, IPC buffer or variables: its creator makes what it needs */
};

struct thread {
    struct process *process;
    struct thread *next;
    struct object tcb;
    struct object sched_context; /* block null: none */
    struct region *stack, *area; /* null if it is bare */
    seL4_Word stack_top;
    seL4_Word ipc_buffer;     /* its address in the process; 0: none */
    seL4_Word thread_pointer; /* likewise; 0: the program has no thread-local variables */
};

/* The thread is the caller's memory until thread_free(). */
enum process_status thread_new(struct thread *thread, struct process *process,
                               const struct thread_options *options) PROCESS_MUST_USE;

/* Runs the function at `entry` with this stack pointer and one argument. (Who wants to say more of
 * its registers writes them with thread->tcb.cap.) */
enum process_status thread_begin(struct thread *thread, seL4_Word entry, seL4_Word stack,
                                 seL4_Word argument) PROCESS_MUST_USE;

enum process_status thread_set_priority(struct thread *thread, seL4_Word priority) PROCESS_MUST_USE;

void thread_suspend(struct thread *thread);
/* Goes on where it was; a call it waited in is made again. */
void thread_resume(struct thread *thread);

/* Stops it, wherever it is, and takes everything back. */
void thread_free(struct thread *thread);
