// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the kernel benchmarks share: making objects and threads, taking samples
 * and reporting them. Nothing is given back: the machine ends with the task.
 *
 * Measured threads make system calls without the library's buffer functions, so
 * they need no thread-local storage.
 */
#pragma once

#include <sel4/sel4.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROUNDS     1000
#define FEW_ROUNDS 4
#define WARM_UP    16

enum { PRIORITY_MAIN = 255, PRIORITY_HIGH = 200, PRIORITY_LOW = 100 };

static inline uint64_t timestamp(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return (uint64_t)high << 32 | low;
}

/* ---- objects ---- */

void objects_init(const seL4_BootInfo *info);
seL4_CPtr object_new(seL4_Word type, seL4_Word size_bits);
seL4_CPtr slot_new(void);
/* A copy of an endpoint or notification capability with this badge. */
seL4_CPtr badged(seL4_CPtr cap, seL4_Word badge);
/* Another address space in which the task's image is mapped as in this one. */
seL4_CPtr vspace_new(void);
/* A CSpace as components have it: 64 slots, of which the first leads to others that take all the
 * rest of an address. In these are copies of the capabilities, at the same addresses. */
seL4_CPtr nested_cspace_new(const seL4_CPtr caps[], unsigned count);
/* Capability to the frame behind an address of the task's image. */
seL4_CPtr image_frame(const void *address);

/* ---- threads ---- */

struct thread {
    seL4_CPtr tcb;
    seL4_CPtr sched_context;
    seL4_IPCBuffer *buffer;
};

struct thread_options {
    seL4_CPtr vspace; /* 0: this one */
    seL4_CPtr cspace; /* 0: this one */
    seL4_Word priority;
    seL4_CPtr fault_handler;
};

struct thread bench_thread(void (*run)(void), struct thread_options options);
void bench_start(struct thread thread);
/* Takes its scheduling context away, once it waits for callers. */
void bench_make_passive(struct thread thread);

/* ---- results ---- */

/* Times between two events: `sample_begin` before the first, `sample_end` after the second. */
extern volatile uint64_t sample_started;
extern volatile unsigned sample_count;
extern seL4_CPtr samples_done; /* signalled when there are enough */

static inline void sample_begin(void)
{
    sample_started = timestamp();
}

void sample_end(uint64_t ended);
/* How many are measured: ROUNDS, or FEW_ROUNDS when `test_only` names anything. */
extern unsigned rounds;
/* Forgets old samples, waits until there are enough, reports them under the name. */
void samples_reset(void);
void samples_collect(const char *name);
/* What two timestamps with nothing in between are apart. */
uint64_t sample_overhead(void);
void report_value(const char *name, const uint64_t *values, unsigned count);
void report_init(void);
void report_line(const char *text);
_Noreturn void report_done(void);

void check(bool ok, const char *what);

void bench_ipc(void);
void bench_signal(void);
void bench_fault(void);
void bench_page(void);
void bench_irq(void);
