// SPDX-License-Identifier: BSD-2-Clause
#include "frames.h"
#include "cursor.h"
#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 1 << 22, REMEMBERED_MAX = 8 };

/* Operations of call frame programs. The first three keep an operand in their low six bits. */
enum {
    OP_ADVANCE = 1,
    OP_OFFSET,
    OP_RESTORE,
    OP_NOP = 0x00,
    OP_SET_LOCATION = 0x01,
    OP_ADVANCE_1 = 0x02,
    OP_ADVANCE_2 = 0x03,
    OP_ADVANCE_4 = 0x04,
    OP_OFFSET_EXTENDED = 0x05,
    OP_RESTORE_EXTENDED = 0x06,
    OP_UNDEFINED = 0x07,
    OP_SAME_VALUE = 0x08,
    OP_REGISTER = 0x09,
    OP_REMEMBER = 0x0a,
    OP_RECALL = 0x0b,
    OP_BASE = 0x0c,
    OP_BASE_REGISTER = 0x0d,
    OP_BASE_OFFSET = 0x0e,
    OP_BASE_EXPRESSION = 0x0f,
    OP_EXPRESSION = 0x10,
    OP_OFFSET_SIGNED = 0x11,
    OP_BASE_SIGNED = 0x12,
    OP_BASE_OFFSET_SIGNED = 0x13,
    OP_VALUE_OFFSET = 0x14,
    OP_VALUE_OFFSET_SIGNED = 0x15,
    OP_VALUE_EXPRESSION = 0x16,
    OP_NEGATE_RETURN_STATE = 0x2d,
    OP_ARGUMENTS_SIZE = 0x2e,
};

/* Encodings of addresses: the low four bits give the form, the next three what to add. */
enum {
    FORM_MASK = 0x0f,
    FORM_ABSOLUTE = 0x00,
    FORM_UNSIGNED_2 = 0x02,
    FORM_UNSIGNED_4 = 0x03,
    FORM_UNSIGNED_8 = 0x04,
    FORM_SIGNED_2 = 0x0a,
    FORM_SIGNED_4 = 0x0b,
    FORM_SIGNED_8 = 0x0c,
    RELATIVE_MASK = 0x70,
    RELATIVE_HERE = 0x10,
    OMITTED = 0xff,
};

/* What many functions have in common. */
struct common {
    uint64_t code_step, return_register;
    int64_t data_step;
    unsigned encoding;
    bool augmented;
    struct cursor program;
};

struct reading {
    struct job *job;
    const struct elf_section *section;
    bool debug; /* .debug_frame */
    uint64_t frame_pointer;
    struct frame_rows rows;
};

/* The state that a program changes, and those it remembers. */
struct state {
    struct frame_row now, first, remembered[REMEMBERED_MAX];
    unsigned depth;
};

static uint64_t frame_pointer_of(uint16_t machine)
{
    switch (machine) {
    case 62: return 6;   /* x86_64: rbp */
    case 183: return 29; /* AArch64: x29 */
    default: return 8;   /* RISC-V: s0 */
    }
}

/* Length and end of an entry; false at the end of the section. */
static bool begin_entry(struct cursor *all, struct cursor *entry, unsigned *id_bytes)
{
    uint64_t length = cursor_take(all, 4);

    *id_bytes = 4;
    if (length == UINT32_MAX) {
        *id_bytes = 8;
        length = cursor_take(all, 8);
    }
    if (all->bad || length == 0 || length > (uint64_t)(all->end - all->at)) {
        return false;
    }
    *entry = (struct cursor){all->at, all->at + length, false};
    all->at += length;
    return true;
}

static uint64_t take_address(const struct reading *in, struct cursor *cursor, unsigned encoding)
{
    uint64_t here = in->section->address + (uint64_t)(cursor->at - in->section->bytes);
    uint64_t value = 0;

    switch (encoding & FORM_MASK) {
    case FORM_ABSOLUTE:
    case FORM_UNSIGNED_8:
    case FORM_SIGNED_8: value = cursor_take(cursor, 8); break;
    case FORM_UNSIGNED_4: value = cursor_take(cursor, 4); break;
    case FORM_SIGNED_4: value = (uint64_t)(int64_t)(int32_t)cursor_take(cursor, 4); break;
    case FORM_UNSIGNED_2: value = cursor_take(cursor, 2); break;
    case FORM_SIGNED_2: value = (uint64_t)(int64_t)(int16_t)cursor_take(cursor, 2); break;
    default: cursor->bad = true;
    }
    if ((encoding & RELATIVE_MASK) == RELATIVE_HERE) {
        return value + here;
    }
    cursor->bad |= encoding & RELATIVE_MASK;
    return value;
}

/* The letters say what the augmentation data holds. */
static void read_augmentation(const struct reading *in, struct cursor *entry, const char *letters,
                              struct common *common)
{
    uint64_t length = cursor_unsigned(entry);
    struct cursor data = {entry->at, entry->at, false};

    cursor_skip(entry, length);
    data.end = entry->at;
    for (letters++; *letters && !data.bad; letters++) {
        unsigned encoding;

        switch (*letters) {
        case 'R': common->encoding = (unsigned)cursor_take(&data, 1); break;
        case 'L': cursor_skip(&data, 1); break;
        case 'P':
            encoding = (unsigned)cursor_take(&data, 1);
            take_address(in, &data, encoding == OMITTED ? FORM_ABSOLUTE : encoding & FORM_MASK);
            break;
        default: break; /* signal frames and the like have no data */
        }
    }
    common->augmented = true;
    entry->bad |= data.bad;
}

static bool read_common(const struct reading *in, struct cursor entry, struct common *common)
{
    unsigned version = (unsigned)cursor_take(&entry, 1);
    const char *letters = cursor_string(&entry);

    *common = (struct common){.encoding = FORM_ABSOLUTE};
    if (version == 4) {
        cursor_skip(&entry, 2);
    }
    common->code_step = cursor_unsigned(&entry);
    common->data_step = cursor_signed(&entry);
    common->return_register = version == 1 ? cursor_take(&entry, 1) : cursor_unsigned(&entry);
    if (letters[0] == 'z') {
        read_augmentation(in, &entry, letters, common);
    } else if (letters[0]) {
        return false;
    }
    common->program = entry;
    return !entry.bad && (version == 1 || version == 3 || version == 4);
}

/* Of rows at one address the last counts. */
static void add_row(struct reading *in, const struct frame_row *row)
{
    struct frame_rows *rows = &in->rows;

    if (rows->count && rows->rows[rows->count - 1].address == row->address) {
        rows->count--;
    }
    if (rows->count == rows->capacity) {
        size_t capacity = rows->capacity ? 2 * rows->capacity : 512;
        struct frame_row *larger = job_take(in->job, capacity * sizeof(*larger));

        if (rows->count) {
            memcpy(larger, rows->rows, rows->count * sizeof(*larger));
        }
        rows->rows = larger;
        rows->capacity = capacity;
    }
    rows->rows[rows->count++] = *row;
}

static int32_t scaled(const struct common *common, int64_t factor)
{
    int64_t offset;

    if (__builtin_mul_overflow(factor, common->data_step, &offset) || offset > INT32_MAX ||
        offset <= INT32_MIN) {
        return SYSTEM_FRAME_KEPT;
    }
    return (int32_t)offset;
}

/* Where a register of the caller is; only two matter. */
static void set_place(const struct reading *in, const struct common *common, struct state *state,
                      uint64_t number, int32_t place)
{
    if (number == common->return_register) {
        state->now.return_at = place;
    } else if (number == in->frame_pointer) {
        state->now.frame_pointer_at = place;
    }
}

static void restore_place(const struct reading *in, const struct common *common,
                          struct state *state, uint64_t number)
{
    set_place(in, common, state, number,
              number == common->return_register ? state->first.return_at
                                                : state->first.frame_pointer_at);
}

static void set_base(struct state *state, uint64_t number, int64_t offset)
{
    bool fits = number < SYSTEM_FRAME_UNKNOWN && offset <= INT32_MAX && offset > INT32_MIN;

    state->now.base_register = fits ? (uint32_t)number : SYSTEM_FRAME_UNKNOWN;
    state->now.base_offset = fits ? (int32_t)offset : 0;
}

static void advance(struct reading *in, const struct common *common, struct state *state,
                    uint64_t steps)
{
    add_row(in, &state->now);
    state->now.address += steps * common->code_step;
}

static void run_places(struct reading *in, const struct common *common, struct state *state,
                       struct cursor *program, unsigned code)
{
    uint64_t number = cursor_unsigned(program);

    switch (code) {
    case OP_OFFSET_EXTENDED:
        set_place(in, common, state, number, scaled(common, (int64_t)cursor_unsigned(program)));
        break;
    case OP_OFFSET_SIGNED:
        set_place(in, common, state, number, scaled(common, cursor_signed(program)));
        break;
    case OP_RESTORE_EXTENDED: restore_place(in, common, state, number); break;
    case OP_REGISTER:
    case OP_VALUE_OFFSET: cursor_unsigned(program); break;
    case OP_VALUE_OFFSET_SIGNED: cursor_signed(program); break;
    case OP_EXPRESSION:
    case OP_VALUE_EXPRESSION: cursor_skip(program, cursor_unsigned(program)); break;
    default: break; /* undefined and same value have no more operands */
    }
}

static void run_base(const struct common *common, struct state *state, struct cursor *program,
                     unsigned code)
{
    uint64_t number;

    switch (code) {
    case OP_BASE:
        number = cursor_unsigned(program);
        set_base(state, number, (int64_t)cursor_unsigned(program));
        break;
    case OP_BASE_SIGNED:
        number = cursor_unsigned(program);
        set_base(state, number, scaled(common, cursor_signed(program)));
        break;
    case OP_BASE_REGISTER: set_base(state, cursor_unsigned(program), state->now.base_offset); break;
    case OP_BASE_OFFSET:
        set_base(state, state->now.base_register, (int64_t)cursor_unsigned(program));
        break;
    case OP_BASE_OFFSET_SIGNED:
        set_base(state, state->now.base_register, scaled(common, cursor_signed(program)));
        break;
    default:
        cursor_skip(program, cursor_unsigned(program));
        state->now.base_register = SYSTEM_FRAME_UNKNOWN;
    }
}

static void remember(struct state *state, struct cursor *program, bool recall)
{
    uint64_t address = state->now.address;

    if (recall && state->depth > 0) {
        state->now = state->remembered[--state->depth];
        state->now.address = address;
    } else if (!recall && state->depth < REMEMBERED_MAX) {
        state->remembered[state->depth++] = state->now;
    } else {
        program->bad = true;
    }
}

static void run_other(struct reading *in, const struct common *common, struct state *state,
                      struct cursor *program, unsigned code)
{
    switch (code) {
    case OP_NOP:
    case OP_NEGATE_RETURN_STATE: break;
    case OP_ARGUMENTS_SIZE: cursor_unsigned(program); break;
    case OP_SET_LOCATION:
        add_row(in, &state->now);
        state->now.address = take_address(in, program, common->encoding);
        break;
    case OP_ADVANCE_1: advance(in, common, state, cursor_take(program, 1)); break;
    case OP_ADVANCE_2: advance(in, common, state, cursor_take(program, 2)); break;
    case OP_ADVANCE_4: advance(in, common, state, cursor_take(program, 4)); break;
    case OP_REMEMBER: remember(state, program, false); break;
    case OP_RECALL: remember(state, program, true); break;
    default: program->bad = true;
    }
}

static void run(struct reading *in, const struct common *common, struct state *state,
                struct cursor program)
{
    while (!program.bad && program.at < program.end && in->rows.count < ROWS_MAX) {
        unsigned code = (unsigned)cursor_take(&program, 1), low = code & 0x3f;

        if (code >> 6 == OP_ADVANCE) {
            advance(in, common, state, low);
        } else if (code >> 6 == OP_OFFSET) {
            set_place(in, common, state, low, scaled(common, (int64_t)cursor_unsigned(&program)));
        } else if (code >> 6 == OP_RESTORE) {
            restore_place(in, common, state, low);
        } else if (code >= OP_BASE && code <= OP_BASE_EXPRESSION) {
            run_base(common, state, &program, code);
        } else if (code == OP_BASE_SIGNED || code == OP_BASE_OFFSET_SIGNED) {
            run_base(common, state, &program, code);
        } else if ((code >= OP_OFFSET_EXTENDED && code <= OP_REGISTER) ||
                   (code >= OP_EXPRESSION && code <= OP_VALUE_EXPRESSION)) {
            run_places(in, common, state, &program, code);
        } else {
            run_other(in, common, state, &program, code);
        }
    }
    if (program.bad) {
        state->now.base_register = SYSTEM_FRAME_UNKNOWN;
    }
}

/* Rows of the part that all functions share are not theirs: only the state counts. */
static void run_common(struct reading *in, const struct common *common, struct state *state)
{
    size_t count = in->rows.count;

    run(in, common, state, common->program);
    in->rows.count = count;
    state->first = state->now;
}

static void read_function(struct reading *in, const struct common *common, struct cursor entry)
{
    struct state state = {.depth = 0};
    uint64_t start = take_address(in, &entry, common->encoding);
    uint64_t size = take_address(in, &entry, common->encoding & FORM_MASK);

    if (common->augmented) {
        cursor_skip(&entry, cursor_unsigned(&entry));
    }
    if (entry.bad || size == 0 || start > UINT64_MAX - size) {
        return;
    }
    state.now = (struct frame_row){.base_register = SYSTEM_FRAME_UNKNOWN,
                                   .return_at = SYSTEM_FRAME_KEPT,
                                   .frame_pointer_at = SYSTEM_FRAME_KEPT};
    run_common(in, common, &state);
    state.now.address = start;
    run(in, common, &state, entry);
    add_row(in, &state.now);
    state.now.address = start + size;
    state.now.base_register = SYSTEM_FRAME_UNKNOWN;
    add_row(in, &state.now);
}

/* Finds the common entry that a function's entry points at. */
static bool find_common(const struct reading *in, const unsigned char *id_at, uint64_t id,
                        struct common *common)
{
    uint64_t at = in->debug ? id : (uint64_t)(id_at - in->section->bytes) - id;
    struct cursor all = {in->section->bytes, in->section->bytes + in->section->length, false};
    struct cursor entry;
    unsigned id_bytes;

    if (at >= in->section->length) {
        return false;
    }
    all.at += at;
    if (!begin_entry(&all, &entry, &id_bytes)) {
        return false;
    }
    cursor_skip(&entry, id_bytes);
    return read_common(in, entry, common);
}

static void read_section(struct reading *in)
{
    struct cursor all = {in->section->bytes, in->section->bytes + in->section->length, false};
    struct cursor entry;
    unsigned id_bytes;

    while (all.at < all.end && begin_entry(&all, &entry, &id_bytes)) {
        const unsigned char *id_at = entry.at;
        uint64_t id = cursor_take(&entry, id_bytes);
        uint64_t of_common = !in->debug ? 0 : id_bytes == 4 ? UINT32_MAX : UINT64_MAX;
        struct common common;

        if (!entry.bad && id != of_common && find_common(in, id_at, id, &common)) {
            read_function(in, &common, entry);
        }
    }
}

static int compare_rows(const void *a, const void *b)
{
    const struct frame_row *left = a, *right = b;

    if (left->address != right->address) {
        return left->address < right->address ? -1 : 1;
    }
    if ((left->base_register == SYSTEM_FRAME_UNKNOWN) !=
        (right->base_register == SYSTEM_FRAME_UNKNOWN)) {
        return left->base_register == SYSTEM_FRAME_UNKNOWN ? -1 : 1;
    }
    return memcmp(left, right, sizeof(*left));
}

static bool same_frame(const struct frame_row *a, const struct frame_row *b)
{
    return a->base_register == b->base_register &&
           (a->base_register == SYSTEM_FRAME_UNKNOWN ||
            (a->base_offset == b->base_offset && a->return_at == b->return_at &&
             a->frame_pointer_at == b->frame_pointer_at));
}

/* One row for each address, the end of a function giving way to the beginning of the next. */
static void sort_rows(struct frame_rows *rows)
{
    size_t kept = 0;

    qsort(rows->rows, rows->count, sizeof(*rows->rows), compare_rows);
    for (size_t i = 0; i < rows->count; i++) {
        if (kept && rows->rows[kept - 1].address == rows->rows[i].address) {
            kept--;
        }
        if (!kept || !same_frame(&rows->rows[kept - 1], &rows->rows[i])) {
            rows->rows[kept++] = rows->rows[i];
        }
    }
    rows->count = kept;
}

struct frame_rows frames_read(struct job *job, const struct elf *elf)
{
    struct reading in = {.job = job,
                         .section = elf->frames.length ? &elf->frames : &elf->debug_frames,
                         .debug = !elf->frames.length,
                         .frame_pointer = frame_pointer_of(elf->machine)};

    if (in.section->length) {
        read_section(&in);
    }
    if (in.rows.count) {
        sort_rows(&in.rows);
    }
    return in.rows;
}
