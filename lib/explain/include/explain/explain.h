// SPDX-License-Identifier: BSD-2-Clause
/*
 * Why a component stopped, in words: from the kernel's fault message and the compiled description
 * of the system (proto/system_image.h). explain_find() gathers facts, explain_text() and
 * explain_json() write them. No allocation, no system calls, bounded work.
 *
 * The description is trusted after system_image_check(). The message, the registers and the
 * component's memory are the component's doing: no value in them is too odd.
 */
#pragma once

#include <proto/system_code.h>
#include <proto/system_image.h>
#include <stdbool.h>
#include <stdint.h>
#include <tiny/printf.h>

/* Labels of fault messages, the same in every profile; the monitor holds them against the ABI. */
enum explain_label {
    EXPLAIN_NULL,
    EXPLAIN_CAP,
    EXPLAIN_UNKNOWN_SYSCALL,
    EXPLAIN_USER_EXCEPTION,
    EXPLAIN_DEBUG_EXCEPTION,
    EXPLAIN_TIMEOUT,
    EXPLAIN_VM,
};

enum {
    EXPLAIN_WORDS = 20,     /* the longest fault message of x86_64 has 19 */
    EXPLAIN_REGISTERS = 16, /* general registers of x86_64, by their DWARF numbers */
    EXPLAIN_TRACE = 16,     /* instruction and callers */
};

/* Two that finding callers needs by name. */
enum { EXPLAIN_RBX = 3, EXPLAIN_RBP = 6, EXPLAIN_RSP = 7 };

struct explain_registers {
    uint64_t pc;
    uint64_t general[EXPLAIN_REGISTERS];
};

/* What is asked. Everything is borrowed. */
struct explain_question {
    const struct system_image *image;
    uint32_t component; /* index into the table */
    uint64_t label;
    uint32_t word_count;
    uint64_t words[EXPLAIN_WORDS];
    const struct explain_registers *registers; /* null: unknown */
    bool without_pc;                           /* what the words have as program counter is none */

    /* Reads the aligned word at an address of the component; false if it cannot. May be null. */
    bool (*read)(void *context, uint64_t address, uint64_t *word);
    void *context;
};

enum explain_cause {
    EXPLAIN_CAUSE_UNKNOWN,
    EXPLAIN_NULL_POINTER,
    EXPLAIN_NULL_CALL,
    EXPLAIN_JUMP_TO_DATA,
    EXPLAIN_JUMP_UNMAPPED,
    EXPLAIN_STACK_OVERFLOW,
    EXPLAIN_STACK_UNDERFLOW,
    EXPLAIN_WRITE_READ_ONLY,
    EXPLAIN_READ_DENIED,
    EXPLAIN_PAST_END,
    EXPLAIN_FOREIGN_REGION, /* mapped there for another component */
    EXPLAIN_KERNEL_ADDRESS,
    EXPLAIN_UNMAPPED,
    EXPLAIN_MAPPING_GONE, /* the description allows the access */
    EXPLAIN_MISSING_CAP,
    EXPLAIN_CAP_GONE, /* the description has a capability there */
    EXPLAIN_BAD_CAP_ADDRESS,
    EXPLAIN_BAD_SYSCALL,
    EXPLAIN_DIVIDE,
    EXPLAIN_SINGLE_STEP,
    EXPLAIN_BREAKPOINT,
    EXPLAIN_WATCHPOINT,
    EXPLAIN_OVERFLOW,
    EXPLAIN_BOUND,
    EXPLAIN_INVALID_OPCODE,
    EXPLAIN_NO_FPU,
    EXPLAIN_SEGMENT,
    EXPLAIN_STACK_SEGMENT,
    EXPLAIN_PROTECTION,
    EXPLAIN_PORT_IO,
    EXPLAIN_PRIVILEGED,
    EXPLAIN_FLOAT,
    EXPLAIN_ALIGNMENT,
    EXPLAIN_BUDGET,
    EXPLAIN_REFUSED, /* no fault: a request that the kernel answered with an error */
    /* From here on lib/microkit stopped it; the first: because the kernel refused a request. */
    EXPLAIN_KERNEL_ERROR,
    EXPLAIN_ASSERTION,
    EXPLAIN_NO_ENTRY, /* it has no protected() or fault(), and was called there */
    EXPLAIN_CAUSES
};

/* One instruction of the trace. */
struct explain_place {
    uint64_t address;
    struct system_code_place code;
};

enum explain_side { EXPLAIN_INSIDE, EXPLAIN_BELOW, EXPLAIN_BEHIND };

struct explain_facts {
    const struct explain_question *question;
    const struct system_component *component;
    enum explain_cause cause;
    enum explain_cause then; /* what it did where it had jumped to; else EXPLAIN_CAUSE_UNKNOWN */
    bool has_pc, has_address, write;
    bool behind;          /* the program counter is that of the next instruction already */
    uint64_t pc, address; /* the address may be one of memory or of a capability */
    uint64_t number;      /* exception, system call, kernel's error, or microseconds consumed */
    uint64_t code;        /* of the exception */
    /* The nearest memory of the component, or the other component's; null: there is none. */
    const struct system_mapping *near;
    enum explain_side side;
    uint64_t distance;
    /* The capability in question, if the description has it; or one that is there by its side. */
    const struct system_cap *cap;
    uint32_t line; /* of the system file: what granted, or where it would be granted; 0: none */
    unsigned trace_count;
    struct explain_place trace[EXPLAIN_TRACE];
};

/* Never fails: what is not known is marked so. The component index must be good. */
void explain_find(const struct explain_question *question, struct explain_facts *facts);

/* Callers that somebody found before; `count` addresses, of the instruction first. */
void explain_set_trace(struct explain_facts *facts, const uint64_t *addresses, unsigned count);

/* Some lines, each ended by a newline; and one line. Both at most EXPLAIN_TEXT_MAX characters. */
enum { EXPLAIN_TEXT_MAX = 8192 };
void explain_text(const struct explain_facts *facts, tiny_put put, void *context);
void explain_json(const struct explain_facts *facts, tiny_put put, void *context);

/* The short name of a cause in the JSON line, as "null-pointer". */
const char *explain_cause_name(enum explain_cause cause);
