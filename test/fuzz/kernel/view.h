// SPDX-License-Identifier: BSD-2-Clause
/* A system call as the kernel is going to read it: for expectations and for the trace. */
#pragma once

#include <abi/methods.h>

#include "object/slot.h"
#include "object/tcb.h"

struct view {
    struct tcb *caller;
    int64_t number;
    bool sends;        /* has a half that invokes or sends */
    struct slot *slot; /* NULL: the address leads nowhere */
    struct cap cap;    /* a copy from before the call */
    enum abi_method method;
    word_t argument[8];
    unsigned length;
    struct cap extra[MSG_MAX_EXTRA_CAPS]; /* null: none */
    struct slot *target;                  /* CNode methods: the slot named, if it exists */
    struct cap receives_on;               /* the receiving half */
    struct cap reply;
};

struct view view_of(struct tcb *caller, int64_t number);

/* A short description into a buffer. */
void view_print(const struct view *view, char *text, size_t size_bytes);
