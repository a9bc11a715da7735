// SPDX-License-Identifier: BSD-2-Clause
/*
 * The kernel as a library: what a test or a fuzzer calls.
 *
 *   host_boot()          a machine with RAM from 1 MiB on; the initial thread is current
 *   host_syscall(n)      the current thread makes a system call; its arguments are in its context
 *   host_fault(f)        the current thread faults
 *   host_interrupts()    takes every interrupt that waits, the timer among them
 *   host_advance(t)      time passes in user mode
 *
 * There is one machine, and it is booted once: the generic kernel's static data is
 * not reset. Who wants a fresh one forks first, which also keeps a crash away from
 * the rest. A panic, DebugHalt and a boot error go to host_hooks.stop, which does
 * not return (NULL: abort).
 */
#pragma once

#include "core/core.h"
#include "core/fault.h"

/* Physical memory of the machine: RAM starts here, the kernel image with it. */
#define HOST_RAM_START   0x100000ull
#define HOST_IMAGE_BYTES 0x10000ull
#define HOST_BOOT_BYTES  0x4000ull /* of the image: given away after boot */
#define HOST_TASK_VADDR  0x400000ull
#define HOST_TASK_PAGES  4ull
#define HOST_IRQ_PINS    24u

/* Where simulated user code stands; a system call is the two bytes at this address. */
#define HOST_USER_IP HOST_TASK_VADDR

struct host_machine {
    word_t ram_bytes;         /* 16 MiB or so: a multiple of 4 MiB */
    const char *command_line; /* kernel options, such as "abi=debug" */
    unsigned node_count;      /* 0: as the profile says */
};

enum host_stop { HOST_STOP_PANIC, HOST_STOP_HALT, HOST_STOP_BOOT };

/* What the harness wants to decide itself. NULL: nothing special happens. */
struct host_hooks {
    /* Called at every look a preemption point takes; true: an interrupt waits. */
    bool (*preempt)(void);
    /* The kernel has stopped. Must not return. */
    void (*stop)(enum host_stop why, const char *text);
    void (*put_char)(char c);
};

extern struct host_hooks host_hooks;
extern unsigned host_fast_exits; /* how often a fast path went its way to the end */
extern bool host_huge_pages;     /* the processor has 1 GiB pages; true unless changed */

/* False: the arena could not be had. */
bool host_boot(const struct host_machine *machine);

/* ---- what user code and time do ---- */

void host_syscall(word_t number);
void host_fault(struct fault fault);
void host_advance(ticks_t ticks);

/* The current thread uses the FPU: returns the token it finds there and leaves another. False: the
 * kernel does not let it, and it has got its fault. */
bool host_use_fpu(uint64_t token, uint64_t *found);

/* The current thread reads from an address; what it sees is remembered as in a TLB. True: the
 * address is mapped, *paddr is what is there. (No fault is raised.) */
bool host_touch(vaddr_t vaddr, paddr_t *paddr);

/* The first remembered translation that its tables no longer give; false: there is none. */
bool host_find_stale_translation(vaddr_t *vaddr);

/* ---- interrupts ---- */

/* A device pulls a pin, or sends the message that is interrupt `irq`. */
void host_raise_pin(unsigned pin);
void host_raise_message(unsigned irq);

/* Does one wait, the timer included? */
bool host_interrupt_waits(void);

/* Takes one after the other until none waits. False: `limit` were not enough. */
bool host_interrupts(unsigned limit);
