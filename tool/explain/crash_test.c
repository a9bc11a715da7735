// SPDX-License-Identifier: BSD-2-Clause
/* explain.crash: when a store to a small address is the library's way to stop, and when it is not;
 * also where compilers put that into other functions, so that only the file tells. */
#include "test/description.h"
#include <explain/explain.h>
#include <stdio.h>

static unsigned failures;

struct crash {
    const char *name;
    uint64_t pc, address;
    bool write;
    const char *file;
    uint64_t caller; /* 0: not known */
    enum explain_cause cause;
};

enum { IN_START = CODE, IN_STORE = CODE + 16, IN_CRASH = CODE + 32, IN_ASSERT = CODE + 48 };

static const struct crash crashes[] = {
    {"by name", IN_CRASH, 2, true, "a.c", 0, EXPLAIN_KERNEL_ERROR},
    {"by file", IN_STORE, 2, true, "base.h", 0, EXPLAIN_KERNEL_ERROR},
    {"by file of the original", IN_STORE, 10, true, "microkit.h", 0, EXPLAIN_KERNEL_ERROR},
    {"no error of the kernel's", IN_CRASH, 11, true, "a.c", 0, EXPLAIN_NULL_POINTER},
    {"no store", IN_CRASH, 2, false, "a.c", 0, EXPLAIN_NULL_POINTER},
    {"elsewhere", IN_STORE, 2, true, "a.c", 0, EXPLAIN_NULL_POINTER},
    {"another file", IN_STORE, 2, true, "database.h", 0, EXPLAIN_NULL_POINTER},
    {"assertion", IN_CRASH, 0, true, "a.c", IN_ASSERT + 4, EXPLAIN_ASSERTION},
    {"assertion of its own", IN_ASSERT, 0, true, "a.c", 0, EXPLAIN_ASSERTION},
    {"no entry", IN_CRASH, 0, true, "a.c", IN_STORE + 4, EXPLAIN_NO_ENTRY},
    {"by itself", IN_CRASH, 0, true, "a.c", IN_START + 4, EXPLAIN_KERNEL_ERROR},
};

static const uint64_t stack_at = STACK_TOP - 64;

static bool read_caller(void *context, uint64_t address, uint64_t *word)
{
    *word = address == stack_at ? *(const uint64_t *)context : 0;
    return *word;
}

static void check(struct image_file *file, const struct crash *crash)
{
    struct code_table *code = &file->description.code;
    struct explain_registers registers = {.general = {[EXPLAIN_RSP] = stack_at}};
    uint64_t caller = crash->caller;
    const struct explain_question question = {
        .image = &file->description.header,
        .label = EXPLAIN_VM,
        .word_count = 4,
        .words = {crash->pc, crash->address, 0, crash->write ? 6 : 4},
        .registers = &registers,
        .read = read_caller,
        .context = &caller};
    struct explain_facts facts;

    code->functions[1].name = CODE_PROTECTED;
    strcpy(code->text + CODE_ROOM, crash->file);
    for (unsigned i = 0; i < LINES; i++) {
        code->lines[i].file = CODE_ROOM;
    }
    explain_find(&question, &facts);
    if (facts.cause != crash->cause) {
        fprintf(stderr, "explain.crash: %s: expected %s, got %s\n", crash->name,
                explain_cause_name(crash->cause), explain_cause_name(facts.cause));
        failures++;
    }
}

int main(void)
{
    struct image_file *file = malloc(sizeof(*file));

    for (unsigned i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++) {
        make_image(file);
        check(file, &crashes[i]);
    }
    free(file);
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
