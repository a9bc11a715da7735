// SPDX-License-Identifier: BSD-2-Clause
/*
 * Threads of a test. A thread finishes by a system call that does not exist:
 * the fault goes to the driver, whatever CSpace or VSpace the thread has, and
 * so does every fault that the test did not direct elsewhere.
 */
#pragma once
#include <sel4/sel4.h>
#include <stdbool.h>
#include <stdint.h>

enum { THREAD_MAX = 24, PRIORITY_DRIVER = 255, PRIORITY = 100 };

struct thread {
    seL4_CPtr tcb;
    seL4_CPtr sc;
    seL4_IPCBuffer *buffer;
    void *stack;
    void (*run)(void *argument);
    void *argument;
    unsigned index;
    volatile bool finished;
};

struct thread_options {
    seL4_Word priority;
    seL4_CPtr cspace; /* 0: the driver's */
    seL4_Word cspace_data;
    seL4_CPtr vspace; /* 0: the driver's */
    seL4_CPtr faults; /* 0: to the driver */
    uint64_t budget_us;
    uint64_t period_us; /* 0: a round robin of 5 ms */
    bool passive;       /* no scheduling context */
    bool no_buffer;
};

void threads_reset(void);
/* Ready to run but not started. */
struct thread *thread_new(struct thread_options options);
struct thread *thread_at(seL4_Word priority);
/* Sets registers and starts it: run(argument). */
void thread_start_at(struct thread *thread, void (*run)(void *), void *argument);
/* Sets registers only. */
void thread_prepare(struct thread *thread, void (*run)(void *), void *argument);
/* Both: a new thread that runs. */
struct thread *thread_run(seL4_Word priority, void (*run)(void *), void *argument);
/* Blocks the driver until it has finished. */
void thread_wait(struct thread *thread);
/* Takes its scheduling context away. */
void thread_make_passive(struct thread *thread);
/* A thread without scheduling context that waits on an endpoint of its own. */
struct thread *passive_thread_blocked(void);
/* A scheduling context whose budget is used up for long, bound to nobody. */
seL4_CPtr sc_new_spent(void);
seL4_UserContext thread_registers(struct thread *thread);

/* Bodies of threads whose argument is a capability. */
void thread_body_wait(void *notification);
void thread_body_receive(void *endpoint);
void thread_body_call(void *endpoint);
void thread_body_send(void *endpoint);

/* In a thread that runs without the library's thread-local variables: finishes it. */
_Noreturn void thread_finish(void);
