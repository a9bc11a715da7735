// SPDX-License-Identifier: BSD-2-Clause
#include "kernel_block.h"
#include "scan.h"
#include <string.h>

/* A block has 15 lines. If its end was lost, others are not taken for parts of it for ever. */
enum {
    LINES_MAX = 200,
    ROWS = 4,
    ROW_WORDS = 4,
    REGISTER_DIGITS = 16,
    WORD_BYTES = 8,
    PAGE_BYTES = 4096
};

static const char begin_mark[] = "fault: thread \"";

/* The name may have quotes; what follows it is one of two texts. */
static bool take_name(struct record *record, const char *name)
{
    static const char *const ends[] = {"\" stopped: it has no", "\" waits: its fault"};

    for (unsigned i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        const char *end = strstr(name, ends[i]);

        if (end) {
            record_copy(record->name, sizeof(record->name), name, (size_t)(end - name));
            return true;
        }
    }
    return false;
}

static bool begin(struct kernel_block *block, const char *line, uint64_t number)
{
    const char *name = scan_after(line, begin_mark);

    if (!name) {
        return false;
    }
    *block = (struct kernel_block){.open = true};
    record_begin(&block->record, RECORD_KERNEL, number);
    if (!take_name(&block->record, name)) {
        record_copy(block->record.name, sizeof(block->record.name), name, strcspn(name, "\""));
        block->record.name_torn = true;
        block->record.torn = true;
    }
    return true;
}

/* ---- what happened ---- */

static bool take_memory(struct record *record, const char *what)
{
    uint64_t address, status;

    /* The status says no more than the words, but it says whether it was a fetch. */
    if (!scan_named(what, "address", &address)) {
        return false;
    }
    if (!scan_named(what, "status", &status)) {
        record->torn = true;
        status = strstr(what, "writing to") ? STATUS_WRITE : 0;
    }
    if (strstr(what, "executing at")) {
        status |= STATUS_FETCH;
    }
    record_set_memory(record, 0, address, status);
    return true;
}

static bool take_cap(struct record *record, const char *what)
{
    uint64_t address;

    if (!scan_named(what, "address", &address)) {
        return false;
    }
    record_set_cap(record, 0, address, strstr(what, "receiving on") != NULL);
    return true;
}

static bool take_syscall(struct record *record, const char *what)
{
    uint64_t number;

    if (!scan_number(&what, &number)) {
        return false;
    }
    record_set_syscall(record, 0, number);
    return true;
}

static bool take_exception(struct record *record, const char *what)
{
    uint64_t number, code = 0;

    if (!scan_number(&what, &number)) {
        return false;
    }
    record->torn |= !scan_named(what, "code", &code);
    record_set_exception(record, 0, number, code);
    return true;
}

static bool take_debug(struct record *record, const char *what)
{
    uint64_t reason, address = 0;

    if (!scan_named(what, "reason", &reason)) {
        return false;
    }
    record->torn |= !scan_named(what, "address", &address);
    record_set_debug(record, 0, reason, address);
    return true;
}

static bool take_what(struct record *record, const char *line)
{
    static const struct {
        const char *mark;
        bool (*take)(struct record *record, const char *what);
    } kinds[] = {{"memory fault: ", take_memory},
                 {"capability fault: ", take_cap},
                 {"unknown system call ", take_syscall},
                 {"debug exception, ", take_debug},
                 {"exception ", take_exception}};

    for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const char *what = scan_after(line, kinds[i].mark);

        if (what && kinds[i].take(record, what)) {
            what -= strlen(kinds[i].mark);
            record_copy(record->said, sizeof(record->said), what, strlen(what));
            return true;
        }
    }
    return false;
}

/* ---- registers and stack ---- */

/* Registers have 16 digits. With fewer, the rest of the number was lost. */
static bool is_whole(const char *number)
{
    return strncmp(number, "0x", 2) == 0 &&
           strspn(number + 2, "0123456789abcdef") == REGISTER_DIGITS;
}

/* Pairs as "rax 0x0000000000000010", wherever they stand. */
static bool take_registers(struct record *record, const char *line)
{
    bool any = false;

    while (*line) {
        char word[8];
        uint64_t value;

        if (!scan_word(&line, word, sizeof(word))) {
            line++;
        } else if (*line == ' ') {
            line += strspn(line, " ");
            any |= is_whole(line) && scan_number(&line, &value) &&
                   record_set_register(record, word, value);
        }
    }
    return any;
}

static const char not_mapped[] = "(not mapped)";

/* The numbers at the end of the line, perhaps behind what a logger puts before each. */
static unsigned row_words(const char *line, uint64_t *words)
{
    unsigned count = 0;

    for (const char *at = strstr(line, "0x"); at; at = strstr(at, "0x")) {
        uint64_t word;

        if (!scan_number(&at, &word)) {
            return 0;
        }
        if (count == ROW_WORDS || (*at && *at != ' ')) {
            return 0;
        }
        words[count++] = word;
        if (strspn(at, " ") == strlen(at) || strcmp(at, " (not mapped)") == 0) {
            return count;
        }
    }
    return 0;
}

static bool take_row(struct kernel_block *block, const char *line)
{
    struct record *record = &block->record;
    uint64_t words[ROW_WORDS];
    unsigned count = row_words(line, words);

    if (block->stack_ended || block->rows == ROWS || count == 0) {
        return false;
    }
    block->rows++;
    block->stack_ended = strstr(line, not_mapped) != NULL;
    if (count != ROW_WORDS && !block->stack_ended) {
        /* The rest of it is lost, perhaps even a part of its last word. */
        block->stack_ended = record->torn = true;
        count--;
    }
    memcpy(record->stack + record->stack_count, words, count * sizeof(words[0]));
    record->stack_count += count;
    return true;
}

static bool begin_stack(struct kernel_block *block, const char *line)
{
    const char *at = scan_after(line, "  stack ");

    if (!at || !scan_number(&at, &block->record.stack_at) || *at != ':') {
        return false;
    }
    block->in_stack = true;
    block->stack_ended = strstr(at, not_mapped) != NULL;
    return true;
}

/* ---- the whole ---- */

/* All rows, or those until memory ends, which is at the end of a page. */
static bool has_all_rows(const struct kernel_block *block)
{
    const struct record *record = &block->record;

    return block->rows == ROWS ||
           (block->stack_ended &&
            (block->rows == 0 ||
             (record->stack_at + record->stack_count * WORD_BYTES) % PAGE_BYTES == 0));
}

static void close_block(struct kernel_block *block, bool ended)
{
    struct record *record = &block->record;
    const uint32_t all = (1u << (RECORD_PC + 1)) - 1;
    bool whole = has_all_rows(block);

    block->open = false;
    record->torn |= !ended || !whole || record->known != all || !record->has_label;
    /* If a row was lost in the middle, nobody knows which. */
    if (ended && !whole) {
        record->stack_count = 0;
    }
    record_set_pc(record);
}

enum kernel_block_step kernel_block_line(struct kernel_block *block, const char *line,
                                         uint64_t number)
{
    struct record *record = &block->record;

    if (block->open && (strstr(line, begin_mark) || ++block->lines > LINES_MAX)) {
        close_block(block, false);
        return KERNEL_BLOCK_AGAIN;
    }
    if (!block->open) {
        return begin(block, line, number) ? KERNEL_BLOCK_TAKEN : KERNEL_BLOCK_NOTHING;
    }
    if (strstr(line, "end of fault")) {
        close_block(block, true);
        return KERNEL_BLOCK_DONE;
    }
    return (!record->has_label && take_what(record, line)) || begin_stack(block, line) ||
                   (block->in_stack ? take_row(block, line) : take_registers(record, line))
               ? KERNEL_BLOCK_TAKEN
               : KERNEL_BLOCK_NOTHING;
}

bool kernel_block_end(struct kernel_block *block)
{
    if (!block->open) {
        return false;
    }
    close_block(block, false);
    return true;
}
