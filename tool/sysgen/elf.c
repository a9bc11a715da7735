// SPDX-License-Identifier: BSD-2-Clause
#include "elf.h"
#include <elf.h>
#include <string.h>

/* No address space is larger. */
static const uint64_t size_limit = UINT64_C(1) << 48;

struct reader {
    struct job *job;
    const struct file *file;
    struct elf *elf;
};

/* `count` records of `size` bytes from `offset`; null if the file does not hold them. */
static const unsigned char *records(const struct reader *reader, uint64_t offset, uint64_t count,
                                    uint64_t size)
{
    uint64_t length = reader->file->length, bytes;

    if (__builtin_mul_overflow(count, size, &bytes) || offset > length || bytes > length - offset) {
        return NULL;
    }
    return reader->file->bytes + offset;
}

static _Noreturn void refuse_form(const struct reader *reader, const char *what)
{
    refuse(reader->job, RULE_ELF_FORM, &reader->elf->place, NULL, "'%s': %s", reader->elf->path,
           what);
}

static Elf64_Ehdr read_header(const struct reader *reader)
{
    const unsigned char *bytes = records(reader, 0, 1, EI_NIDENT);
    Elf64_Ehdr header;

    if (!bytes || memcmp(bytes, ELFMAG, SELFMAG) != 0) {
        refuse_form(reader, "is no ELF file: it does not begin with the ELF magic");
    }
    if (bytes[EI_CLASS] == ELFCLASS32) {
        refuse_form(reader, "is a 32-bit ELF file");
    }
    if (bytes[EI_CLASS] != ELFCLASS64) {
        refuse_form(reader, "has an invalid ELF class");
    }
    if (bytes[EI_DATA] != ELFDATA2LSB) {
        refuse_form(reader, "is not little-endian");
    }
    if (!records(reader, 0, 1, sizeof(header))) {
        refuse_form(reader, "ends within its header");
    }
    memcpy(&header, bytes, sizeof(header));
    return header;
}

static _Noreturn void refuse_segment(const struct reader *reader, const Elf64_Phdr *header,
                                     const char *what)
{
    refuse(reader->job, RULE_ELF_SEGMENTS, &reader->elf->place, NULL,
           "'%s': the segment at 0x%llx %s", reader->elf->path, (unsigned long long)header->p_vaddr,
           what);
}

static void keep_segment(const struct reader *reader, const Elf64_Phdr *header)
{
    struct elf *elf = reader->elf;
    const unsigned char *bytes = records(reader, header->p_offset, 1, header->p_filesz);
    unsigned at = elf->segment_count;

    if (!bytes) {
        refuse_segment(reader, header, "is not within the file");
    }
    if (header->p_filesz > header->p_memsz) {
        refuse_segment(reader, header, "is larger in the file than in memory");
    }
    if (header->p_memsz > size_limit || header->p_vaddr > UINT64_MAX - header->p_memsz ||
        header->p_paddr > UINT64_MAX - header->p_memsz) {
        refuse_segment(reader, header, "is larger than any address space");
    }
    if (at == SEGMENTS_MAX) {
        refuse_segment(reader, header, "is one more than the builder takes, which is 64");
    }
    for (; at > 0 && elf->segments[at - 1].vaddr > header->p_vaddr; at--) {
        elf->segments[at] = elf->segments[at - 1];
    }
    elf->segments[at] = (struct elf_segment){.vaddr = header->p_vaddr,
                                             .paddr = header->p_paddr,
                                             .file_size = header->p_filesz,
                                             .memory_size = header->p_memsz,
                                             .flags = header->p_flags,
                                             .bytes = bytes};
    elf->segment_count++;
}

static void read_segments(const struct reader *reader, const Elf64_Ehdr *header)
{
    const unsigned char *bytes =
        records(reader, header->e_phoff, header->e_phnum, header->e_phentsize);

    if (header->e_phnum == 0 || header->e_phentsize < sizeof(Elf64_Phdr) || !bytes) {
        refuse(reader->job, RULE_ELF_SEGMENTS, &reader->elf->place, NULL,
               "'%s' has no program headers", reader->elf->path);
    }
    for (unsigned i = 0; i < header->e_phnum; i++) {
        Elf64_Phdr segment;

        memcpy(&segment, bytes + (size_t)i * header->e_phentsize, sizeof(segment));
        if (segment.p_type == PT_LOAD && segment.p_memsz) {
            keep_segment(reader, &segment);
        }
    }
    if (reader->elf->segment_count == 0) {
        refuse(reader->job, RULE_ELF_SEGMENTS, &reader->elf->place, NULL,
               "'%s' has no loadable segment", reader->elf->path);
    }
}

/* The text at `offset` of a string table, if it ends within it. */
static const char *string_at(const unsigned char *strings, uint64_t size, uint64_t offset)
{
    return offset < size && memchr(strings + offset, 0, size - offset)
               ? (const char *)strings + offset
               : NULL;
}

static void keep_symbol(const struct reader *reader, const Elf64_Sym *entry, const char *name)
{
    struct elf_symbol *symbol = names_find(&reader->elf->symbols, name);

    if (!symbol) {
        symbol = job_take(reader->job, sizeof(*symbol));
        symbol->address = entry->st_value;
        symbol->size = entry->st_size;
        names_add(reader->job, &reader->elf->symbols, name, symbol);
    }
    symbol->times++;
    if (ELF64_ST_TYPE(entry->st_info) == STT_FUNC && entry->st_shndx != SHN_UNDEF) {
        struct elf_function *function = job_take(reader->job, sizeof(*function));

        *function = (struct elf_function){name, entry->st_value, entry->st_size};
        list_add(reader->job, &reader->elf->functions, function);
    }
}

static void read_symbol_table(const struct reader *reader, const Elf64_Shdr *table,
                              const Elf64_Shdr *strings)
{
    uint64_t count = table->sh_size / sizeof(Elf64_Sym);
    const unsigned char *entries = records(reader, table->sh_offset, count, sizeof(Elf64_Sym));
    const unsigned char *text = records(reader, strings->sh_offset, 1, strings->sh_size);

    if (!entries || !text || table->sh_entsize != sizeof(Elf64_Sym)) {
        refuse(reader->job, RULE_ELF_SYMBOLS, &reader->elf->place, NULL,
               "'%s': the symbol table is not within the file", reader->elf->path);
    }
    for (uint64_t i = 0; i < count; i++) {
        Elf64_Sym entry;
        const char *name;

        memcpy(&entry, entries + i * sizeof(entry), sizeof(entry));
        name = string_at(text, strings->sh_size, entry.st_name);
        if (name && name[0]) {
            keep_symbol(reader, &entry, name);
        }
    }
    reader->elf->has_symbols = true;
}

static Elf64_Shdr section(const unsigned char *sections, const Elf64_Ehdr *header, unsigned index)
{
    Elf64_Shdr section;

    memcpy(&section, sections + (size_t)index * header->e_shentsize, sizeof(section));
    return section;
}

static void read_symbols(const struct reader *reader, const Elf64_Ehdr *header)
{
    const unsigned char *sections =
        records(reader, header->e_shoff, header->e_shnum, header->e_shentsize);

    if (!sections || header->e_shentsize < sizeof(Elf64_Shdr)) {
        return;
    }
    for (unsigned i = 0; i < header->e_shnum && !reader->elf->has_symbols; i++) {
        Elf64_Shdr table = section(sections, header, i);

        if (table.sh_type == SHT_SYMTAB && table.sh_link < header->e_shnum) {
            Elf64_Shdr strings = section(sections, header, table.sh_link);

            read_symbol_table(reader, &table, &strings);
        }
    }
}

/* Debug information, if the file has it in a form that can be used as it is. */
static void keep_debug_section(const struct reader *reader, const Elf64_Shdr *section,
                               const char *name)
{
    struct elf *elf = reader->elf;
    const struct {
        const char *name;
        struct elf_section *section;
    } wanted[] = {{".debug_line", &elf->line_program},
                  {".debug_line_str", &elf->line_strings},
                  {".debug_str", &elf->debug_strings},
                  {".eh_frame", &elf->frames},
                  {".debug_frame", &elf->debug_frames}};
    const unsigned char *bytes = records(reader, section->sh_offset, 1, section->sh_size);

    for (size_t i = 0; bytes && i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        if (strcmp(name, wanted[i].name) == 0) {
            *wanted[i].section = (struct elf_section){bytes, section->sh_size, section->sh_addr};
        }
    }
}

static void read_debug_sections(const struct reader *reader, const Elf64_Ehdr *header)
{
    const unsigned char *sections =
        records(reader, header->e_shoff, header->e_shnum, header->e_shentsize);
    const unsigned char *names;
    Elf64_Shdr strings;

    if (!sections || header->e_shentsize < sizeof(Elf64_Shdr) ||
        header->e_shstrndx >= header->e_shnum) {
        return;
    }
    strings = section(sections, header, header->e_shstrndx);
    names = records(reader, strings.sh_offset, 1, strings.sh_size);
    for (unsigned i = 0; names && i < header->e_shnum; i++) {
        Elf64_Shdr one = section(sections, header, i);
        const char *name = string_at(names, strings.sh_size, one.sh_name);

        if (name && (one.sh_type == SHT_PROGBITS || one.sh_type == SHT_X86_64_UNWIND) &&
            !(one.sh_flags & SHF_COMPRESSED)) {
            keep_debug_section(reader, &one, name);
        }
    }
}

static void check_entry(const struct reader *reader)
{
    const struct elf *elf = reader->elf;

    for (unsigned i = 0; i < elf->segment_count; i++) {
        if (elf->entry - elf->segments[i].vaddr < elf->segments[i].memory_size) {
            return;
        }
    }
    refuse(reader->job, RULE_ELF_ENTRY, &elf->place, NULL,
           "'%s': the entry point 0x%llx is in no loadable segment", elf->path,
           (unsigned long long)elf->entry);
}

struct elf *elf_parse(struct job *job, const struct file *file, const struct place *at,
                      uint16_t machine)
{
    struct elf *elf = job_take(job, sizeof(*elf));
    struct reader reader = {job, file, elf};
    Elf64_Ehdr header;

    elf->path = file->path;
    elf->place = *at;
    header = read_header(&reader);
    elf->entry = header.e_entry;
    elf->machine = header.e_machine;
    if (elf->machine != machine) {
        refuse(job, RULE_ELF_MACHINE, at, NULL, "'%s' is for another processor (ELF machine %u)",
               elf->path, elf->machine);
    }
    read_segments(&reader, &header);
    read_symbols(&reader, &header);
    read_debug_sections(&reader, &header);
    check_entry(&reader);
    return elf;
}

const struct elf_symbol *elf_symbol(const struct elf *elf, const char *name)
{
    return names_find(&elf->symbols, name);
}

struct program *program_new(struct job *job, const struct elf *elf, const struct elf *symbols)
{
    struct program *program = job_take(job, sizeof(*program));

    program->elf = elf;
    program->symbols = symbols;
    for (unsigned i = 0; i < elf->segment_count; i++) {
        const struct elf_segment *segment = &elf->segments[i];
        struct program_segment *own = &program->segments[i];

        own->segment = segment;
        own->filled = segment->file_size;
        own->bytes = job_take(job, segment->file_size);
        memcpy(own->bytes, segment->bytes, segment->file_size);
    }
    return program;
}

const struct elf_symbol *program_symbol(struct job *job, const struct program *program,
                                        const char *owner, const char *name, const struct place *at)
{
    const struct elf *elf = program->symbols;
    const struct elf_symbol *symbol;

    if (!elf->has_symbols) {
        refuse(job, RULE_ELF_SYMBOLS, &elf->place, NULL,
               "'%s' of protection domain '%s' has no symbol table", elf->path, owner);
    }
    symbol = elf_symbol(elf, name);
    if (!symbol) {
        refuse(job, RULE_SYMBOL_UNKNOWN, at, NULL,
               "symbol '%s' of protection domain '%s' is not in '%s'", name, owner, elf->path);
    }
    if (symbol->times > 1) {
        refuse(job, RULE_SYMBOL_MANY, at, NULL,
               "symbol '%s' of protection domain '%s' is %u times in '%s'", name, owner,
               symbol->times, elf->path);
    }
    return symbol;
}

/* Makes room for bytes that the file does not have: those after it are zero. */
static void fill_until(struct job *job, struct program_segment *own, uint64_t end)
{
    unsigned char *bytes;

    if (end <= own->filled) {
        return;
    }
    bytes = job_take(job, end);
    memcpy(bytes, own->bytes, own->filled);
    own->bytes = bytes;
    own->filled = end;
}

void program_patch(struct job *job, struct program *program, const char *owner, const char *name,
                   const struct elf_symbol *symbol, const void *bytes, size_t length,
                   const struct place *at)
{
    for (unsigned i = 0; i < program->elf->segment_count; i++) {
        struct program_segment *own = &program->segments[i];
        uint64_t offset = symbol->address - own->segment->vaddr;

        if (symbol->address >= own->segment->vaddr && offset < own->segment->memory_size &&
            length <= own->segment->memory_size - offset) {
            fill_until(job, own, offset + length);
            memcpy(own->bytes + offset, bytes, length);
            return;
        }
    }
    refuse(job, RULE_SYMBOL_PLACE, at, NULL,
           "symbol '%s' of protection domain '%s' at 0x%llx is in no loadable segment of '%s'",
           name, owner, (unsigned long long)symbol->address, program->elf->path);
}
