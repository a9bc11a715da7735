// SPDX-License-Identifier: BSD-2-Clause
#include <process/elf.h>

/* Places in the file (System V ABI, ELF-64): the file header ... */
enum {
    FILE_HEADER_BYTES = 64,
    AT_CLASS = 4,
    AT_DATA = 5,
    AT_IDENT_VERSION = 6,
    AT_TYPE = 16,
    AT_MACHINE = 18,
    AT_VERSION = 20,
    AT_ENTRY = 24,
    AT_HEADERS_OFFSET = 32,
    AT_FILE_HEADER_BYTES = 52,
    AT_HEADER_BYTES = 54,
    AT_HEADER_COUNT = 56,
};
/* ... and a program header. */
enum {
    HEADER_BYTES = 56,
    AT_SEGMENT_TYPE = 0,
    AT_SEGMENT_FLAGS = 4,
    AT_SEGMENT_OFFSET = 8,
    AT_SEGMENT_ADDRESS = 16,
    AT_SEGMENT_FILE_BYTES = 32,
    AT_SEGMENT_MEMORY_BYTES = 40,
    AT_SEGMENT_ALIGN = 48,
};
enum { CLASS_64 = 2, DATA_LITTLE = 1, VERSION = 1, TYPE_EXECUTABLE = 2, TYPE_SHARED = 3 };
enum { SEGMENT_LOAD = 1, SEGMENT_DYNAMIC = 2, SEGMENT_INTERPRETER = 3, SEGMENT_TLS = 7 };
enum { FLAG_EXECUTE = 1, FLAG_WRITE = 2 };

struct parse {
    const unsigned char *file;
    size_t file_bytes;
    const struct elf_target *target;
    uint64_t headers_offset;
    struct elf_program *program;
    bool has_tls;
};

static uint64_t read_le(const unsigned char *at, unsigned size_bytes)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < size_bytes; i++) {
        value |= (uint64_t)at[i] << (8 * i);
    }
    return value;
}

static uint16_t file_u16(const struct parse *parse, unsigned at)
{
    return (uint16_t)read_le(parse->file + at, 2);
}

static uint64_t file_u64(const struct parse *parse, unsigned at)
{
    return read_le(parse->file + at, 8);
}

static bool is_in_file(const struct parse *parse, uint64_t offset, uint64_t size_bytes)
{
    return offset <= parse->file_bytes && size_bytes <= parse->file_bytes - offset;
}

static uint64_t page_mask(const struct parse *parse)
{
    return (1ull << parse->target->page_bits) - 1;
}

/* ---- the file header ---- */

static enum elf_status check_identity(const struct parse *parse)
{
    const unsigned char *file = parse->file;

    if (parse->file_bytes < FILE_HEADER_BYTES) {
        return ELF_TOO_SHORT;
    }
    if (file[0] != 0x7f || file[1] != 'E' || file[2] != 'L' || file[3] != 'F') {
        return ELF_NO_MAGIC;
    }
    if (file[AT_CLASS] != CLASS_64) {
        return ELF_NOT_64_BIT;
    }
    if (file[AT_DATA] != DATA_LITTLE) {
        return ELF_NOT_LITTLE_ENDIAN;
    }
    return file[AT_IDENT_VERSION] == VERSION && read_le(file + AT_VERSION, 4) == VERSION
               ? ELF_OK
               : ELF_UNKNOWN_VERSION;
}

static enum elf_status check_kind(const struct parse *parse)
{
    const unsigned type = file_u16(parse, AT_TYPE);

    if (file_u16(parse, AT_MACHINE) != parse->target->machine) {
        return ELF_OTHER_PROCESSOR;
    }
    if (type == TYPE_SHARED) {
        return ELF_POSITION_INDEPENDENT;
    }
    return type == TYPE_EXECUTABLE ? ELF_OK : ELF_NOT_EXECUTABLE;
}

static enum elf_status find_headers(struct parse *parse)
{
    struct elf_program *program = parse->program;

    program->entry = file_u64(parse, AT_ENTRY);
    program->header_count = file_u16(parse, AT_HEADER_COUNT);
    program->header_bytes = HEADER_BYTES;
    parse->headers_offset = file_u64(parse, AT_HEADERS_OFFSET);
    if (file_u16(parse, AT_FILE_HEADER_BYTES) != FILE_HEADER_BYTES) {
        return ELF_BAD_HEADER_SIZE;
    }
    if (program->header_count == 0) {
        return ELF_NO_SEGMENTS;
    }
    if (file_u16(parse, AT_HEADER_BYTES) != HEADER_BYTES) {
        return ELF_BAD_HEADER_SIZE;
    }
    return is_in_file(parse, parse->headers_offset, (uint64_t)program->header_count * HEADER_BYTES)
               ? ELF_OK
               : ELF_HEADERS_OUTSIDE;
}

/* ---- segments ---- */

static enum elf_status check_segment(const struct parse *parse, const struct elf_segment *segment)
{
    const struct elf_target *target = parse->target;

    if (!is_in_file(parse, segment->file_offset, segment->file_bytes)) {
        return ELF_SEGMENT_OUTSIDE;
    }
    if (segment->file_bytes > segment->memory_bytes) {
        return ELF_SEGMENT_SHRINKS;
    }
    if (segment->address < target->start || segment->address >= target->end ||
        segment->memory_bytes > target->end - segment->address) {
        return ELF_SEGMENT_ADDRESS;
    }
    if (((segment->address ^ segment->file_offset) & page_mask(parse)) != 0) {
        return ELF_SEGMENT_MISALIGNED;
    }
    return segment->can_write && segment->can_execute ? ELF_WRITABLE_CODE : ELF_OK;
}

static enum elf_status check_neighbours(const struct parse *parse,
                                        const struct elf_segment *segment)
{
    const uint64_t mask = page_mask(parse), end = segment->address + segment->memory_bytes;

    for (unsigned i = 0; i < parse->program->segment_count; i++) {
        const struct elf_segment *other = &parse->program->segments[i];
        const uint64_t other_end = other->address + other->memory_bytes;

        if (segment->address < other_end && other->address < end) {
            return ELF_SEGMENTS_OVERLAP;
        }
        if ((segment->address & ~mask) < ((other_end + mask) & ~mask) &&
            (other->address & ~mask) < ((end + mask) & ~mask)) {
            return ELF_SEGMENTS_SHARE_PAGE;
        }
    }
    return ELF_OK;
}

/* Where the program headers are in memory, if this segment has them. */
static void note_headers(struct parse *parse, const struct elf_segment *segment)
{
    const uint64_t size_bytes = (uint64_t)parse->program->header_count * HEADER_BYTES;

    if (segment->file_offset <= parse->headers_offset &&
        parse->headers_offset - segment->file_offset <= segment->file_bytes &&
        size_bytes <= segment->file_bytes - (parse->headers_offset - segment->file_offset)) {
        parse->program->headers_address =
            segment->address + (parse->headers_offset - segment->file_offset);
    }
}

static enum elf_status add_segment(struct parse *parse, const unsigned char *header)
{
    const uint64_t flags = read_le(header + AT_SEGMENT_FLAGS, 4);
    const struct elf_segment segment = {
        .address = read_le(header + AT_SEGMENT_ADDRESS, 8),
        .memory_bytes = read_le(header + AT_SEGMENT_MEMORY_BYTES, 8),
        .file_offset = read_le(header + AT_SEGMENT_OFFSET, 8),
        .file_bytes = read_le(header + AT_SEGMENT_FILE_BYTES, 8),
        .can_write = (flags & FLAG_WRITE) != 0,
        .can_execute = (flags & FLAG_EXECUTE) != 0,
    };
    struct elf_program *program = parse->program;
    enum elf_status status;

    if (segment.memory_bytes == 0 && segment.file_bytes == 0) {
        return ELF_OK;
    }
    status = check_segment(parse, &segment);
    if (status == ELF_OK) {
        status = check_neighbours(parse, &segment);
    }
    if (status == ELF_OK && program->segment_count == ELF_SEGMENTS_MAX) {
        status = ELF_TOO_MANY_SEGMENTS;
    }
    if (status == ELF_OK) {
        const uint64_t end = segment.address + segment.memory_bytes + page_mask(parse);

        program->segments[program->segment_count++] = segment;
        note_headers(parse, &segment);
        if (program->end < (end & ~page_mask(parse))) {
            program->end = end & ~page_mask(parse);
        }
    }
    return status;
}

static enum elf_status add_tls(struct parse *parse, const unsigned char *header)
{
    const uint64_t align = read_le(header + AT_SEGMENT_ALIGN, 8);
    const struct elf_tls tls = {
        .address = read_le(header + AT_SEGMENT_ADDRESS, 8),
        .file_bytes = read_le(header + AT_SEGMENT_FILE_BYTES, 8),
        .memory_bytes = read_le(header + AT_SEGMENT_MEMORY_BYTES, 8),
        .align = align == 0 ? 1 : align,
    };

    if (parse->has_tls) {
        return ELF_TWO_TLS;
    }
    if (tls.file_bytes > tls.memory_bytes || tls.memory_bytes > ELF_TLS_BYTES_MAX ||
        (tls.align & (tls.align - 1)) != 0 || tls.align > page_mask(parse) + 1) {
        return ELF_BAD_TLS;
    }
    parse->has_tls = true;
    parse->program->tls = tls;
    return ELF_OK;
}

static enum elf_status add_header(struct parse *parse, const unsigned char *header)
{
    switch (read_le(header + AT_SEGMENT_TYPE, 4)) {
    case SEGMENT_LOAD: return add_segment(parse, header);
    case SEGMENT_TLS: return add_tls(parse, header);
    case SEGMENT_INTERPRETER:
    case SEGMENT_DYNAMIC: return ELF_NEEDS_INTERPRETER;
    default: return ELF_OK;
    }
}

/* The segment with all of these bytes; null: none. */
static const struct elf_segment *find_segment(const struct elf_program *program, uint64_t address,
                                              uint64_t size_bytes)
{
    for (unsigned i = 0; i < program->segment_count; i++) {
        const struct elf_segment *segment = &program->segments[i];
        const uint64_t offset = address - segment->address;

        if (address >= segment->address && offset <= segment->memory_bytes &&
            size_bytes <= segment->memory_bytes - offset) {
            return segment;
        }
    }
    return NULL;
}

/* What can only be said when all segments are known. */
static enum elf_status check_whole(const struct elf_program *program)
{
    const struct elf_segment *code = find_segment(program, program->entry, 1);

    if (program->segment_count == 0) {
        return ELF_NO_SEGMENTS;
    }
    if (code == NULL || !code->can_execute) {
        return ELF_ENTRY_OUTSIDE;
    }
    return program->tls.file_bytes == 0 ||
                   find_segment(program, program->tls.address, program->tls.file_bytes) != NULL
               ? ELF_OK
               : ELF_BAD_TLS;
}

enum elf_status elf_parse(const void *file, size_t file_bytes, const struct elf_target *target,
                          struct elf_program *program)
{
    struct parse parse = {
        .file = file, .file_bytes = file_bytes, .target = target, .program = program};
    enum elf_status status = check_identity(&parse);

    *program = (struct elf_program){0};
    if (status == ELF_OK) {
        status = check_kind(&parse);
    }
    if (status == ELF_OK) {
        status = find_headers(&parse);
    }
    for (unsigned i = 0; status == ELF_OK && i < program->header_count; i++) {
        status = add_header(&parse, parse.file + parse.headers_offset + i * HEADER_BYTES);
    }
    return status == ELF_OK ? check_whole(program) : status;
}

static const char *const texts[ELF_STATUS_COUNT] = {
    [ELF_OK] = "a program that can be loaded",
    [ELF_TOO_SHORT] = "shorter than an ELF header",
    [ELF_NO_MAGIC] = "not an ELF file",
    [ELF_NOT_64_BIT] = "not a 64-bit program",
    [ELF_NOT_LITTLE_ENDIAN] = "not little-endian",
    [ELF_UNKNOWN_VERSION] = "an unknown version of ELF",
    [ELF_OTHER_PROCESSOR] = "for another processor",
    [ELF_NOT_EXECUTABLE] = "not an executable",
    [ELF_POSITION_INDEPENDENT] = "position-independent; link with -static -no-pie",
    [ELF_BAD_HEADER_SIZE] = "headers of an unknown size",
    [ELF_NO_SEGMENTS] = "nothing in it to load",
    [ELF_HEADERS_OUTSIDE] = "program headers outside the file",
    [ELF_TOO_MANY_SEGMENTS] = "more segments than can be loaded",
    [ELF_NEEDS_INTERPRETER] = "dynamically linked; link with -static",
    [ELF_SEGMENT_OUTSIDE] = "a segment's bytes are outside the file",
    [ELF_SEGMENT_SHRINKS] = "a segment is larger in the file than in memory",
    [ELF_SEGMENT_MISALIGNED] = "a segment's address and file offset do not agree",
    [ELF_SEGMENT_ADDRESS] = "a segment is where no program can be",
    [ELF_SEGMENTS_OVERLAP] = "two segments overlap",
    [ELF_SEGMENTS_SHARE_PAGE] = "two segments share a page; link with -z separate-code",
    [ELF_WRITABLE_CODE] = "a segment is writable and executable",
    [ELF_ENTRY_OUTSIDE] = "the entry point is outside the code",
    [ELF_TWO_TLS] = "two descriptions of thread-local variables",
    [ELF_BAD_TLS] = "a bad description of thread-local variables",
};

const char *elf_status_text(enum elf_status status)
{
    return (unsigned)status < ELF_STATUS_COUNT ? texts[status] : "unknown status";
}
