// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the supervisor and its workers agree on: addresses and capabilities in
 * the workers' world.
 *
 * A worker's capability address has 64 bits: 52 zeroes, 4 that choose in the
 * protected CNode, which no worker has a capability to, and 8 below:
 *
 *   0  the workers' CNode, 256 slots; it holds capabilities to itself
 *   1  the controls, 32 slots: may be invoked and sent, not deleted or moved
 *   2  the workers' CNode again
 *   3  CNodes of 16 slots, nested
 *   4  a CNode of 4 slots that contains itself
 *   5  a CNode of 2 slots that contains itself
 *   6  the workers' CNode with a guard that no address matches
 *   7  nothing
 *   8  an endpoint where 8 bits are left over
 */
#pragma once

#include <sel4/sel4.h>
#include <stdint.h>

#include "dice.h"
#include "exchange.h"

enum {
    WORKER_COUNT = 8,
    METHOD_MAX = 64, /* lines of methods.c */
    SPACE_COUNT = 3, /* address spaces; worker w lives in w % SPACE_COUNT */
    PAGE_BYTES = 4096,

    SPACE_BITS = 4,
    HOSTILE_BITS = 8,
    HOSTILE_SLOTS = 1 << HOSTILE_BITS,
    CONTROL_BITS = 5,
    SPACE_GUARD_BITS = 64 - SPACE_BITS - HOSTILE_BITS,
    SPACE_HOSTILE = 0,
    SPACE_CONTROLS = 1,
    SPACE_ALIAS = 2,
    SPACE_NESTED = 3,
    SPACE_SELF_4 = 4,
    SPACE_SELF_2 = 5,
    SPACE_GUARDED = 6,
    SPACE_LEAF = 8,
    SPACE_USED = 9,
};

/* In the controls. */
enum {
    CONTROL_IRQ = 0,
    CONTROL_IO_PORT,
    CONTROL_ASID,
    CONTROL_ASID_POOL,
    CONTROL_SCHED,
    CONTROL_ROOT, /* four capabilities to the workers' CNode */
    CONTROL_USED = CONTROL_ROOT + 4,
};

#define WORKER_AREA    0x20000000ull
#define WORKER_STRIDE  0x4000ull
#define SHARED_ADDRESS (WORKER_AREA + 0x100000)
#define NOISE_ADDRESS  (WORKER_AREA + 0x101000) /* a page of random bytes to run */
#define SPARE_ADDRESS  (WORKER_AREA + 0x110000) /* free pages up to the end of the table */
#define SPARE_PAGES    16
#define TOP_ADDRESS    0x7fffffffe000ull /* the last page, which ends in `syscall` */

enum worker_page { PAGE_CONTROL, PAGE_STACK, PAGE_BUFFER, WORKER_PAGES };

/* Kinds of capabilities, as letters of the tables in methods.c; 0 is an empty slot. */
enum kind {
    KIND_NONE = 0,
    KIND_ANY = '.',
    KIND_TCB = 'T',
    KIND_ENDPOINT = 'E',
    KIND_NOTIFICATION = 'N',
    KIND_REPLY = 'R',
    KIND_CNODE = 'C',
    KIND_UNTYPED = 'U',
    KIND_FRAME = 'F',
    KIND_VSPACE = 'V',
    KIND_PDPT = '3',
    KIND_DIRECTORY = '2',
    KIND_TABLE = '1',
    KIND_SCHED_CONTEXT = 'S',
    KIND_IRQ_HANDLER = 'H',
    KIND_IO_PORT = 'O',
    KIND_ASID_POOL = 'A',
    KIND_ASID_CONTROL = 'a',
    KIND_SCHED_CONTROL = 's',
    KIND_IRQ_CONTROL = 'i',
    KIND_IO_PORT_CONTROL = 'o',
};

/* The workers' own guess at what is in their slots; nothing relies on it. */
struct shared {
    uint8_t kind[HOSTILE_SLOTS];
};

/* Lies in the worker's control page, where it and the supervisor see it. */
struct worker {
    struct exchange exchange; /* first, for its alignment */
    struct dice dice;
    uint64_t index;
    uint64_t calls;   /* system calls begun */
    uint64_t success; /* invocations that were answered without error */
    uint64_t refused;
    uint64_t instructions;     /* unusual ones tried */
    uint32_t done[METHOD_MAX]; /* successes of each line of methods.c */
};

static inline uintptr_t worker_page_address(unsigned worker, enum worker_page page)
{
    return WORKER_AREA + worker * WORKER_STRIDE + (uintptr_t)page * PAGE_BYTES;
}

static inline seL4_CPtr worker_cap(unsigned where, unsigned slot)
{
    return (seL4_CPtr)where << HOSTILE_BITS | slot;
}
