// SPDX-License-Identifier: BSD-2-Clause
/* The pieces of the gallery: each does one wrong thing. None of them comes back. */
#pragma once
#include <microkit.h>

/* What only the processor's or the compiler's good will could turn into something else. */
#define PIECE __attribute__((noinline)) void

/* Where the system file maps the memory regions. */
#define SHELF_READ_ONLY 0x40000000ull
#define SHELF_WRITABLE  0x50000000ull
#define SHELF_OF_OTHERS 0x60000000ull
#define SHELF_BYTES     0x1000ull

/* A root slot that the system file fills. */
enum { OWN_TCB = 1 };
/* Slots that every component has; channels: one that is there, and one that is not. */
enum { FAULT_ENDPOINT = 2, OWN_VSPACE = 3, REPLY = 4 };
enum { NEIGHBOUR = 1, NOBODY = 33 };

/* memory.c */
void null_read(void);
void null_write(void);
void null_call(void);
void constant_write(void);
void code_write(void);
void region_write(void);
void region_end(void);
void foreign_read(void);
void foreign_write(void);
void kernel_read(void);
void nowhere_write(void);
void nowhere_jump(void);
void data_jump(void);

/* stack.c */
void stack_recursion(void);
void stack_frame(void);
void stack_top(void);
void stack_return(void);
void stack_pointer(void);

/* processor.c */
void divide_zero(void);
void divide_range(void);
void bad_opcode(void);
void breakpoint(void);
void single_step(void);
void port_read(void);
void privileged_halt(void);
void privileged_register(void);
void odd_address(void);
void odd_vector(void);
void float_x87(void);
void float_forbidden(void);
void software_interrupt(void);

/* kernel.c */
void cap_missing(void);
void cap_wrong_use(void);
void cap_nowhere(void);
void cap_wrong_kind(void);
void bad_syscall(void);
void watched_write(void);
void time_out(void);
void assertion(void);
