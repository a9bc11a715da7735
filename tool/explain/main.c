// SPDX-License-Identifier: BSD-2-Clause
/* explain: the faults in a captured console log, in words. */
#include "report.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Exit statuses; 3 and 4 mean something else to ./sofa. */
enum { EXPLAINED, FAILED, USAGE, NO_FAULT = 5, NOT_THIS_IMAGE };

static const char usage[] =
    "usage: explain LOG --image FILE [--json]\n"
    "  LOG           a captured console; - is standard input\n"
    "  --image FILE  what ran: the image that the system builder made\n"
    "  --json        one JSON line for each fault, instead of words\n"
    "Exit status: 0 explained, 1 failed, 2 wrong usage, 5 no fault in LOG,\n"
    "6 there are faults, but none of a component of the image\n";

struct options {
    const char *log, *image;
    bool json, help, wrong;
};

static void complain(const char *what, const char *about)
{
    fprintf(stderr, "explain: %s%s%s\n", about, *about ? ": " : "", what);
}

static void take_word(struct options *options, const char *word, const char *next, int *used)
{
    *used = 1;
    if (strcmp(word, "--json") == 0) {
        options->json = true;
    } else if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        options->help = true;
    } else if (strcmp(word, "--image") == 0 && next) {
        options->image = next;
        *used = 2;
    } else if (!options->log && (word[0] != '-' || word[1] == 0)) {
        options->log = word;
    } else {
        complain("unexpected, or without its value", word);
        options->wrong = true;
    }
}

static struct options read_options(int count, char **words)
{
    struct options options = {0};
    int used;

    for (int i = 1; i < count; i += used) {
        take_word(&options, words[i], i + 1 < count ? words[i + 1] : NULL, &used);
    }
    if (!options.help && !options.wrong && (!options.log || !options.image)) {
        complain(options.log ? "--image is missing" : "LOG is missing", "");
        options.wrong = true;
    }
    return options;
}

static int say(const struct options *options, const struct findings *findings)
{
    const char *log = strcmp(options->log, "-") ? options->log : "standard input";
    const struct report report = {log, options->image, stdout};
    const struct report notes = {log, options->image, stderr};

    (options->json ? report_json : report_text)(&report, findings);
    fflush(stdout);
    report_notes(&notes, findings);
    if (findings->faults.count == 0) {
        fprintf(stderr, "no fault found in %s\n", log);
        return NO_FAULT;
    }
    return report_explained(findings) ? EXPLAINED : NOT_THIS_IMAGE;
}

static int read_log(const struct options *options, FILE *stream, const struct system_image *system)
{
    static struct log log;
    static struct findings findings;
    int status = FAILED;

    faults_init(&findings.faults, system);
    log_open(&log, stream);
    reader_run(&log, &findings);
    if (log.failed) {
        complain(strerror(errno), options->log);
    } else {
        status = say(options, &findings);
    }
    faults_fini(&findings.faults);
    return status;
}

static int run(const struct options *options)
{
    bool is_input = strcmp(options->log, "-") == 0;
    struct image image;
    const char *why;
    FILE *stream;
    int status;

    if (!image_open(&image, options->image, &why)) {
        complain(why, options->image);
        return FAILED;
    }
    stream = is_input ? stdin : fopen(options->log, "rb");
    if (!stream) {
        complain(strerror(errno), options->log);
        image_close(&image);
        return FAILED;
    }
    status = read_log(options, stream, image.system);
    if (!is_input) {
        fclose(stream);
    }
    image_close(&image);
    return status;
}

int main(int count, char **words)
{
    const struct options options = read_options(count, words);

    if (options.help || options.wrong) {
        fputs(usage, options.help ? stdout : stderr);
        return options.help ? EXPLAINED : USAGE;
    }
    return run(&options);
}
