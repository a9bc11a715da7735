// SPDX-License-Identifier: BSD-2-Clause
/*
 * Stands in for the kernel: writes down each system call, and answers receives from a list of
 * events. Included first, it takes the place of the trap instruction in all that follows.
 */
#pragma once

#include <sel4/arch/syscall.h>
#include <sel4/types.h>

enum { RECORDER_CALLS_MAX = 128, RECORDER_TEXT_MAX = 1024 };

struct recorder_call {
    seL4_Word number; /* 0: not a system call but an entry point of the component */
    seL4_Word cap, info, mr[4], reply, dest;
    const char *entry;
    seL4_Word argument;
};

struct recorder_event {
    seL4_Word badge;
    seL4_MessageInfo_t info;
    seL4_Word mr[4];
};

extern struct recorder_call recorder_calls[RECORDER_CALLS_MAX];
extern unsigned recorder_count;
extern char recorder_text[RECORDER_TEXT_MAX]; /* what was printed */

/* Runs the library's main with these events; returns when it would wait for one more. */
void recorder_run(const struct recorder_event *events, unsigned count);

/* Forgets everything, and gives the IPC buffer memory. */
void recorder_reset(void);

/* What the next invocations answer. */
void recorder_set_error(seL4_Word error);

/* An entry point of the component was called. */
void recorder_enter(const char *entry, seL4_Word argument);

void recorder_null(seL4_Word number);
void recorder_notify(seL4_Word number, seL4_Word cap, seL4_Word info);
void recorder_send(seL4_Word number, seL4_Word cap, seL4_Word info, seL4_Word mr0, seL4_Word mr1,
                   seL4_Word mr2, seL4_Word mr3);
void recorder_call(seL4_Word number, seL4_Word *cap, seL4_Word *info, seL4_Word mr[4]);
void recorder_recv(seL4_Word number, seL4_Word *cap, seL4_Word *info, seL4_Word mr[4],
                   seL4_Word reply);
void recorder_send_recv(seL4_Word number, seL4_Word *cap, seL4_Word *info, seL4_Word mr[4],
                        seL4_Word reply, seL4_Word dest);

#define sel4_sys_null      recorder_null
#define sel4_sys_notify    recorder_notify
#define sel4_sys_send      recorder_send
#define sel4_sys_call      recorder_call
#define sel4_sys_recv      recorder_recv
#define sel4_sys_send_recv recorder_send_recv
