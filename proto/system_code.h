// SPDX-License-Identifier: BSD-2-Clause
/*
 * Functions and source lines of a component's program, and how to find the caller of each
 * instruction without frame pointers, for explaining where it stopped. The builder
 * makes one such table for each program that has symbols; system_component.code says where it is in
 * the block. Outside of the checked description, so that nobody pays for it at boot: whoever looks
 * something up checks what it touches.
 *
 * Behind the header: functions, lines and frames, each by rising start; texts ended by zeros.
 * Addresses count from `base`. A line lasts until the next one; line 0 means unknown.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct system_code {
    uint64_t base;
    uint32_t function_count, line_count, frame_count, text_bytes;
};

struct system_function {
    uint32_t start, size;
    uint32_t name;
};

struct system_line {
    uint32_t start;
    uint32_t file, line;
};

/*
 * From `start` on, until the next one: the frame's address (the caller's stack pointer) is a
 * register plus an offset, and the caller's program counter and frame pointer are at offsets from
 * the frame's address. Registers have their DWARF numbers.
 */
struct system_frame {
    uint32_t start;
    uint32_t base_register; /* SYSTEM_FRAME_UNKNOWN: here is nothing to go by */
    int32_t base_offset;
    int32_t return_at, frame_pointer_at; /* SYSTEM_FRAME_KEPT: still in its register */
};

#define SYSTEM_FRAME_UNKNOWN UINT32_MAX
#define SYSTEM_FRAME_KEPT    INT32_MIN

_Static_assert(sizeof(struct system_frame) == 20, "no gaps");
_Static_assert(sizeof(struct system_code) == 24 && sizeof(struct system_function) == 12 &&
                   sizeof(struct system_line) == 12,
               "no gaps");

/* What is known of an address; texts may be null, line may be 0. */
struct system_code_place {
    const char *function, *file;
    uint32_t offset; /* from the start of the function */
    uint32_t line;
};

static inline const struct system_function *system_code_functions(const struct system_code *code)
{
    return (const struct system_function *)(const void *)(code + 1);
}

static inline const struct system_line *system_code_lines(const struct system_code *code)
{
    return (const struct system_line *)(const void *)(system_code_functions(code) +
                                                      code->function_count);
}

static inline const struct system_frame *system_code_frames(const struct system_code *code)
{
    return (const struct system_frame *)(const void *)(system_code_lines(code) + code->line_count);
}

static inline const char *system_code_text(const struct system_code *code, uint32_t text)
{
    const char *texts = (const char *)(system_code_frames(code) + code->frame_count);

    return text < code->text_bytes ? texts + text : 0;
}

/* Does a table of `length` bytes hold what its header says, and end its last text? */
static inline bool system_code_check(const struct system_code *code, uint64_t length)
{
    uint64_t rows;

    if (length < sizeof(*code)) {
        return false;
    }
    rows = sizeof(*code) + (uint64_t)code->function_count * sizeof(struct system_function) +
           (uint64_t)code->line_count * sizeof(struct system_line) +
           (uint64_t)code->frame_count * sizeof(struct system_frame);
    return rows <= length && code->text_bytes <= length - rows &&
           (code->text_bytes == 0 || system_code_text(code, code->text_bytes - 1)[0] == 0);
}

/* The last of `count` rows of `words` words that begins at or before `start`; count: none does. */
static inline uint32_t system_code_search(const uint32_t *rows, unsigned words, uint32_t count,
                                          uint32_t start)
{
    uint32_t low = 0, high = count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (rows[words * (uint64_t)middle] <= start) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low ? low - 1 : count;
}

/* The table has passed system_code_check(). */
static inline struct system_code_place system_code_find(const struct system_code *code,
                                                        uint64_t address)
{
    struct system_code_place source = {0, 0, 0, 0};
    const struct system_function *functions = system_code_functions(code);
    const struct system_line *lines = system_code_lines(code);
    uint32_t at = (uint32_t)(address - code->base), i;

    if (address < code->base || address - code->base > UINT32_MAX) {
        return source;
    }
    i = system_code_search(&functions->start, 3, code->function_count, at);
    if (i < code->function_count && at - functions[i].start < functions[i].size) {
        source.function = system_code_text(code, functions[i].name);
        source.offset = at - functions[i].start;
    }
    i = system_code_search(&lines->start, 3, code->line_count, at);
    if (i < code->line_count && lines[i].line) {
        source.file = system_code_text(code, lines[i].file);
        source.line = lines[i].line;
    }
    return source;
}

/* How to find the caller at an address; null if that is not known. The table has been checked. */
static inline const struct system_frame *system_code_frame(const struct system_code *code,
                                                           uint64_t address)
{
    const struct system_frame *frames = system_code_frames(code);
    uint32_t i;

    if (address < code->base || address - code->base > UINT32_MAX) {
        return 0;
    }
    i = system_code_search(&frames->start, 5, code->frame_count, (uint32_t)(address - code->base));
    return i < code->frame_count && frames[i].base_register != SYSTEM_FRAME_UNKNOWN ? &frames[i]
                                                                                    : 0;
}
