// SPDX-License-Identifier: BSD-2-Clause
#include "code.h"
#include "frames.h"
#include "lines.h"
#include <proto/system_code.h>
#include <stdlib.h>
#include <string.h>

/* The table's parts while they grow. */
struct growing {
    struct job *job;
    struct text functions, lines, frames, texts;
    struct names known; /* texts that are in already */
    struct system_code header;
};

static uint32_t add_text(struct growing *table, const char *text)
{
    const uint32_t *found = names_find(&table->known, text);
    uint32_t *offset;

    if (found) {
        return *found;
    }
    offset = job_take(table->job, sizeof(*offset));
    *offset = (uint32_t)table->texts.length;
    text_add(&table->texts, text, strlen(text) + 1);
    names_add(table->job, &table->known, text, offset);
    return *offset;
}

/* Rising addresses; of two functions at one address the one that sorts first by name is kept. */
static int compare_functions(const void *a, const void *b)
{
    const struct elf_function *left = *(struct elf_function *const *)a;
    const struct elf_function *right = *(struct elf_function *const *)b;

    if (left->address != right->address) {
        return left->address < right->address ? -1 : 1;
    }
    return strcmp(left->name, right->name);
}

static bool within(const struct growing *table, uint64_t address)
{
    return address >= table->header.base && address - table->header.base <= UINT32_MAX;
}

static void add_functions(struct growing *table, const struct elf *elf)
{
    size_t count = elf->functions.count;
    struct elf_function **sorted = job_take(table->job, count * sizeof(struct elf_function *));

    if (count) {
        memcpy(sorted, elf->functions.items, count * sizeof(struct elf_function *));
        qsort(sorted, count, sizeof(struct elf_function *), compare_functions);
    }
    for (size_t i = 0; i < count; i++) {
        const struct elf_function *function = sorted[i];
        struct system_function row;

        if (!within(table, function->address) || function->size > UINT32_MAX ||
            (i && sorted[i - 1]->address == function->address)) {
            continue;
        }
        row.start = (uint32_t)(function->address - table->header.base);
        row.size = (uint32_t)function->size;
        row.name = add_text(table, function->name);
        text_add(&table->functions, &row, sizeof(row));
        table->header.function_count++;
    }
}

static void add_lines(struct growing *table, const struct elf *elf)
{
    struct line_rows rows = lines_read(table->job, elf);

    for (size_t i = 0; i < rows.count; i++) {
        struct system_line row;

        if (within(table, rows.rows[i].address)) {
            row.start = (uint32_t)(rows.rows[i].address - table->header.base);
            row.file = add_text(table, rows.rows[i].file);
            row.line = rows.rows[i].line;
            text_add(&table->lines, &row, sizeof(row));
            table->header.line_count++;
        }
    }
}

static void add_frames(struct growing *table, const struct elf *elf)
{
    struct frame_rows rows = frames_read(table->job, elf);

    for (size_t i = 0; i < rows.count; i++) {
        const struct frame_row *from = &rows.rows[i];

        if (within(table, from->address)) {
            struct system_frame row = {.start = (uint32_t)(from->address - table->header.base),
                                       .base_register = from->base_register,
                                       .base_offset = from->base_offset,
                                       .return_at = from->return_at,
                                       .frame_pointer_at = from->frame_pointer_at};

            text_add(&table->frames, &row, sizeof(row));
            table->header.frame_count++;
        }
    }
}

struct elf_section code_table(struct job *job, const struct elf *elf)
{
    struct growing table = {.job = job,
                            .functions = {.job = job},
                            .lines = {.job = job},
                            .frames = {.job = job},
                            .texts = {.job = job}};
    struct text all = {.job = job};

    table.header.base = elf->segments[0].vaddr;
    add_functions(&table, elf);
    add_lines(&table, elf);
    add_frames(&table, elf);
    if (!table.header.function_count && !table.header.line_count) {
        return (struct elf_section){.length = 0};
    }
    table.header.text_bytes = (uint32_t)table.texts.length;
    text_add(&all, &table.header, sizeof(table.header));
    text_add(&all, table.functions.bytes, table.functions.length);
    text_add(&all, table.lines.bytes, table.lines.length);
    text_add(&all, table.frames.bytes, table.frames.length);
    text_add(&all, table.texts.bytes, table.texts.length);
    return (struct elf_section){(unsigned char *)all.bytes, all.length, 0};
}
