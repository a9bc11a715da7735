// SPDX-License-Identifier: BSD-2-Clause
/* A system call as data, so that a thread can be told to make it. */
#pragma once
#include <harness/invoke.h>
#include <harness/thread.h>
#include <sel4/sel4.h>

struct ipc {
    int number;
    seL4_CPtr cap;   /* what it sends to or receives from; of two, where it receives */
    seL4_CPtr dest;  /* NBSendRecv: where it sends to */
    seL4_CPtr reply; /* reply register */
    seL4_Word label;
    struct message message;
    struct reply result;
    volatile unsigned done; /* how often it came back */
};

/* Body of a thread: one call. */
void ipc_once(void *ipc);
/* Again and again; `done` counts. */
void ipc_forever(void *ipc);
/* A thread that makes the call. */
struct thread *ipc_thread(seL4_Word priority, struct ipc *ipc);
/* Lends everything: receives on `cap` with `reply`, answers with what came in, and so on. */
void ipc_echo(void *ipc);
/* An echo server without scheduling context, waiting. */
struct thread *passive_server(seL4_Word priority, struct ipc *ipc);
