// SPDX-License-Identifier: BSD-2-Clause
/* A small image with a description of two components, made without the builder: for fuzzing. */
#pragma once
#include <elf.h>
#include <proto/system_code.h>
#include <proto/system_image.h>
#include <stdlib.h>
#include <string.h>

enum { CODE = 0x200000, DATA = 0x201000, REGION = 0x5000000, PAGE = 4096 };
#define STACK_TOP UINT64_C(0x7fffffffd000)

/* Objects by their index; both components share all but threads. */
enum { TCBS, SCHEDS, REPLIES, CNODES, VSPACES, PROGRAM, STACK, BUFFER, RING, OBJECTS };
enum { COMPONENTS = 3, MAPPINGS = 4, FUNCTIONS = 4, LINES = 4 };

/* Texts by their place among the strings. */
static const char strings[128] = "\0one\0two\0monitor\0program.elf\0test.system\0ring";
enum {
    TEXT_ONE = 1,
    TEXT_TWO = 5,
    TEXT_MONITOR = 9,
    TEXT_PROGRAM = 17,
    TEXT_FILE = 29,
    TEXT_RING = 41
};

static const char code_text[96] =
    "_start\0store\0microkit_internal_crash\0__assert_fail\0a.c\0protected";
enum {
    CODE_START = 0,
    CODE_STORE = 7,
    CODE_CRASH = 13,
    CODE_ASSERT = 37,
    CODE_FILE = 51,
    CODE_PROTECTED = 55,
    CODE_ROOM = 65, /* for one more */
};

struct code_table {
    struct system_code head;
    struct system_function functions[FUNCTIONS];
    struct system_line lines[LINES];
    struct system_frame frames[1];
    char text[sizeof(code_text)];
};

struct description {
    struct system_image header;
    char strings[sizeof(strings)];
    struct system_component components[COMPONENTS];
    struct system_object objects[OBJECTS];
    struct system_cap caps[1];
    struct system_mapping mappings[MAPPINGS];
    struct system_fill fills[1];
    struct system_sched scheds[1];
    struct system_thread threads[2];
    struct system_region regions[1];
    /* What the checksum does not cover. */
    unsigned char program[64];
    struct code_table code;
};

struct image_file {
    Elf64_Ehdr header;
    Elf64_Phdr segments[2];
    struct system_image_place place; /* what the first segment is made of */
    struct description description;
};

static inline void describe_objects(struct description *block)
{
    static const struct {
        uint8_t kind, bits;
        uint32_t count, argument;
    } kinds[OBJECTS] = {
        [TCBS] = {SYSTEM_TCB, 11, 1, 0},       [SCHEDS] = {SYSTEM_SCHED_CONTEXT, 8, 1, 0},
        [REPLIES] = {SYSTEM_REPLY, 5, 1, 0},   [CNODES] = {SYSTEM_CNODE, 14, 1, 9},
        [VSPACES] = {SYSTEM_VSPACE, 12, 1, 0}, [PROGRAM] = {SYSTEM_FRAME, 12, 2, 0},
        [STACK] = {SYSTEM_FRAME, 12, 2, 0},    [BUFFER] = {SYSTEM_FRAME, 12, 1, 0},
        [RING] = {SYSTEM_FRAME, 12, 2, 0}};
    uint32_t id = 0;

    for (unsigned i = 0; i < OBJECTS; i++) {
        block->objects[i] = (struct system_object){.kind = kinds[i].kind,
                                                   .size_bits = kinds[i].bits,
                                                   .count = kinds[i].count,
                                                   .paddr = SYSTEM_NO_PADDR,
                                                   .argument = kinds[i].argument,
                                                   .id = id,
                                                   .component = SYSTEM_NONE};
        id += kinds[i].count;
    }
    block->header.object_total = block->header.cap_total = id;
}

static inline struct system_mapping describe_mapping(uint32_t object, uint32_t first,
                                                     uint32_t count, uint64_t vaddr,
                                                     uint16_t rights, uint16_t use)
{
    return (struct system_mapping){.vspace = VSPACES,
                                   .object = object,
                                   .first = first,
                                   .count = count,
                                   .vaddr = vaddr,
                                   .stride = PAGE,
                                   .rights = rights,
                                   .use = use,
                                   .region = use == SYSTEM_MAP_REGION ? 0 : SYSTEM_NONE,
                                   .component = 0,
                                   .line = 7};
}

static inline void describe_memory(struct description *block)
{
    const uint16_t code = SYSTEM_READ | SYSTEM_EXECUTE, data = SYSTEM_READ | SYSTEM_WRITE;
    const uint64_t bytes = offsetof(struct description, program);

    block->mappings[0] = describe_mapping(PROGRAM, 0, 1, CODE, code, SYSTEM_MAP_PROGRAM);
    block->mappings[1] = describe_mapping(PROGRAM, 1, 1, DATA, data, SYSTEM_MAP_PROGRAM);
    block->mappings[2] =
        describe_mapping(STACK, 0, 2, STACK_TOP - 2 * PAGE, data, SYSTEM_MAP_STACK);
    block->mappings[3] = describe_mapping(RING, 0, 2, REGION, SYSTEM_READ, SYSTEM_MAP_REGION);
    block->fills[0] =
        (struct system_fill){PROGRAM, SYSTEM_FILL_BYTES, 0, 0, bytes, sizeof(block->program)};
    block->regions[0] = (struct system_region){TEXT_RING, RING, 2 * PAGE, 0, 3};
}

static inline void describe_components(struct description *block)
{
    static const uint32_t names[] = {TEXT_ONE, TEXT_TWO, TEXT_MONITOR};

    for (unsigned i = 0; i < COMPONENTS; i++) {
        block->components[i] = (struct system_component){.name = names[i],
                                                         .program = TEXT_PROGRAM,
                                                         .line = 5 + i,
                                                         .parent = SYSTEM_NONE,
                                                         .tcb = TCBS,
                                                         .sched = SCHEDS,
                                                         .notification = SYSTEM_NONE,
                                                         .endpoint = SYSTEM_NONE,
                                                         .reply = REPLIES,
                                                         .cnode_root = CNODES,
                                                         .cnode = CNODES,
                                                         .vspace = VSPACES,
                                                         .stack_bottom = STACK_TOP - 2 * PAGE,
                                                         .stack_top = STACK_TOP,
                                                         .code = offsetof(struct description, code),
                                                         .code_bytes = sizeof(block->code)};
    }
    for (unsigned i = 0; i < 2; i++) {
        block->threads[i] = (struct system_thread){.tcb = TCBS,
                                                   .cspace = CNODES,
                                                   .vspace = VSPACES,
                                                   .buffer = BUFFER,
                                                   .sched = SYSTEM_NONE,
                                                   .notification = SYSTEM_NONE,
                                                   .fault_endpoint = SYSTEM_NONE,
                                                   .vcpu = SYSTEM_NONE,
                                                   .guest = SYSTEM_NONE,
                                                   .component = i,
                                                   .name = names[i]};
    }
    block->scheds[0] = (struct system_sched){SCHEDS, 0, 900, 1000, 0};
    block->caps[0] = (struct system_cap){.cnode = CNODES,
                                         .slot = 13,
                                         .object = REPLIES,
                                         .meaning = SYSTEM_CAP_NOTIFY,
                                         .peer = 1,
                                         .line = 9,
                                         .count = 1};
}

/* Functions of 16 bytes each, in which the caller's place is on top of the stack. */
static inline void describe_code(struct code_table *code)
{
    static const uint32_t names[FUNCTIONS] = {CODE_START, CODE_STORE, CODE_CRASH, CODE_ASSERT};

    code->head = (struct system_code){CODE, FUNCTIONS, LINES, 1, sizeof(code_text)};
    for (unsigned i = 0; i < FUNCTIONS; i++) {
        code->functions[i] = (struct system_function){16 * i, 16, names[i]};
        code->lines[i] = (struct system_line){16 * i, CODE_FILE, 10 + i};
    }
    code->frames[0] = (struct system_frame){0, 7, 8, -8, SYSTEM_FRAME_KEPT};
    memcpy(code->text, code_text, sizeof(code_text));
}

static inline void describe_tables(struct description *block)
{
#define TABLE(kind, field)                                                                         \
    [SYSTEM_TABLE_##kind] = { offsetof(struct description, field), sizeof(block->field) }
    static const struct {
        size_t offset, bytes;
    } places[SYSTEM_TABLE_COUNT] = {
        TABLE(STRINGS, strings), TABLE(COMPONENTS, components), TABLE(OBJECTS, objects),
        TABLE(CAPS, caps),       TABLE(MAPPINGS, mappings),     TABLE(FILLS, fills),
        TABLE(SCHEDS, scheds),   TABLE(THREADS, threads),       TABLE(REGIONS, regions)};
#undef TABLE

    for (unsigned i = 0; i < SYSTEM_TABLE_COUNT; i++) {
        const uint32_t bytes = system_record_bytes((enum system_table_kind)i);
        const size_t offset = places[i].bytes ? places[i].offset : sizeof(block->header);

        block->header.tables[i] =
            (struct system_table){offset, (uint32_t)(places[i].bytes / bytes), bytes};
    }
}

static inline void make_image(struct image_file *file)
{
    struct description *block = &file->description;

    memset(file, 0, sizeof(*file));
    block->header = (struct system_image){.magic = SYSTEM_IMAGE_MAGIC,
                                          .version = SYSTEM_IMAGE_VERSION,
                                          .arch = SYSTEM_X86_64,
                                          .described = offsetof(struct description, program),
                                          .total = sizeof(*block),
                                          .file = TEXT_FILE,
                                          .monitor = COMPONENTS - 1};
    memcpy(block->strings, strings, sizeof(strings));
    describe_objects(block);
    describe_memory(block);
    describe_components(block);
    describe_code(&block->code);
    describe_tables(block);
    block->header.checksum = system_image_sum(&block->header);
    memcpy(file->header.e_ident, ELFMAG "\2\1\1", 7);
    file->header.e_phoff = offsetof(struct image_file, segments);
    file->header.e_phentsize = sizeof(Elf64_Phdr);
    file->header.e_phnum = 2;
    file->place = (struct system_image_place){0x800000, sizeof(*block)};
    file->segments[0] = (Elf64_Phdr){.p_type = PT_LOAD,
                                     .p_offset = offsetof(struct image_file, place),
                                     .p_filesz = sizeof(file->place)};
    file->segments[1] = (Elf64_Phdr){.p_type = PT_LOAD,
                                     .p_vaddr = file->place.address,
                                     .p_offset = offsetof(struct image_file, description),
                                     .p_filesz = sizeof(*block)};
}
