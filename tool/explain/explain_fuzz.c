// SPDX-License-Identifier: BSD-2-Clause
/*
 * Throws broken logs and broken images at the tool.
 *
 *   explain_fuzz [--short] [--seed N] [--rounds N] [--only N]
 *
 * Each round has its own seed, so that --only N repeats round N alone. Whatever comes in, what goes
 * out is whole lines of plain characters, and each JSON line is one object; a sanitizer looks on.
 * At the end faults and broken images are counted: a fuzzer that finds none has lost its way.
 */
#include "report.h"
#include "test/description.h"
#include <stdio.h>

enum { SHORT_ROUNDS = 20000, LOG_BYTES_MAX = 1 << 16, FAULTS_WANTED = 1000, REFUSED_WANTED = 500 };

static const char seed_path[] = "tool/explain/test/forms.log";
static char seed_text[LOG_BYTES_MAX];
static size_t seed_length;
static uint64_t random_state, faults_seen, images_refused;
static unsigned failures;

static uint32_t random_below(uint32_t limit)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % limit;
}

static void fail(uint64_t number, const char *what, const char *text)
{
    fprintf(stderr, "round %llu: %s\n%s\n", (unsigned long long)number, what, text);
    failures++;
}

/* ---- breaking things ---- */

struct input {
    unsigned char bytes[LOG_BYTES_MAX];
    size_t length;
};

static void replace(struct input *input, size_t at, size_t removed, const void *bytes,
                    size_t length)
{
    if (at + removed > input->length || input->length - removed + length > LOG_BYTES_MAX) {
        return;
    }
    memmove(input->bytes + at + length, input->bytes + at + removed, input->length - at - removed);
    memcpy(input->bytes + at, bytes, length);
    input->length += length - removed;
}

/* Up to 300 bytes from anywhere in the seed, to anywhere. */
static void splice(struct input *input)
{
    size_t from = random_below((uint32_t)seed_length), length = 1 + random_below(300);

    if (length <= seed_length - from) {
        replace(input, random_below((uint32_t)input->length + 1), random_below(2) ? length : 0,
                seed_text + from, length);
    }
}

static void change_byte(struct input *input)
{
    unsigned char byte = (unsigned char)random_below(256);

    replace(input, random_below((uint32_t)input->length), 1, &byte, 1);
}

static void insert_odd(struct input *input)
{
    static const char *const odd[] = {"\x1b[",
                                      "\x1b]",
                                      "\r\n",
                                      "\n",
                                      "0x",
                                      "'",
                                      "\"",
                                      "0xffffffffffffffff",
                                      "fault: thread \"",
                                      "MON|ERROR: ",
                                      "MON|JSON: {",
                                      "-1",
                                      " "};
    const char *text = odd[random_below(sizeof(odd) / sizeof(odd[0]))];

    replace(input, random_below((uint32_t)input->length), 0, text, strlen(text));
}

static void cut(struct input *input)
{
    replace(input, random_below((uint32_t)input->length), 1 + random_below(200), "", 0);
}

/* Another number where one stands. */
static void change_number(struct input *input)
{
    static const char *const numbers[] = {"0",
                                          "0x200000",
                                          "0x200025",
                                          "0x5000010",
                                          "0x7fffffffc000",
                                          "0x800000000000",
                                          "0x201010",
                                          "4294967296",
                                          "0xfffffffffffffff8",
                                          "0x7fffffffafff"};
    size_t from = random_below((uint32_t)input->length);
    unsigned char *at = memmem(input->bytes + from, input->length - from, "0x", 2);
    const char *number = numbers[random_below(sizeof(numbers) / sizeof(numbers[0]))];

    if (at) {
        replace(input, (size_t)(at - input->bytes), strspn((char *)at, "x0123456789abcdef"), number,
                strlen(number));
    }
}

static void break_log(struct input *input)
{
    static void (*const ways[])(struct input * input) = {
        change_number, change_number, splice, splice, change_byte, insert_odd, cut};

    for (unsigned count = random_below(8); count < 8 && input->length > 1; count++) {
        ways[random_below(sizeof(ways) / sizeof(ways[0]))](input);
        input->bytes[input->length < LOG_BYTES_MAX ? input->length : LOG_BYTES_MAX - 1] = 0;
    }
}

/* Words become special numbers, or are off by a little. */
static void break_image(struct image_file *file)
{
    static const uint64_t numbers[] = {
        0,    1,         0xfff,      UINT32_MAX, UINT64_MAX, INT64_MAX,
        CODE, STACK_TOP, 1ull << 47, PAGE,       1ull << 48, sizeof(struct image_file)};
    unsigned char *bytes = (unsigned char *)file;

    for (unsigned count = random_below(4); count < 4; count++) {
        size_t at = random_below(sizeof(*file) - 8), width = 1u << random_below(4);
        uint64_t value = numbers[random_below(sizeof(numbers) / sizeof(numbers[0]))];

        if (random_below(2)) {
            memcpy(&value, bytes + at, 8);
            value += random_below(17) - 8;
        }
        memcpy(bytes + at, &value, width);
    }
    if (random_below(8) && file->description.header.described <= sizeof(file->description)) {
        file->description.header.checksum = system_image_sum(&file->description.header);
    }
}

/* ---- rounds ---- */

static void check_output(uint64_t number, const char *text, bool json)
{
    const char *line = text;

    for (const char *at = text; *at; at++) {
        if (*at != '\n' && (*at < ' ' || *at > '~')) {
            fail(number, "a character that is not plain", text);
            return;
        }
        if (*at == '\n' && json && (line[0] != '{' || at[-1] != '}')) {
            fail(number, "a line that is no object", line);
        }
        line = *at == '\n' ? at + 1 : line;
    }
    if (*line) {
        fail(number, "a line without an end", line);
    }
}

static void report(uint64_t number, const struct findings *findings)
{
    static void (*const ways[])(const struct report *report, const struct findings *findings) = {
        report_text, report_json, report_notes};

    for (unsigned i = 0; i < 3; i++) {
        char *text = NULL;
        size_t length;
        struct report to = {"log", "image", open_memstream(&text, &length)};

        ways[i](&to, findings);
        fclose(to.to);
        check_output(number, text, i == 1);
        free(text);
    }
}

static void run_log(uint64_t number, const struct input *input, const struct system_image *system)
{
    static struct log log;
    struct findings *findings = calloc(1, sizeof(*findings));

    faults_init(&findings->faults, system);
    log_open_bytes(&log, input->bytes, input->length);
    reader_run(&log, findings);
    report(number, findings);
    faults_seen += findings->faults.count;
    faults_fini(&findings->faults);
    free(findings);
}

static void one_round(uint64_t seed, uint64_t number)
{
    struct image_file *file = malloc(sizeof(*file));
    struct input *input = calloc(1, sizeof(*input));
    struct image image;
    const char *why;

    random_state = seed * 0x9e3779b97f4a7c15u + number * 0xbf58476d1ce4e5b9u;
    random_below(1);
    make_image(file);
    memcpy(input->bytes, seed_text, seed_length);
    input->length = seed_length;
    if (random_below(4) == 0) {
        break_image(file);
    } else {
        break_log(input);
    }
    if (image_find(&image, (unsigned char *)file, sizeof(*file), &why)) {
        run_log(number, input, image.system);
        image_close(&image);
    } else {
        images_refused++;
    }
    free(file);
    free(input);
}

static bool read_seed(void)
{
    FILE *stream = fopen(seed_path, "rb");

    if (!stream) {
        fprintf(stderr, "%s cannot be read\n", seed_path);
        return false;
    }
    seed_length = fread(seed_text, 1, sizeof(seed_text) / 2, stream);
    fclose(stream);
    return seed_length > 0;
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
    if (!read_seed()) {
        return EXIT_FAILURE;
    }
    for (uint64_t i = only == UINT64_MAX ? 0 : only;
         i < rounds && (only == UINT64_MAX || i == only); i++) {
        one_round(seed, i);
    }
    printf("%llu faults, %llu images refused\n", (unsigned long long)faults_seen,
           (unsigned long long)images_refused);
    if (rounds == SHORT_ROUNDS &&
        (faults_seen < FAULTS_WANTED || images_refused < REFUSED_WANTED)) {
        fprintf(stderr, "too few of them\n");
        failures++;
    }
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
