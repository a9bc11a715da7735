// SPDX-License-Identifier: BSD-2-Clause
/*
 * Throws broken bytes at the builder: system files, programs and compiled descriptions.
 *
 *   builder_fuzz [--short] [--seed N] [--rounds N] [--only N]
 *
 * Each round has its own seed, so that --only N repeats round N alone. Whatever comes in, the
 * builder refuses it with a message or makes a description that passes its checker; a sanitizer
 * looks on. At the end the rules that were broken are counted: a fuzzer that does not get deep
 * into the rules fails, too.
 */
#include "build.h"
#include "code.h"
#include "test/program.h"
#include <dirent.h>
#include <proto/system_code.h>
#include <proto/system_image_check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SHORT_ROUNDS = 12000,
    SEEDS_MAX = 400,
    INPUT_BYTES_MAX = 64 * 1024,
    JOB_BYTES = 96 << 20,
    RULES_WANTED = 80,
    BUILT_WANTED = 100,
};

static uint64_t random_state;

static uint32_t random_below(uint32_t limit)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % limit;
}

/* ---- inputs ---------------------------------------------------------------- */

struct input {
    unsigned char *bytes;
    size_t length;
};

static struct input seeds[SEEDS_MAX];
static unsigned seed_count;

static void add_seed(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct input *seed = &seeds[seed_count];

    if (file && seed_count < SEEDS_MAX) {
        seed->bytes = malloc(INPUT_BYTES_MAX);
        seed->length = fread(seed->bytes, 1, INPUT_BYTES_MAX, file);
        seed_count += seed->length > 0;
    }
    if (file) {
        fclose(file);
    }
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* In the order of their names, so that a round is the same everywhere. */
static void add_seeds(const char *folder)
{
    char *names[SEEDS_MAX], path[512];
    unsigned count = 0;
    struct dirent *entry;
    DIR *stream = opendir(folder);

    while (stream && count < SEEDS_MAX && (entry = readdir(stream))) {
        if (strstr(entry->d_name, ".system")) {
            names[count++] = strdup(entry->d_name);
        }
    }
    if (stream) {
        closedir(stream);
    }
    qsort(names, count, sizeof(names[0]), compare_names);
    for (unsigned i = 0; i < count; i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        add_seed(path);
        free(names[i]);
    }
}

/* ---- breaking things ------------------------------------------------------- */

static void replace(struct input *input, size_t at, size_t removed, const void *bytes,
                    size_t length)
{
    if (at + removed > input->length || input->length - removed + length > INPUT_BYTES_MAX) {
        return;
    }
    memmove(input->bytes + at + length, input->bytes + at + removed, input->length - at - removed);
    memcpy(input->bytes + at, bytes, length);
    input->length += length - removed;
}

/* A part of another seed, at a place that looks like its own. */
static void splice(struct input *input)
{
    const struct input *other = &seeds[random_below(seed_count)];
    size_t from = random_below((uint32_t)other->length);
    size_t length = 1 + random_below(200);
    unsigned char *place;

    if (length > other->length - from) {
        length = other->length - from;
    }
    place = memchr(input->bytes + random_below((uint32_t)input->length), other->bytes[from],
                   input->length / 2);
    if (place && place < input->bytes + input->length) {
        replace(input, (size_t)(place - input->bytes), 0, other->bytes + from, length);
    }
}

/* What stands between two quotes becomes something else. */
static void change_value(struct input *input)
{
    static const char *const values[] = {"0",
                                         "1",
                                         "61",
                                         "62",
                                         "63",
                                         "64",
                                         "254",
                                         "255",
                                         "0x1000",
                                         "0x200000",
                                         "0xfffffffffffff000",
                                         "18446744073709551615",
                                         "-1",
                                         "",
                                         "true",
                                         "false",
                                         "r",
                                         "rw",
                                         "x",
                                         "0x7fffffffb000",
                                         "0x40000000",
                                         "one",
                                         "two",
                                         "mr",
                                         "test",
                                         "100 us",
                                         "7 ticks",
                                         "0:3.0",
                                         "level",
                                         "fault",
                                         "0x800000000000",
                                         "pd.elf",
                                         "0x20000000000000"};
    const char *value = values[random_below(sizeof(values) / sizeof(values[0]))];
    unsigned char *start, *end;
    size_t from = random_below((uint32_t)input->length);

    start = memchr(input->bytes + from, '"', input->length - from);
    end = start ? memchr(start + 1, '"', input->length - (size_t)(start + 1 - input->bytes)) : NULL;
    if (end) {
        replace(input, (size_t)(start + 1 - input->bytes), (size_t)(end - start - 1), value,
                strlen(value));
    }
}

static void change_bytes(struct input *input)
{
    size_t at = random_below((uint32_t)input->length);
    unsigned char byte = (unsigned char)random_below(256);

    replace(input, at, 1, &byte, 1);
}

static void remove_bytes(struct input *input)
{
    size_t at = random_below((uint32_t)input->length);

    replace(input, at, 1 + random_below(30), "", 0);
}

/* A whole line again, somewhere else. */
static void repeat_line(struct input *input)
{
    unsigned char line[512];
    size_t from = random_below((uint32_t)input->length), length = 0;

    while (from > 0 && input->bytes[from - 1] != '\n') {
        from--;
    }
    while (from + length < input->length && length < sizeof(line) - 1 &&
           (length == 0 || line[length - 1] != '\n')) {
        line[length] = input->bytes[from + length];
        length++;
    }
    replace(input, from, 0, line, length);
}

static void break_text(struct input *input)
{
    static void (*const ways[])(struct input * input) = {
        change_value, change_value, change_value, repeat_line, splice, remove_bytes, change_bytes};

    for (unsigned count = random_below(4); count < 4 && input->length; count++) {
        ways[random_below(sizeof(ways) / sizeof(ways[0]))](input);
    }
}

/* Words of a binary file become special numbers, or are off by a little. */
static void break_binary(unsigned char *bytes, size_t length)
{
    static const uint64_t numbers[] = {0,          1,          0xfff,     0x1000,
                                       UINT32_MAX, UINT64_MAX, INT64_MAX, UINT64_C(1) << 47,
                                       0x200000,   0x201000};

    for (unsigned count = random_below(4); count < 4 && length >= 8; count++) {
        size_t at = random_below((uint32_t)length - 7);
        size_t width = 1u << random_below(4);
        uint64_t value = numbers[random_below(sizeof(numbers) / sizeof(numbers[0]))];

        if (random_below(2)) {
            at &= ~(width - 1);
        }
        if (random_below(3) == 0) {
            memcpy(&value, bytes + at, 8);
            value += random_below(17) - 8;
        }
        memcpy(bytes + at, &value, width);
    }
}

/* ---- rounds ---------------------------------------------------------------- */

static unsigned broken_times[RULE_COUNT], built, looked_up, frames_found, failures;

struct round {
    struct job job;
    struct target target;
    struct list search;
    struct input input;
    struct program_file program;
    struct bytes block;
    bool extensions;
};

static void fail(uint64_t number, const char *what)
{
    fprintf(stderr, "round %llu: %s\n", (unsigned long long)number, what);
    failures++;
}

static void choose_target(struct round *round)
{
    static const char *const names[] = {"x86_64_generic", "x86_64_generic", "x86_64_generic_vtx",
                                        "qemu_virt_aarch64", "qemu_virt_riscv64"};
    static const char *const configs[] = {"debug", "debug", "debug", "benchmark", "smp-debug"};

    target_init(&round->target, board_named(names[random_below(5)]), configs[random_below(5)]);
    round->extensions = random_below(2);
}

static struct program *load(struct round *round)
{
    const struct place at = {.file = "program"};
    const struct file file = {.path = "program",
                              .bytes = (const unsigned char *)&round->program,
                              .length = sizeof(round->program)};
    struct elf *elf = elf_parse(&round->job, &file, &at, round->target.arch->elf_machine);

    elf->code = code_table(&round->job, elf);
    return program_new(&round->job, elf, elf);
}

/* The build stage, over programs in memory. */
static void compile(struct round *round, const struct system *system)
{
    const struct system_source source = {.job = &round->job,
                                         .target = &round->target,
                                         .search = &round->search,
                                         .extensions = round->extensions};
    struct machine machine = {.kernel = {0x100000, 0x200000}};
    struct program **programs =
        job_take(&round->job, system->components.count * sizeof(struct program *));

    for (size_t i = 0; i < system->components.count; i++) {
        programs[i] = load(round);
    }
    if (!target_is(&round->target, SYSTEM_X86_64)) {
        machine.kernel.start = round->target.board->ram[0].start;
        machine.kernel.end = machine.kernel.start + 0x100000;
    }
    machine_set_ram(&machine, &round->target, UINT64_C(1) << (26 + random_below(6)));
    round->block =
        build_programs(&source, system, programs, load(round), load(round), &machine).block;
}

static void run_description(void *argument)
{
    struct round *round = argument;
    const struct system_source source = {.job = &round->job,
                                         .target = &round->target,
                                         .search = &round->search,
                                         .extensions = round->extensions};

    round->program.header.e_machine = round->target.arch->elf_machine;
    compile(round, system_parse(&source, "test.system", round->input.bytes, round->input.length));
}

static void take_input(struct input *input, const struct input *seed)
{
    input->bytes = malloc(INPUT_BYTES_MAX);
    memcpy(input->bytes, seed->bytes, seed->length);
    input->length = seed->length;
}

/* Nothing may make the checker read outside of the block, and what it passes must be in order. */
static void break_block(uint64_t number, const struct bytes *block)
{
    uint64_t *copy = malloc(block->length);
    struct system_image *image = (struct system_image *)copy;

    for (unsigned i = 0; i < 8; i++) {
        memcpy(copy, block->bytes, block->length);
        break_binary((unsigned char *)copy + 8, image->described - 8);
        if (image->described <= block->length && image->described % 8 == 0) {
            image->checksum = system_image_sum(image);
        }
        if (!system_image_check(copy, block->length)) {
            const struct system_fill *fills = system_table(image, SYSTEM_TABLE_FILLS);

            for (uint32_t k = 0; k < system_count(image, SYSTEM_TABLE_FILLS); k++) {
                if (fills[k].kind == SYSTEM_FILL_BYTES &&
                    fills[k].source + fills[k].length > block->length) {
                    fail(number, "a filling outside of the block passed the check");
                }
            }
        }
    }
    free(copy);
}

/* Whoever explains a fault looks up any address. */
static void look_up(uint64_t number, const struct round *round)
{
    const struct system_image *image =
        (const struct system_image *)(const void *)round->block.bytes;
    const struct system_component *component = system_table(image, SYSTEM_TABLE_COMPONENTS);
    const struct system_code *code =
        (const struct system_code *)(const void *)(round->block.bytes + component->code);

    if (component->code_bytes == 0) {
        return;
    }
    if (!system_code_check(code, component->code_bytes)) {
        fail(number, "a table of code that its readers refuse");
        return;
    }
    for (unsigned i = 0; i < 20; i++) {
        struct system_code_place source = system_code_find(code, code->base + random_below(0x2000));

        frames_found += system_code_frame(code, code->base + random_below(0x80)) != NULL;
        looked_up += source.function && source.file && strcmp(source.file, "a.c") == 0;
    }
}

static void one_round(uint64_t seed, uint64_t number)
{
    struct round *round = calloc(1, sizeof(*round));

    random_state = seed * 0x9e3779b97f4a7c15u + number * 0xbf58476d1ce4e5b9u;
    random_below(1);
    job_init(&round->job);
    round->job.limit_bytes = JOB_BYTES;
    choose_target(round);
    take_input(&round->input, &seeds[random_below(seed_count)]);
    make_program(&round->program);
    if (random_below(4)) {
        break_text(&round->input);
    }
    if (random_below(4) == 0) {
        break_binary((unsigned char *)&round->program, sizeof(round->program));
    }
    if (job_run(&round->job, run_description, round)) {
        built++;
        look_up(number, round);
        break_block(number, &round->block);
    } else {
        broken_times[round->job.broken]++;
        if (!strstr(round->job.message, rule_name(round->job.broken))) {
            fail(number, "refused without naming the rule");
        }
        if (strstr(round->job.message, "the builder made a description that is wrong")) {
            fail(number, round->job.message);
        }
    }
    job_fini(&round->job);
    free(round->input.bytes);
    free(round);
}

static unsigned count_rules(bool print)
{
    unsigned count = 0;

    for (unsigned rule = 0; rule < RULE_COUNT; rule++) {
        count += broken_times[rule] > 0;
        if (print && broken_times[rule]) {
            printf("%8u  %s\n", broken_times[rule], rule_name((enum rule)rule));
        }
    }
    return count;
}

int main(int count, char **words)
{
    uint64_t seed = 1, rounds = UINT64_MAX, only = UINT64_MAX;

    for (int i = 1; i < count; i++) {
        if (strcmp(words[i], "--short") == 0) {
            rounds = SHORT_ROUNDS;
        } else if (i + 1 < count && strcmp(words[i], "--seed") == 0) {
            seed = strtoull(words[++i], NULL, 10);
        } else if (i + 1 < count && strcmp(words[i], "--rounds") == 0) {
            rounds = strtoull(words[++i], NULL, 10);
        } else if (i + 1 < count && strcmp(words[i], "--only") == 0) {
            only = strtoull(words[++i], NULL, 10);
        }
    }
    add_seeds("tool/sysgen/test/accepted");
    add_seeds("tool/sysgen/test/refused");
    add_seeds("tool/sysgen/test/graph");
    if (!seed_count) {
        fprintf(stderr, "no seeds: start it in the root of the tree\n");
        return EXIT_FAILURE;
    }
    if (only != UINT64_MAX) {
        one_round(seed, only);
        count_rules(true);
        return failures ? EXIT_FAILURE : EXIT_SUCCESS;
    }
    for (uint64_t number = 0; number < rounds && !failures; number++) {
        one_round(seed, number);
    }
    printf("%u systems built, %u rules broken, %u lines and %u frames found\n", built,
           count_rules(true), looked_up, frames_found);
    if (looked_up == 0 || frames_found == 0 || count_rules(false) < RULES_WANTED ||
        built < BUILT_WANTED) {
        fprintf(stderr, "that is not deep enough: at least %d systems and %d rules\n", BUILT_WANTED,
                RULES_WANTED);
        failures++;
    }
    for (unsigned i = 0; i < seed_count; i++) {
        free(seeds[i].bytes);
    }
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
