// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the kernel's unit tests share: a table of tests, CHECK, and invocations by the
 * current thread of the simulated machine.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>

#include "arch/host/host.h"
#include "core/core.h"
#include "object/tcb.h"
#include <abi/bootinfo.h>
#include <abi/methods.h>
#include <abi/syscalls.h>

struct unit_test {
    const char *name;
    const char *what; /* one sentence: what is true when it passes */
    void (*run)(void);
};

static unsigned unit_failures;

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            if (unit_failures++ == 0) {                                                            \
                printf("fail %s %s:%d: expected %s\n", unit_now, __FILE__, __LINE__, #condition);  \
            }                                                                                      \
        }                                                                                          \
    } while (0)

static const char *unit_now;

/* Runs all of them; to be returned from main(). A test that panics ends the program. */
static inline int unit_run(const char *suite, const struct unit_test *tests, size_t count)
{
    unsigned failed = 0;

    printf("suite %s\n", suite);
    for (size_t i = 0; i < count; i++) {
        unit_now = tests[i].name;
        unit_failures = 0;
        printf("run %s\n", unit_now);
        fflush(stdout);
        tests[i].run();
        if (unit_failures == 0) {
            printf("pass %s\n", unit_now);
        }
        failed += unit_failures != 0;
    }
    printf("done\n");
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* A machine of 16 MiB with an initial CSpace of 2^10 slots. */
static inline void unit_boot(void)
{
    const struct host_machine machine = {.ram_bytes = 16 << 20,
                                         .command_line = "abi=hwdebug:0,domains:2,schedules:4 "
                                                         "root_cnode_bits=10"};

    if (!host_boot(&machine)) {
        printf("the machine does not boot\n");
        exit(EXIT_FAILURE);
    }
}

static inline struct slot *unit_slot(word_t index)
{
    return (struct slot *)cap_object(host_core->current->slots[TCB_SLOT_CSPACE].cap) + index;
}

/* The initial thread's first slot that nobody has used. */
static inline word_t unit_first_free(void)
{
    word_t index = 0;

    for (word_t i = 0; i < 1024; i++) {
        index = slot_is_empty(unit_slot(i)) ? index : i + 1;
    }
    return index;
}

struct unit_call {
    word_t cap;
    enum abi_method method;
    word_t arguments[8];
    unsigned length;
    word_t extra[3];
    unsigned extra_count;
};

/* Makes the call as the current thread; returns the answered error. */
static inline word_t unit_call(struct unit_call call)
{
    struct tcb *tcb = host_core->current;
    struct ipc_buffer *buffer = tcb_ipc_buffer(tcb, true);
    word_t label = 0;

    while (sys.method_of_label[label] != call.method) {
        label++;
    }
    for (unsigned i = 0; i < call.length; i++) {
        tcb_set_message_word(tcb, buffer, i, call.arguments[i]);
    }
    for (unsigned i = 0; i < call.extra_count; i++) {
        buffer->caps_or_badges[i] = call.extra[i];
    }
    context_set_info(&tcb->context, label << INFO_LABEL_SHIFT |
                                        (word_t)call.extra_count << INFO_EXTRA_CAPS_SHIFT |
                                        call.length);
    tcb->context.rdi = call.cap;
    host_syscall((word_t)SYS_CALL);
    return context_info(&tcb->context) >> INFO_LABEL_SHIFT;
}

static inline word_t unit_retype(word_t untyped, word_t type, word_t size_bits, word_t slot,
                                 word_t count)
{
    return unit_call((struct unit_call){.cap = untyped,
                                        .method = METHOD_UNTYPED_RETYPE,
                                        .arguments = {type, size_bits, 0, 0, slot, count},
                                        .length = 6,
                                        .extra = {SLOT_INIT_CNODE},
                                        .extra_count = 1});
}

/* A CNode method on a slot of the initial CSpace, with up to four more arguments. */
static inline word_t unit_cnode(enum abi_method method, word_t slot, word_t source, word_t last)
{
    return unit_call(
        (struct unit_call){.cap = SLOT_INIT_CNODE,
                           .method = method,
                           .arguments = {slot, WORD_BITS, source, WORD_BITS, RIGHT_ALL, last},
                           .length = 6,
                           .extra = {SLOT_INIT_CNODE},
                           .extra_count = 1});
}

/* The largest piece of RAM there is. */
static inline word_t unit_largest_untyped(void)
{
    word_t largest = 0;

    for (word_t i = 0; i < 1024; i++) {
        const struct cap cap = unit_slot(i)->cap;

        if (cap.type == CAP_UNTYPED && !cap.flag &&
            (largest == 0 || cap.bits > unit_slot(largest)->cap.bits)) {
            largest = i;
        }
    }
    return largest;
}
