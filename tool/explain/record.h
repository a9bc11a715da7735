// SPDX-License-Identifier: BSD-2-Clause
/*
 * What a log says about one thing that happened, before the image is asked. The parsers of lines
 * (kernel_block.h, monitor_lines.h, library_line.h) fill records.
 */
#pragma once

#include <explain/explain.h>

/* Who said it. */
enum record_source {
    RECORD_KERNEL,  /* the debug kernel's fault block */
    RECORD_MONITOR, /* the monitor, in its JSON line, its words or those of Microkit's monitor */
    RECORD_LIBRARY, /* lib/microkit, about a request that it does not make */
    RECORD_REFUSED, /* the debug kernel, about a request that it refused */
    RECORD_SOURCES
};

enum {
    RECORD_NAME_MAX = 127,
    RECORD_SAID_MAX = 255,
    RECORD_STACK_WORDS = 16,
    RECORD_PC = EXPLAIN_REGISTERS, /* its bit among those of registers */
};

/* Of the processor's error code for page faults. */
enum { STATUS_WRITE = 2, STATUS_USER = 4, STATUS_FETCH = 16 };

struct record {
    enum record_source source;
    uint64_t line;                  /* of the log, where it begins */
    char name[RECORD_NAME_MAX + 1]; /* of the component or its thread; empty: not said */
    bool name_torn;
    uint64_t badge; /* the monitor's number for a component, from 1; 0: not said */
    char said[RECORD_SAID_MAX +
              1]; /* the line that says what happened, for when nothing else helps */
    char before[RECORD_SAID_MAX + 1]; /* the component's library, just before; perhaps empty */
    uint64_t before_line;
    bool torn; /* something is missing that should be there */

    bool has_label;
    uint64_t label;
    uint32_t word_count;
    uint64_t words[EXPLAIN_WORDS];

    struct explain_registers registers;
    uint32_t known; /* bit n: general register n is known; RECORD_PC */
    uint64_t stack_at;
    unsigned stack_count;
    uint64_t stack[RECORD_STACK_WORDS];

    unsigned trace_count;
    uint64_t trace[EXPLAIN_TRACE];
    char function[RECORD_NAME_MAX + 1]; /* of the first place; empty: not said */
};

/* Did the component stop? */
static inline bool record_is_fault(const struct record *record)
{
    return record->source == RECORD_KERNEL || record->source == RECORD_MONITOR;
}

void record_begin(struct record *record, enum record_source source, uint64_t line);

/* Words of the fault message, which grows as far as needed. */
void record_set_word(struct record *record, unsigned index, uint64_t value);

/* A register by its name; false if it is none of those that are kept. */
bool record_set_register(struct record *record, const char *name, uint64_t value);
bool record_knows(const struct record *record, unsigned number);

/* The message, from what is usually said in lines. `pc` goes to where the kind has it. */
void record_set_memory(struct record *record, uint64_t pc, uint64_t address, uint64_t status);
void record_set_cap(struct record *record, uint64_t pc, uint64_t address, bool receives);
void record_set_syscall(struct record *record, uint64_t pc, uint64_t number);
void record_set_exception(struct record *record, uint64_t pc, uint64_t number, uint64_t code);
void record_set_debug(struct record *record, uint64_t pc, uint64_t reason, uint64_t address);
void record_set_timeout(struct record *record, uint64_t consumed_us);

/* Puts the instruction, if it is known by now, where the kind of message has it. */
void record_set_pc(struct record *record);

/* Copies text that fits into `size` bytes, up to `length` characters. */
void record_copy(char *to, size_t size, const char *text, size_t length);
