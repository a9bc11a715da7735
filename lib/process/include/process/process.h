// SPDX-License-Identifier: BSD-2-Clause
/*
 * A process: an address space, a capability space and threads.
 *
 *   process_new   --> empty: may be given capabilities and memory
 *   process_load  --> loaded: the program of an ELF file is in its memory
 *   process_start --> its first thread runs, as the System V ABI says
 *   process_clear --> empty again, from loaded or running; it keeps its capabilities
 *   process_free  --> gone, from any of these: every object, slot and page table is back
 *
 * Its CSpace is one CNode; the address of a slot is its number. It is empty but for what
 * process_give() puts there. A process can do nothing that its capabilities do not allow, not even
 * print or end: it is its creator's business to give it an endpoint for that.
 */
#pragma once

#include <process/elf.h>
#include <process/home.h>
#include <process/start.h>
#include <process/thread.h>

struct process {
    struct home *home; /* borrowed */
    struct object cnode;
    unsigned cnode_bits;
    struct space space;
    struct elf_program program;
    bool is_loaded;
    struct thread *threads;
    struct thread first; /* of process_start() */
};

/* cnode_bits: log2 of the slots of its CSpace, 1 or more. */
enum process_status process_new(struct process *process, struct home *home,
                                unsigned cnode_bits) PROCESS_MUST_USE;

/* Borrows the file for the call. PROCESS_BAD_PROGRAM: *why says what is wrong (null: no matter). */
enum process_status process_load(struct process *process, const void *file, size_t file_bytes,
                                 enum elf_status *why) PROCESS_MUST_USE;

/* What a client of an endpoint needs: to send and to be answered. */
#define PROCESS_CAN_CALL seL4_CapRights_new(1, 0, 0, 1)

/* A copy of one of the caller's capabilities, with these rights and this badge (0: the same). */
enum process_status process_give(struct process *process, seL4_Word slot, seL4_CPtr cap,
                                 seL4_CapRights_t rights, seL4_Word badge) PROCESS_MUST_USE;

/* Empties a slot. */
enum process_status process_take(struct process *process, seL4_Word slot) PROCESS_MUST_USE;

/*
 * Starts the program with process->first. The library adds to data->aux what describes the program:
 * AUX_PROGRAM_HEADERS and their size and count, AUX_PAGE_BYTES, AUX_ENTRY, AUX_SOFA_IPC_BUFFER.
 */
enum process_status process_start(struct process *process, const struct thread_options *options,
                                  const struct start_data *data) PROCESS_MUST_USE;

/* All threads. */
void process_suspend(struct process *process);
void process_resume(struct process *process);

/* Takes threads and memory away, as before another program is loaded. */
void process_clear(struct process *process);

/* Also frees its threads. */
void process_free(struct process *process);
