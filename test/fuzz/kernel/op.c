// SPDX-License-Identifier: BSD-2-Clause
#include "op.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <abi/syscalls.h>

static const char *const kind_names[OP_KIND_COUNT] = {
    "call", "repeat", "time", "pin", "message", "fault", "fpu", "touch", "rescue"};
static const char *const word_names[OP_WORDS] = {"cap", "info", "mr0",   "mr1",
                                                 "mr2", "mr3",  "reply", "dest"};

const char *op_call_name(int64_t number)
{
#define NAME(value, text) {value, text},
    static const struct {
        int64_t number;
        const char *name;
    } names[] = {ABI_SYSCALL_NAMES(NAME)};

    for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
        if (names[i].number == number) {
            return names[i].name;
        }
    }
    return "foreign";
}

size_t op_print(const struct op *op, char *line, size_t size_bytes)
{
    size_t at = (size_t)snprintf(line, size_bytes, "%s", kind_names[op->kind]);

#define ADD(...)                                                                                   \
    at += (size_t)snprintf(line + at, at < size_bytes ? size_bytes - at : 0, __VA_ARGS__)
    if (op->ticks != 0) {
        ADD(" ticks=%u", op->ticks);
    }
    if (op->kind == OP_CALL) {
        ADD(" number=%" PRId64, op->number);
    }
    for (unsigned i = 0; i < OP_WORDS; i++) {
        if (op->word[i] != 0) {
            ADD(" %s=0x%" PRIx64, word_names[i], op->word[i]);
        }
    }
    for (unsigned i = 0; i < op->buffer_count; i++) {
        ADD(" b%u=0x%" PRIx64, op->buffer[i].index, op->buffer[i].value);
    }
    if (op->preempt != 0) {
        ADD(" preempt=%u seed=0x%" PRIx64, op->preempt, op->seed);
    }
#undef ADD
    return at;
}

static bool parse_word(struct op *op, const char *name, const char *value)
{
    const uint64_t number = strtoull(value, NULL, 0);

    for (unsigned i = 0; i < OP_WORDS; i++) {
        if (strcmp(name, word_names[i]) == 0) {
            op->word[i] = number;
            return true;
        }
    }
    if (name[0] == 'b' && op->buffer_count < OP_BUFFER_WORDS) {
        op->buffer[op->buffer_count].index = (uint8_t)atoi(name + 1);
        op->buffer[op->buffer_count++].value = number;
    } else if (strcmp(name, "ticks") == 0) {
        op->ticks = (uint32_t)number;
    } else if (strcmp(name, "number") == 0) {
        op->number = strtoll(value, NULL, 0);
    } else if (strcmp(name, "preempt") == 0) {
        op->preempt = (uint8_t)number;
    } else if (strcmp(name, "seed") == 0) {
        op->seed = number;
    } else {
        return false;
    }
    return true;
}

bool op_parse(struct op *op, const char *line)
{
    char copy[2000];
    char *rest, *word;

    snprintf(copy, sizeof(copy), "%s", line);
    copy[strcspn(copy, "#\n")] = '\0';
    memset(op, 0, sizeof(*op));
    word = strtok_r(copy, " \t", &rest);
    op->kind = OP_KIND_COUNT;
    for (unsigned i = 0; word != NULL && i < OP_KIND_COUNT; i++) {
        if (strcmp(word, kind_names[i]) == 0) {
            op->kind = (uint8_t)i;
        }
    }
    if (op->kind == OP_KIND_COUNT) {
        return false;
    }
    while ((word = strtok_r(NULL, " \t", &rest)) != NULL) {
        char *equals = strchr(word, '=');

        if (equals == NULL) {
            return false;
        }
        *equals = '\0';
        if (!parse_word(op, word, equals + 1)) {
            return false;
        }
    }
    return true;
}

static const char *const path_names[PATHS_COUNT] = {"fast", "slow", "both"};

size_t setting_print(const struct setting *s, char *line, size_t size_bytes)
{
    return (size_t)snprintf(line, size_bytes, "setting %" PRIu64 " %s %u %u %d %s", s->seed,
                            path_names[s->paths], s->ram_mib, s->node_count, s->huge_pages,
                            s->command_line);
}

bool setting_parse(struct setting *s, const char *line)
{
    char paths[8];
    int huge_pages, length = 0;

    if (sscanf(line, "setting %" SCNu64 " %7s %u %u %d %n", &s->seed, paths, &s->ram_mib,
               &s->node_count, &huge_pages, &length) != 5) {
        return false;
    }
    s->huge_pages = huge_pages;
    snprintf(s->command_line, sizeof(s->command_line), "%s", line + length);
    s->command_line[strcspn(s->command_line, "\n")] = '\0';
    for (unsigned i = 0; i < PATHS_COUNT; i++) {
        if (strcmp(paths, path_names[i]) == 0) {
            s->paths = (enum paths)i;
            return true;
        }
    }
    return false;
}
