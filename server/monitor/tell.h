// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the monitor has to say. Its first thread must not wait for a console, so it only puts tales
 * into a ring; a second thread of lower priority and little time makes words of them.
 *
 *      tell_open() ──> fill in ──> tell_close()  ~~~>  teller: words ──> console
 *
 * The second thread must not use the message buffer that the library knows, the first one's.
 */
#pragma once

#include <explain/explain.h>
#include <proto/system_image.h>

enum tale_kind {
    TALE_STARTED,
    TALE_FAULT,         /* why is in `facts` */
    TALE_STOPPED,       /* it stopped of its own will */
    TALE_RESTARTED,     /* number: how often in the last minute */
    TALE_DOWN,          /* number: how often; it stays down */
    TALE_CANNOT,        /* text: what the kernel refused; number: its error */
    TALE_PASSIVE,       /* number: the kernel's error, or 0 */
    TALE_NOT_PASSIVE,   /* it asked, but is not declared so */
    TALE_NOT_ALWAYS,    /* it wants to be started again, but is not declared so */
    TALE_UNKNOWN_BADGE, /* number and label of a message */
};

struct tale {
    enum tale_kind kind;
    uint32_t component;
    uint64_t number, label;
    const char *text;
    struct explain_question question;
    struct explain_registers registers;
    struct explain_facts facts;
};

/* Starts the second thread. */
void tell_start(const struct system_image *image);

/* The next tale to be filled in; null if there is no room: then it is counted as lost. */
struct tale *tell_open(enum tale_kind kind, uint32_t component);
void tell_close(void);

/* For tales with a number at most. */
void tell(enum tale_kind kind, uint32_t component, uint64_t number);
