// SPDX-License-Identifier: BSD-2-Clause
/*
 * How a program begins that lib/process has loaded, and how it ends. The library has the entry
 * point: it finds arguments, environment and auxiliary vector on the stack, sets the IPC buffer
 * and calls the program's main.
 */
#pragma once

#include <sel4/sel4.h>

/* The program's; what it returns is the status it ends with. */
int main(int argc, char **argv, char **envp);

/* The value of an entry of the auxiliary vector (<process/start.h> has the types); 0: there is
 * none. */
seL4_Word child_aux(seL4_Word type);

/*
 * Ends the process: with an unknown system call, which reaches whoever handles the thread's faults.
 * CHILD_EXIT is its number; the status is the value of the first register in the message. Without a
 * handler the thread just stops.
 */
enum { CHILD_EXIT = 0x45584954 };
_Noreturn void child_exit(seL4_Word status);

/* Called by the entry point. */
_Noreturn void child_start(seL4_Word *stack);
