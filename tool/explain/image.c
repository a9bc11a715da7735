// SPDX-License-Identifier: BSD-2-Clause
#include "image.h"
#include <elf.h>
#include <errno.h>
#include <proto/system_image_check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEGMENTS_MAX = 64 };
static const size_t bytes_max = (size_t)1 << 31;

/* ---- the file ---- */

static const char *check_form(const Elf64_Ehdr *header, size_t length)
{
    if (header->e_ident[EI_CLASS] == ELFCLASS32) {
        return "is a 32-bit ELF file: the kernel, or one of its forms";
    }
    if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB) {
        return "is an ELF file of an unknown form";
    }
    if (header->e_phnum == 0 || header->e_phnum > SEGMENTS_MAX ||
        header->e_phentsize != sizeof(Elf64_Phdr) || header->e_phoff > length ||
        header->e_phnum * sizeof(Elf64_Phdr) > length - header->e_phoff) {
        return "is an ELF file without program headers";
    }
    return NULL;
}

static bool begins_with_magic(const unsigned char *bytes, uint64_t length)
{
    const uint64_t magic = SYSTEM_IMAGE_MAGIC;

    return length >= sizeof(struct system_image) && memcmp(bytes, &magic, sizeof(magic)) == 0;
}

/* The builder writes into the initial task where the block will be; as it does so, no other segment
 * can be taken for it. */
static bool is_told(const unsigned char *bytes, const Elf64_Phdr *headers, unsigned count,
                    const Elf64_Phdr *block, size_t length)
{
    const struct system_image_place place = {block->p_vaddr, block->p_filesz};

    for (unsigned i = 0; i < count; i++) {
        if (headers[i].p_type == PT_LOAD && headers[i].p_offset != block->p_offset &&
            headers[i].p_offset <= length && headers[i].p_filesz <= length - headers[i].p_offset &&
            memmem(bytes + headers[i].p_offset, headers[i].p_filesz, &place, sizeof(place))) {
            return true;
        }
    }
    return false;
}

static const char *find_block(const unsigned char *bytes, size_t length, Elf64_Phdr *block)
{
    Elf64_Ehdr header;
    Elf64_Phdr headers[SEGMENTS_MAX];
    const char *wrong;

    if (length < sizeof(header) || memcmp(bytes, ELFMAG, SELFMAG) != 0) {
        return "is no ELF file";
    }
    memcpy(&header, bytes, sizeof(header));
    wrong = check_form(&header, length);
    if (wrong) {
        return wrong;
    }
    memcpy(headers, bytes + header.e_phoff, header.e_phnum * sizeof(headers[0]));
    for (unsigned i = 0; i < header.e_phnum; i++) {
        *block = headers[i];
        if (block->p_type == PT_LOAD && block->p_offset <= length &&
            block->p_filesz <= length - block->p_offset &&
            begins_with_magic(bytes + block->p_offset, block->p_filesz) &&
            is_told(bytes, headers, header.e_phnum, block, length)) {
            return NULL;
        }
    }
    return "has no description of a system in it: it is no image made by this system's builder";
}

bool image_find(struct image *image, const unsigned char *bytes, size_t length, const char **why)
{
    Elf64_Phdr block;

    *image = (struct image){0};
    *why = find_block(bytes, length, &block);
    if (*why) {
        return false;
    }
    image->block = malloc(block.p_filesz);
    if (!image->block) {
        *why = "is too large for this machine";
        return false;
    }
    memcpy(image->block, bytes + block.p_offset, block.p_filesz);
    *why = system_image_check(image->block, block.p_filesz);
    image->system = *why ? NULL : image->block;
    if (*why) {
        image_close(image);
    }
    return !*why;
}

static unsigned char *read_all(FILE *stream, size_t *length, const char **why)
{
    off_t end = fseeko(stream, 0, SEEK_END) == 0 ? ftello(stream) : -1;
    unsigned char *bytes;

    if (end <= 0 || (uint64_t)end > bytes_max || fseeko(stream, 0, SEEK_SET) != 0) {
        *why = end > 0 ? "is too large to be an image" : "is empty, or no file";
        return NULL;
    }
    bytes = malloc((size_t)end);
    *length = bytes ? fread(bytes, 1, (size_t)end, stream) : 0;
    *why = bytes ? strerror(errno) : "is too large for this machine";
    if (bytes && ferror(stream)) {
        free(bytes);
        return NULL;
    }
    return bytes;
}

bool image_open(struct image *image, const char *path, const char **why)
{
    FILE *stream = fopen(path, "rb");
    unsigned char *bytes;
    size_t length;
    bool good;

    *image = (struct image){0};
    if (!stream) {
        *why = strerror(errno);
        return false;
    }
    bytes = read_all(stream, &length, why);
    fclose(stream);
    good = bytes && image_find(image, bytes, length, why);
    free(bytes);
    return good;
}

void image_close(struct image *image)
{
    free(image->block);
    *image = (struct image){0};
}

/* ---- what is in it ---- */

const char *image_name(const struct system_image *system, uint32_t component)
{
    const struct system_component *components = system_table(system, SYSTEM_TABLE_COMPONENTS);

    return system_text(system, components[component].name);
}

/* The kernel keeps so many characters of a name. */
enum { THREAD_NAME_MAX = 63 };

static bool is_name(const char *whole, const char *name)
{
    return strcmp(whole, name) == 0 ||
           (strlen(name) >= THREAD_NAME_MAX && strncmp(whole, name, strlen(name)) == 0);
}

bool image_component(const struct system_image *system, const char *name, uint32_t *component)
{
    const struct system_thread *threads = system_table(system, SYSTEM_TABLE_THREADS);

    for (uint32_t i = 0; i < system_count(system, SYSTEM_TABLE_COMPONENTS); i++) {
        if (is_name(image_name(system, i), name)) {
            *component = i;
            return true;
        }
    }
    for (uint32_t i = 0; i < system_count(system, SYSTEM_TABLE_THREADS); i++) {
        if (is_name(system_text(system, threads[i].name), name)) {
            *component = threads[i].component;
            return true;
        }
    }
    return false;
}

bool image_has_code(const struct system_image *system, uint32_t component, uint64_t address)
{
    const struct system_component *own = system_table(system, SYSTEM_TABLE_COMPONENTS);
    const struct system_mapping *mappings = system_table(system, SYSTEM_TABLE_MAPPINGS);

    for (uint32_t i = 0; i < system_count(system, SYSTEM_TABLE_MAPPINGS); i++) {
        const struct system_mapping *mapping = &mappings[i];

        if (mapping->vspace == own[component].vspace && mapping->use != SYSTEM_MAP_TABLE &&
            address >= mapping->vaddr &&
            address - mapping->vaddr < mapping->count * mapping->stride) {
            return mapping->rights & SYSTEM_EXECUTE;
        }
    }
    return false;
}
