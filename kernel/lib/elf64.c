// SPDX-License-Identifier: BSD-2-Clause
#include "lib/elf64.h"
#include "lib/printf.h"
#include "lib/string.h"

enum { CLASS_64 = 2, DATA_LITTLE = 1, TYPE_EXECUTABLE = 2, TYPE_SHARED = 3, SEGMENT_LOAD = 1 };

enum { PAGE_BITS_4K = 12 };

struct file_header {
    uint8_t magic[4];
    uint8_t class;
    uint8_t data;
    uint8_t ident[10];
    uint16_t type;
    uint16_t machine;
    uint32_t version;
    uint64_t entry;
    uint64_t segments_offset;
    uint64_t sections_offset;
    uint32_t flags;
    uint16_t header_bytes;
    uint16_t segment_entry_bytes;
    uint16_t segment_count;
    uint16_t section_entry_bytes;
    uint16_t section_count;
    uint16_t section_names;
};
static_assert(sizeof(struct file_header) == 64, "ELF layout");

struct program_header {
    uint32_t type;
    uint32_t flags;
    uint64_t offset;
    uint64_t vaddr;
    uint64_t paddr;
    uint64_t file_bytes;
    uint64_t memory_bytes;
    uint64_t alignment;
};
static_assert(sizeof(struct program_header) == 56, "ELF layout");

/* The file under examination and where its fault is described. */
struct reader {
    const uint8_t *file;
    size_t size_bytes;
    uint64_t limit;
    char *problem;
};

/* Describes the fault; always false, so that checks can end with it. */
BOOT_CODE PRINTF_LIKE(2, 3) static bool refuse(const struct reader *reader, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    format_string_va(reader->problem, ELF64_PROBLEM_BYTES, format, arguments);
    va_end(arguments);
    return false;
}

BOOT_CODE static bool check_header(const struct reader *reader, struct file_header *header,
                                   uint16_t machine)
{
    if (reader->size_bytes < sizeof(*header)) {
        return refuse(reader, "file of 0x%zx bytes is too short for an ELF header",
                      reader->size_bytes);
    }
    memcpy(header, reader->file, sizeof(*header));
    if (memcmp(header->magic, "\177ELF", 4) != 0) {
        return refuse(reader, "not an ELF file (its first bytes are 0x%02x 0x%02x 0x%02x 0x%02x)",
                      header->magic[0], header->magic[1], header->magic[2], header->magic[3]);
    }
    if (header->class != CLASS_64 || header->data != DATA_LITTLE) {
        return refuse(reader,
                      "ELF class %u, byte order %u; accepted: 2 (64-bit), 1 (little endian)",
                      header->class, header->data);
    }
    if (header->machine != machine) {
        return refuse(reader, "made for processor number %u; accepted: %u", header->machine,
                      machine);
    }
    if (header->type != TYPE_EXECUTABLE) {
        return refuse(reader, "ELF type %u%s; accepted: 2 (statically linked executable)",
                      header->type,
                      header->type == TYPE_SHARED ? " (position independent or shared)" : "");
    }
    return true;
}

/* The table itself must lie in the file, in the size this reader knows. */
BOOT_CODE static bool check_segment_table(const struct reader *reader,
                                          const struct file_header *header)
{
    uint64_t table_bytes = (uint64_t)header->segment_count * sizeof(struct program_header);

    if (header->segment_count != 0 &&
        header->segment_entry_bytes != sizeof(struct program_header)) {
        return refuse(reader, "program headers of %u bytes; accepted: 56",
                      header->segment_entry_bytes);
    }
    if (header->segments_offset > reader->size_bytes ||
        table_bytes > reader->size_bytes - header->segments_offset) {
        return refuse(reader,
                      "%u program headers at offset 0x%lx reach beyond the 0x%zx bytes of "
                      "the file",
                      header->segment_count, header->segments_offset, reader->size_bytes);
    }
    return true;
}

BOOT_CODE static bool check_segment(const struct reader *reader, unsigned index,
                                    const struct elf64_segment *segment)
{
    if (segment->file_bytes > segment->memory_bytes) {
        return refuse(reader, "segment %u has 0x%lx bytes in the file, but only 0x%lx in memory",
                      index, segment->file_bytes, segment->memory_bytes);
    }
    if (segment->file_offset > reader->size_bytes ||
        segment->file_bytes > reader->size_bytes - segment->file_offset) {
        return refuse(reader,
                      "segment %u (0x%lx bytes at offset 0x%lx) reaches beyond the 0x%zx bytes of "
                      "the file; is it cut off?",
                      index, segment->file_bytes, segment->file_offset, reader->size_bytes);
    }
    if (segment->vaddr >= reader->limit || segment->memory_bytes > reader->limit - segment->vaddr) {
        return refuse(reader, "segment %u (0x%lx bytes at address 0x%lx) reaches beyond 0x%lx",
                      index, segment->memory_bytes, segment->vaddr, reader->limit);
    }
    return true;
}

/* Keeps the list sorted; equal and overlapping addresses end up side by side. */
BOOT_CODE static void insert_segment(struct elf64_image *image, struct elf64_segment segment)
{
    unsigned i = image->segment_count++;

    while (i > 0 && image->segments[i - 1].vaddr > segment.vaddr) {
        image->segments[i] = image->segments[i - 1];
        i--;
    }
    image->segments[i] = segment;
}

BOOT_CODE static bool read_segments(const struct reader *reader, const struct file_header *header,
                                    struct elf64_image *image)
{
    const uint8_t *table = reader->file + header->segments_offset;

    for (unsigned i = 0; i < header->segment_count; i++) {
        struct program_header from;
        struct elf64_segment segment;

        memcpy(&from, table + i * sizeof(from), sizeof(from));
        segment =
            (struct elf64_segment){from.offset, from.file_bytes, from.vaddr, from.memory_bytes};
        if (from.type != SEGMENT_LOAD || segment.memory_bytes == 0) {
            continue;
        }
        if (!check_segment(reader, i, &segment)) {
            return false;
        }
        if (image->segment_count == ELF64_SEGMENTS_MAX) {
            return refuse(reader, "more than %u loadable segments", ELF64_SEGMENTS_MAX);
        }
        insert_segment(image, segment);
    }
    return true;
}

BOOT_CODE static bool check_layout(const struct reader *reader, const struct elf64_image *image)
{
    if (image->segment_count == 0) {
        return refuse(reader, "it has no loadable segment with anything in it");
    }
    if (!IS_ALIGNED(image->segments[0].vaddr, PAGE_BITS_4K)) {
        return refuse(reader, "lowest segment at address 0x%lx; accepted: a multiple of 0x1000",
                      image->segments[0].vaddr);
    }
    for (unsigned i = 1; i < image->segment_count; i++) {
        const struct elf64_segment *below = &image->segments[i - 1];
        const struct elf64_segment *above = &image->segments[i];

        if (below->vaddr + below->memory_bytes > above->vaddr) {
            return refuse(reader, "segments at addresses 0x%lx (0x%lx bytes) and 0x%lx overlap",
                          below->vaddr, below->memory_bytes, above->vaddr);
        }
    }
    return true;
}

BOOT_CODE bool elf64_read(struct elf64_image *image, const void *file, size_t size_bytes,
                          uint16_t machine, uint64_t limit, char problem[ELF64_PROBLEM_BYTES])
{
    struct reader reader = {file, size_bytes, limit, problem};
    struct file_header header;
    const struct elf64_segment *last;

    image->segment_count = 0;
    if (!check_header(&reader, &header, machine) || !check_segment_table(&reader, &header) ||
        !read_segments(&reader, &header, image) || !check_layout(&reader, image)) {
        return false;
    }
    last = &image->segments[image->segment_count - 1];
    image->start = image->segments[0].vaddr;
    image->end = last->vaddr + last->memory_bytes;
    image->entry = header.entry;
    if (image->entry < image->start || image->entry >= image->end) {
        return refuse(&reader, "entry point 0x%lx is outside the image (0x%lx to 0x%lx)",
                      image->entry, image->start, image->end - 1);
    }
    return true;
}

BOOT_CODE void elf64_load(const struct elf64_image *image, const void *file, void *to)
{
    uint8_t *next = to;

    for (unsigned i = 0; i < image->segment_count; i++) {
        const struct elf64_segment *segment = &image->segments[i];
        uint8_t *place = (uint8_t *)to + (segment->vaddr - image->start);

        memset(next, 0, (size_t)(place - next));
        memcpy(place, (const uint8_t *)file + segment->file_offset, segment->file_bytes);
        memset(place + segment->file_bytes, 0, segment->memory_bytes - segment->file_bytes);
        next = place + segment->memory_bytes;
    }
}
