// SPDX-License-Identifier: BSD-2-Clause
/*
 * One run of the builder: its memory, and the way out when something is wrong.
 *
 * The first rule that is broken ends the run. refuse() writes the message into the job and jumps
 * back to whoever called job_run(); nobody in between has anything to undo, because all memory
 * belongs to the job and files are written only after everything has been checked. This is the
 * only place that jumps; libraries with callbacks (expat) are stopped in their own way first.
 */
#pragma once
#include "rules.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where something stands in a file; line 0 means the file as a whole. */
struct place {
    const char *file;
    unsigned line, column;
    const char *element;
};

struct chunk;

struct job {
    jmp_buf refused;
    enum rule broken;
    struct chunk *chunks;
    size_t taken_bytes, limit_bytes;
    char message[4096];
};

/* Calls work(argument). False: a rule was broken, job->message says which. */
bool job_run(struct job *job, void (*work)(void *argument), void *argument);
void job_init(struct job *job);
void job_fini(struct job *job);

/*
 * Ends the run. `at` and `accepted` may be null: no place; what the rule's own text says.
 * The message is "Error: FILE:LINE:COLUMN: 'ELEMENT': WHAT" and a second line with what would be
 * accepted, the rule and its kind.
 */
_Noreturn void refuse(struct job *job, enum rule rule, const struct place *at, const char *accepted,
                      const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Zeroed memory that lives as long as the job. */
void *job_take(struct job *job, size_t size_bytes);
char *job_copy(struct job *job, const char *text, size_t length);
char *job_print(struct job *job, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Pointers in the order they were added. What they point to stays as constant as it was. */
struct list {
    void **items;
    size_t count, capacity;
};

void list_add(struct job *job, struct list *list, const void *item);

/* The part of a path after its last slash. Images hold no other, so that it does not matter where
 * they were built. */
const char *text_basename(const char *path);

/* Bytes that grow; the last byte written is followed by a zero that does not count. */
struct text {
    struct job *job;
    char *bytes;
    size_t length, capacity;
};

void text_add(struct text *text, const void *bytes, size_t length);
void text_print(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
