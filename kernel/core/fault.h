// SPDX-License-Identifier: BSD-2-Clause
/*
 * Faults: what a thread did that the kernel cannot let pass, and the messages
 * that tell its handler (docs/kernel/reports.md).
 *
 * A fault is recorded in the thread, sent to its handler like a call, and
 * answered like one. It stays recorded until the answer comes, so that the
 * answer can be read in its light, or until the thread's IPC is cancelled.
 */
#pragma once

#include <abi/errors.h>
#include <abi/faults.h>

#include "lib/base.h"

struct tcb;
struct ipc_buffer;

/* Why a capability address led nowhere. */
struct lookup_failure {
    enum abi_lookup_failure type;
    unsigned bits_left;
    unsigned bits_found; /* depth mismatch: guard and radix; guard mismatch: guard size */
    word_t guard_found;
};

struct fault {
    uint8_t type; /* FAULT_NULL, FAULT_CAP ... */
    union {
        struct {
            word_t address;
            bool in_receive_phase;
            struct lookup_failure failure;
        } cap;
        struct {
            vaddr_t address;
            word_t status;
            bool is_fetch;
        } vm;
        struct {
            word_t number;
        } unknown_syscall;
        struct {
            word_t number;
            word_t code;
        } user_exception;
        struct {
            word_t reason;
            vaddr_t address;
            word_t breakpoint;
        } debug;
        struct {
            word_t badge;
        } timeout;
    };
};

struct fault fault_capability(word_t address, bool in_receive_phase, struct lookup_failure failure);
struct fault fault_vm(vaddr_t address, word_t status, bool is_fetch);
struct fault fault_unknown_syscall(word_t number);
struct fault fault_user_exception(word_t number, word_t code);
struct fault fault_debug(word_t reason, vaddr_t address, word_t breakpoint);

/* Words a lookup failure takes in a message, starting with its type; writes them to `words`. */
unsigned lookup_failure_words(struct lookup_failure failure, word_t words[4]);

/* Sends the thread's fault to its handler; without one the thread stops and, in debug, a report
 * is printed. */
void fault_raise(struct tcb *tcb, struct fault fault);

/* The thread's budget ran out and it has a timeout handler: tells that one. */
bool fault_has_timeout_handler(const struct tcb *tcb);
void fault_raise_timeout(struct tcb *tcb);

/* Writes the message for the pending fault of `sender`; returns its length in words. */
unsigned fault_write_message(struct tcb *sender, struct tcb *receiver, struct ipc_buffer *buffer);

/* Applies the handler's answer to the faulting thread. True: the thread is to go on. */
bool fault_apply_reply(struct tcb *faulter, const struct tcb *handler, word_t info);
