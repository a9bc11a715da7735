// SPDX-License-Identifier: BSD-2-Clause
/*
 * One step of a sequence: something a simulated thread, a device or time does.
 *
 * A step says everything in numbers and nothing relative to what came before, so that a
 * sequence with some steps taken out still means the same where it can. Whoever is the
 * current thread performs it.
 */
#pragma once

#include "lib/base.h"

enum op_kind {
    OP_CALL,    /* a system call with these registers and words of the IPC buffer */
    OP_REPEAT,  /* the thread's last system call again, as its registers are: a restart */
    OP_TIME,    /* time passes */
    OP_PIN,     /* a device pulls pin word[0] */
    OP_MESSAGE, /* a device sends message interrupt word[0] */
    OP_FAULT,   /* fault number word[0] with details word[1], word[2] */
    OP_FPU,     /* the FPU is used */
    OP_TOUCH,   /* memory at word[0] is read */
    OP_RESCUE,  /* somebody outside resumes thread number word[0] (when nothing else can run) */
    OP_KIND_COUNT
};

enum { OP_BUFFER_WORDS = 16 };

/* Registers of OP_CALL, as indices of `word`; others use the first ones as said above. */
enum op_word {
    WORD_CAP,
    WORD_INFO,
    WORD_MR0,
    WORD_MR1,
    WORD_MR2,
    WORD_MR3,
    WORD_REPLY,
    WORD_DESTINATION,
    OP_WORDS
};

struct op {
    uint8_t kind;
    uint8_t preempt;      /* chance in 256 that an interrupt waits at a preemption point */
    uint8_t buffer_count; /* words written to the IPC buffer first */
    uint32_t ticks;       /* that pass before it */
    int64_t number;       /* OP_CALL: which system call */
    uint64_t seed;        /* of what happens at preemption points */
    word_t word[OP_WORDS];
    struct {
        uint8_t index; /* word of struct ipc_buffer */
        word_t value;
    } buffer[OP_BUFFER_WORDS];
};

/* Which of the kernel's paths are used; both: in two runs that are compared. */
enum paths { PATHS_FAST, PATHS_SLOW, PATHS_BOTH, PATHS_COUNT };

/* What a sequence runs on. */
struct setting {
    uint64_t seed;
    enum paths paths;
    unsigned ram_mib;
    unsigned node_count; /* 0: as the profile says */
    bool huge_pages;
    char command_line[120];
};

/* The text form, one line without its end. */
size_t op_print(const struct op *op, char *line, size_t size_bytes);
bool op_parse(struct op *op, const char *line);
size_t setting_print(const struct setting *setting, char *line, size_t size_bytes);
bool setting_parse(struct setting *setting, const char *line);

/* What the call is, in words, for the trace. */
const char *op_call_name(int64_t number);
