// SPDX-License-Identifier: BSD-2-Clause
#include "lines.h"
#include "cursor.h"
#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 1 << 22, FORMATS_MAX = 16, FILES_MAX = 1 << 16 };

/* Codes of DWARF. */
enum {
    OP_EXTENDED = 0,
    OP_COPY,
    OP_ADVANCE_PC,
    OP_ADVANCE_LINE,
    OP_SET_FILE,
    OP_SET_COLUMN,
    OP_NEGATE_STATEMENT,
    OP_BASIC_BLOCK,
    OP_CONST_ADD_PC,
    OP_FIXED_ADVANCE_PC,
    EXTENDED_END = 1,
    EXTENDED_SET_ADDRESS = 2,
    CONTENT_PATH = 1,
    FORM_DATA2 = 0x05,
    FORM_DATA4 = 0x06,
    FORM_DATA8 = 0x07,
    FORM_STRING = 0x08,
    FORM_BLOCK = 0x09,
    FORM_DATA1 = 0x0b,
    FORM_STRP = 0x0e,
    FORM_UDATA = 0x0f,
    FORM_DATA16 = 0x1e,
    FORM_LINE_STRP = 0x1f,
};

static const char *section_string(const struct elf_section *section, uint64_t offset)
{
    return section->bytes && offset < section->length &&
                   memchr(section->bytes + offset, 0, section->length - offset)
               ? (const char *)section->bytes + offset
               : "";
}

/* One compilation unit's line program. */
struct unit {
    struct job *job;
    const struct elf *elf;
    struct cursor cursor;
    unsigned version, offset_bytes, address_bytes, step;
    int line_base;
    unsigned line_range, opcode_base;
    const unsigned char *opcode_lengths;
    struct list files; /* of text; index 0 is the first of the table */
};

/* A value of a directory or file entry; a text if it is one. */
static const char *take_form(struct unit *unit, uint64_t form)
{
    struct cursor *cursor = &unit->cursor;

    switch (form) {
    case FORM_STRING: return cursor_string(cursor);
    case FORM_LINE_STRP:
        return section_string(&unit->elf->line_strings, cursor_take(cursor, unit->offset_bytes));
    case FORM_STRP:
        return section_string(&unit->elf->debug_strings, cursor_take(cursor, unit->offset_bytes));
    case FORM_UDATA: cursor_unsigned(cursor); break;
    case FORM_DATA1: cursor_skip(cursor, 1); break;
    case FORM_DATA2: cursor_skip(cursor, 2); break;
    case FORM_DATA4: cursor_skip(cursor, 4); break;
    case FORM_DATA8: cursor_skip(cursor, 8); break;
    case FORM_DATA16: cursor_skip(cursor, 16); break;
    case FORM_BLOCK: cursor_skip(cursor, cursor_unsigned(cursor)); break;
    default: cursor->bad = true;
    }
    return NULL;
}

/* A table of version 5: directories, then files; `names` may be null. */
static void read_table(struct unit *unit, struct list *names)
{
    uint64_t contents[FORMATS_MAX], forms[FORMATS_MAX], count;
    unsigned formats = (unsigned)cursor_take(&unit->cursor, 1);

    unit->cursor.bad |= formats > FORMATS_MAX;
    for (unsigned i = 0; i < formats && !unit->cursor.bad; i++) {
        contents[i] = cursor_unsigned(&unit->cursor);
        forms[i] = cursor_unsigned(&unit->cursor);
    }
    count = cursor_unsigned(&unit->cursor);
    unit->cursor.bad |= count > FILES_MAX || (count && !formats);
    for (uint64_t k = 0; k < count && !unit->cursor.bad; k++) {
        const char *name = "";

        for (unsigned i = 0; i < formats; i++) {
            const char *text = take_form(unit, forms[i]);

            name = contents[i] == CONTENT_PATH && text ? text : name;
        }
        if (names) {
            list_add(unit->job, names, text_basename(name));
        }
    }
}

/* Tables of versions 2 to 4. Their files are counted from 1. */
static void read_old_tables(struct unit *unit)
{
    const char *name;

    while (cursor_string(&unit->cursor)[0]) {
    }
    list_add(unit->job, &unit->files, "");
    while ((name = cursor_string(&unit->cursor))[0] && unit->files.count < FILES_MAX) {
        cursor_unsigned(&unit->cursor);
        cursor_unsigned(&unit->cursor);
        cursor_unsigned(&unit->cursor);
        list_add(unit->job, &unit->files, text_basename(name));
    }
}

/* Leaves the cursor at the program. */
static void read_header(struct unit *unit)
{
    struct cursor *cursor = &unit->cursor;
    const unsigned char *program;
    uint64_t length;

    unit->version = (unsigned)cursor_take(cursor, 2);
    cursor->bad |= unit->version < 2 || unit->version > 5;
    unit->address_bytes = 8;
    if (unit->version == 5) {
        unit->address_bytes = (unsigned)cursor_take(cursor, 1);
        cursor_skip(cursor, 1);
    }
    length = cursor_take(cursor, unit->offset_bytes);
    cursor->bad |= length > (uint64_t)(cursor->end - cursor->at) || unit->address_bytes != 8;
    if (cursor->bad) {
        return;
    }
    program = cursor->at + length;
    unit->step = (unsigned)cursor_take(cursor, 1);
    cursor_skip(cursor, unit->version >= 4 ? 2 : 1);
    unit->line_base = (int8_t)cursor_take(cursor, 1);
    unit->line_range = (unsigned)cursor_take(cursor, 1);
    unit->opcode_base = (unsigned)cursor_take(cursor, 1);
    unit->opcode_lengths = cursor->at;
    cursor_skip(cursor, unit->opcode_base ? unit->opcode_base - 1 : 0);
    cursor->bad |= unit->line_range == 0 || unit->opcode_base == 0;
    if (unit->version == 5) {
        read_table(unit, NULL);
        read_table(unit, &unit->files);
    } else {
        read_old_tables(unit);
    }
    cursor->at = program;
}

/* The machine that a line program runs on. */
struct state {
    uint64_t address, file;
    uint32_t line;
};

static void add_row(struct unit *unit, struct line_rows *rows, const struct state *state, bool end)
{
    struct line_row *row;

    if (rows->count == rows->capacity) {
        size_t capacity = rows->capacity ? 2 * rows->capacity : 1024;

        row = job_take(unit->job, capacity * sizeof(*row));
        if (rows->count) {
            memcpy(row, rows->rows, rows->count * sizeof(*row));
        }
        rows->rows = row;
        rows->capacity = capacity;
    }
    row = &rows->rows[rows->count++];
    row->address = state->address;
    row->line = end ? 0 : state->line;
    row->file = state->file < unit->files.count ? unit->files.items[state->file] : "";
    unit->cursor.bad |= rows->count >= ROWS_MAX;
}

static void run_extended(struct unit *unit, struct line_rows *rows, struct state *state)
{
    static const struct state start = {.file = 1, .line = 1};
    struct cursor *cursor = &unit->cursor;
    uint64_t length = cursor_unsigned(cursor);
    unsigned code;

    if (cursor->bad || length == 0 || length > (uint64_t)(cursor->end - cursor->at)) {
        cursor->bad = true;
        return;
    }
    code = (unsigned)cursor_take(cursor, 1);
    if (code == EXTENDED_END) {
        add_row(unit, rows, state, true);
        *state = start;
    } else if (code == EXTENDED_SET_ADDRESS && length == 9) {
        state->address = cursor_take(cursor, 8);
        return;
    }
    cursor_skip(cursor, length - 1);
}

static void run_standard(struct unit *unit, struct line_rows *rows, struct state *state,
                         unsigned code)
{
    struct cursor *cursor = &unit->cursor;

    switch (code) {
    case OP_EXTENDED: run_extended(unit, rows, state); break;
    case OP_COPY: add_row(unit, rows, state, false); break;
    case OP_ADVANCE_PC: state->address += cursor_unsigned(cursor) * unit->step; break;
    case OP_ADVANCE_LINE: state->line += (uint32_t)cursor_signed(cursor); break;
    case OP_SET_FILE: state->file = cursor_unsigned(cursor); break;
    case OP_CONST_ADD_PC:
        state->address += (uint64_t)((255 - unit->opcode_base) / unit->line_range) * unit->step;
        break;
    case OP_FIXED_ADVANCE_PC: state->address += cursor_take(cursor, 2); break;
    default:
        for (unsigned i = 0; i < unit->opcode_lengths[code - 1]; i++) {
            cursor_unsigned(cursor);
        }
    }
}

static void run_program(struct unit *unit, struct line_rows *rows)
{
    struct state state = {.file = 1, .line = 1};

    while (!unit->cursor.bad && unit->cursor.at < unit->cursor.end) {
        unsigned code = (unsigned)cursor_take(&unit->cursor, 1);

        if (code < unit->opcode_base) {
            run_standard(unit, rows, &state, code);
        } else {
            code -= unit->opcode_base;
            state.address += (uint64_t)(code / unit->line_range) * unit->step;
            state.line += (uint32_t)(unit->line_base + (int)(code % unit->line_range));
            add_row(unit, rows, &state, false);
        }
    }
}

/* At one address the last row counts, but an end gives way to a beginning. Rows keep their order by
 * their place in memory, which the merge sort of qsort() alone does not promise. */
struct ordered {
    struct line_row row;
    size_t order;
};

static int compare_rows(const void *a, const void *b)
{
    const struct ordered *left = a, *right = b;

    if (left->row.address != right->row.address) {
        return left->row.address < right->row.address ? -1 : 1;
    }
    if (!left->row.line != !right->row.line) {
        return left->row.line ? 1 : -1;
    }
    return left->order < right->order ? -1 : left->order > right->order;
}

static void sort_rows(struct job *job, struct line_rows *rows)
{
    struct ordered *ordered = job_take(job, rows->count * sizeof(*ordered));
    size_t kept = 0;

    for (size_t i = 0; i < rows->count; i++) {
        ordered[i] = (struct ordered){rows->rows[i], i};
    }
    qsort(ordered, rows->count, sizeof(*ordered), compare_rows);
    for (size_t i = 0; i < rows->count; i++) {
        const struct line_row *row = &ordered[i].row;
        const struct line_row *before = kept ? &rows->rows[kept - 1] : NULL;

        if (before && before->address == row->address) {
            kept--;
            before = kept ? before - 1 : NULL;
        }
        if (!before || before->line != row->line || strcmp(before->file, row->file) != 0) {
            rows->rows[kept++] = *row;
        }
    }
    rows->count = kept;
}

struct line_rows lines_read(struct job *job, const struct elf *elf)
{
    struct cursor all = {elf->line_program.bytes, elf->line_program.bytes, false};
    struct line_rows rows = {0};

    if (!elf->line_program.length) {
        return rows;
    }
    all.end += elf->line_program.length;
    while (!all.bad && all.at < all.end) {
        struct unit unit = {.job = job, .elf = elf, .offset_bytes = 4};
        uint64_t length = cursor_take(&all, 4);

        if (length == UINT32_MAX) {
            unit.offset_bytes = 8;
            length = cursor_take(&all, 8);
        }
        if (all.bad || length > (uint64_t)(all.end - all.at)) {
            break;
        }
        unit.cursor = (struct cursor){all.at, all.at + length, false};
        read_header(&unit);
        run_program(&unit, &rows);
        cursor_skip(&all, length);
    }
    if (rows.count) {
        sort_rows(job, &rows);
    }
    return rows;
}
