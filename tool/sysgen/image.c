// SPDX-License-Identifier: BSD-2-Clause
#include "image.h"
#include <assert.h>
#include <elf.h>
#include <proto/system_image_check.h>
#include <string.h>

enum { FILL_ALIGN = 16 };
static const char place_symbol[] = "system_image_place";

static uint64_t round_up(uint64_t value, uint64_t align)
{
    return (value + align - 1) / align * align;
}

/* Bytes that were written into the block already, so that equal ones are kept once. */
struct kept {
    uint64_t hash, source, length;
};

static uint64_t hash_bytes(const unsigned char *bytes, uint64_t length)
{
    uint64_t hash = 14695981039346656037u;

    for (uint64_t i = 0; i < length; i++) {
        hash = (hash ^ bytes[i]) * 1099511628211u;
    }
    return hash;
}

static uint64_t keep_bytes(struct text *block, struct list *all, const unsigned char *bytes,
                           uint64_t length)
{
    static const char zeros[FILL_ALIGN];
    struct kept wanted = {hash_bytes(bytes, length), 0, length};
    struct kept *kept;

    for (size_t i = 0; i < all->count; i++) {
        kept = all->items[i];
        if (kept->hash == wanted.hash && kept->length == length &&
            memcmp(block->bytes + kept->source, bytes, length) == 0) {
            return kept->source;
        }
    }
    text_add(block, zeros, round_up(block->length, FILL_ALIGN) - block->length);
    wanted.source = block->length;
    text_add(block, bytes, length);
    kept = job_take(block->job, sizeof(*kept));
    *kept = wanted;
    list_add(block->job, all, kept);
    return wanted.source;
}

/* Tables follow the header in the order of its directory. */
static void lay_out_tables(struct plan *plan, struct system_image *header)
{
    uint64_t at = sizeof(*header);

    for (unsigned kind = 0; kind < SYSTEM_TABLE_COUNT; kind++) {
        struct system_table *table = &header->tables[kind];

        table->offset = at;
        table->count = plan->counts[kind];
        table->record_bytes = system_record_bytes((enum system_table_kind)kind);
        at = round_up(at + (uint64_t)table->count * table->record_bytes, 8);
    }
    header->described = at;
}

static struct system_image header_of(struct plan *plan)
{
    struct system_image header = {
        .magic = SYSTEM_IMAGE_MAGIC,
        .version = SYSTEM_IMAGE_VERSION,
        .arch = plan->target->arch->number,
        .object_total = (uint32_t)plan->object_total,
        .cap_total = (uint32_t)plan->cap_total,
        .schedule_start = (uint32_t)plan->system->schedule_start,
        .schedule_shift = (uint32_t)plan->system->schedule_shift,
        .file = plan_text(plan, text_basename(plan->system->file)),
        .monitor = (uint32_t)plan->system->components.count,
        .monitor_window = plan->monitor_window,
        .monitor_large_window = plan->monitor_large_window,
        .monitor_clock = plan->monitor_clock,
        .console = plan->console,
        .monitor_flags = plan->monitor_flags,
    };

    lay_out_tables(plan, &header);
    return header;
}

/* Behind the description come the bytes; the table of fillings learns where they are. */
static void add_fills(struct plan *plan, struct text *block, struct list *all)
{
    struct system_fill *fills = plan_records(plan, SYSTEM_TABLE_FILLS);

    for (size_t i = 0; i < plan->fill_bytes.count; i++) {
        const struct plan_bytes *bytes = plan->fill_bytes.items[i];
        const unsigned char *start;

        if (!bytes) {
            continue;
        }
        start = bytes->segment ? bytes->segment->bytes : bytes->bytes;
        fills[i].length = bytes->segment ? bytes->segment->filled : bytes->length;
        fills[i].source = keep_bytes(block, all, start, fills[i].length);
    }
}

/* And what is known of the programs' code. */
static void add_code(struct plan *plan, struct text *block, struct list *all)
{
    struct system_component *records = plan_records(plan, SYSTEM_TABLE_COMPONENTS);

    for (uint32_t i = 0; i < plan->counts[SYSTEM_TABLE_COMPONENTS]; i++) {
        const struct component_plan *own =
            i < plan->system->components.count ? &plan->components[i] : &plan->monitor;
        const struct elf_section *code = &own->program->symbols->code;

        if (code->length) {
            records[i].code = keep_bytes(block, all, code->bytes, code->length);
            records[i].code_bytes = code->length;
        }
    }
}

static void copy_tables(const struct plan *plan, const struct system_image *header, char *block)
{
    memcpy(block, header, sizeof(*header));
    for (unsigned kind = 0; kind < SYSTEM_TABLE_COUNT; kind++) {
        if (plan->tables[kind].length) {
            memcpy(block + header->tables[kind].offset, plan->tables[kind].bytes,
                   plan->tables[kind].length);
        }
    }
}

struct bytes image_block(struct plan *plan)
{
    struct system_image header = header_of(plan);
    struct text block = {.job = plan->job};
    struct system_image *image;
    struct list all = {0};
    char *room = job_take(plan->job, header.described);

    text_add(&block, room, header.described);
    add_fills(plan, &block, &all);
    add_code(plan, &block, &all);
    header.total = round_up(block.length, PAGE_BYTES);
    text_add(&block, job_take(plan->job, header.total - block.length), header.total - block.length);
    copy_tables(plan, &header, block.bytes);
    image = (struct system_image *)(void *)block.bytes;
    image->checksum = system_image_sum(image);
    return (struct bytes){(unsigned char *)block.bytes, block.length};
}

void image_check(struct plan *plan, struct bytes block)
{
    const char *wrong = system_image_check(block.bytes, block.length);

    if (wrong) {
        refuse(plan->job, RULE_IMAGE_TASK, NULL, NULL,
               "the builder made a description that is wrong: %s", wrong);
    }
}

static uint64_t task_start(const struct elf *initialiser)
{
    return initialiser->segments[0].vaddr & ~(uint64_t)(PAGE_BYTES - 1);
}

static uint64_t block_vaddr(const struct elf *initialiser)
{
    const struct elf_segment *last = &initialiser->segments[initialiser->segment_count - 1];

    return round_up(last->vaddr + last->memory_size, PAGE_BYTES);
}

uint64_t image_task_bytes(const struct elf *initialiser, uint64_t block_bytes)
{
    return block_vaddr(initialiser) - task_start(initialiser) + block_bytes;
}

static void tell_place(struct job *job, struct program *program, const char *owner,
                       struct system_image_place place)
{
    const struct elf_symbol *symbol =
        program_symbol(job, program, owner, place_symbol, &program->elf->place);

    if (symbol->size != sizeof(place)) {
        refuse(job, RULE_IMAGE_TASK, &program->elf->place, NULL,
               "symbol '%s' has %llu bytes instead of %zu", place_symbol,
               (unsigned long long)symbol->size, sizeof(place));
    }
    program_patch(job, program, owner, place_symbol, symbol, &place, sizeof(place),
                  &program->elf->place);
}

void image_tell_monitor(struct plan *plan, uint64_t block_bytes)
{
    tell_place(plan->job, plan->monitor.program, "monitor",
               (struct system_image_place){plan->monitor_image_vaddr, block_bytes});
}

static Elf64_Ehdr elf_header(const struct elf *initialiser)
{
    return (Elf64_Ehdr){
        .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
        .e_type = ET_EXEC,
        .e_machine = initialiser->machine,
        .e_version = EV_CURRENT,
        .e_entry = initialiser->entry,
        .e_phoff = sizeof(Elf64_Ehdr),
        .e_ehsize = sizeof(Elf64_Ehdr),
        .e_phentsize = sizeof(Elf64_Phdr),
        .e_phnum = (Elf64_Half)(initialiser->segment_count + 1),
        .e_shentsize = sizeof(Elf64_Shdr),
    };
}

/* Appends a segment's bytes where offset and address agree within a page. */
static void add_segment(struct text *file, struct text *headers, Elf64_Phdr segment,
                        const unsigned char *bytes)
{
    uint64_t offset = round_up(file->length, PAGE_BYTES) + segment.p_vaddr % PAGE_BYTES;

    text_add(file, job_take(file->job, offset - file->length), offset - file->length);
    segment.p_type = PT_LOAD;
    segment.p_offset = offset;
    segment.p_paddr = segment.p_vaddr;
    segment.p_align = PAGE_BYTES;
    text_add(file, bytes, segment.p_filesz);
    text_add(headers, &segment, sizeof(segment));
}

struct bytes image_task(struct job *job, struct program *initialiser, struct bytes block)
{
    const struct elf *elf = initialiser->elf;
    const Elf64_Ehdr header = elf_header(elf);
    struct text file = {.job = job}, headers = {.job = job};
    uint64_t at = block_vaddr(elf);

    tell_place(job, initialiser, "initialiser", (struct system_image_place){at, block.length});
    text_add(&file, &header, sizeof(header));
    text_add(&file, job_take(job, header.e_phnum * sizeof(Elf64_Phdr)),
             header.e_phnum * sizeof(Elf64_Phdr));
    for (unsigned i = 0; i < elf->segment_count; i++) {
        const struct program_segment *own = &initialiser->segments[i];

        add_segment(&file, &headers,
                    (Elf64_Phdr){.p_flags = own->segment->flags,
                                 .p_vaddr = own->segment->vaddr,
                                 .p_filesz = own->filled,
                                 .p_memsz = own->segment->memory_size},
                    own->bytes);
    }
    add_segment(
        &file, &headers,
        (Elf64_Phdr){
            .p_flags = PF_R, .p_vaddr = at, .p_filesz = block.length, .p_memsz = block.length},
        block.bytes);
    memcpy(file.bytes + sizeof(header), headers.bytes, headers.length);
    return (struct bytes){(unsigned char *)file.bytes, file.length};
}
