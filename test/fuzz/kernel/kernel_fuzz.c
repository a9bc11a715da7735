// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz.kernel: random sequences of system calls, interrupts and time against the kernel
 * on the simulated machine. README.md says what is checked and how to use a failure.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <abi/methods.h>

#include "fuzz.h"
#include "rng.h"
#include "shrink.h"

enum { STEPS = 4000, FULL_EVERY = 256 };

/* What --short does: more where a step costs less, and each build other sequences. */
enum { SHORT_PLAIN_STEPS = 1500000, SHORT_SANITIZED_STEPS = 500000, SHORT_SEEDS = 1000000 };

struct options {
    uint64_t seed, steps_total;
    unsigned steps, jobs, full_every, both;
    const char *replay, *out;
    bool shrinks, is_quiet, is_trace, is_short;
};

static struct options options = {.seed = 1,
                                 .steps = STEPS,
                                 .jobs = 1,
                                 .full_every = FULL_EVERY,
                                 .both = 3,
                                 .steps_total = 20 * STEPS,
                                 .out = "build/fuzz/kernel",
                                 .shrinks = true};

static NORETURN void usage(void)
{
    fprintf(stderr,
            "usage: kernel_fuzz [--short] [--seed N] [--steps-total N] [--steps N] "
            "[--jobs N] [--every N] [--both N]\n"
            "                   [--out FOLDER] [--no-shrink] [--quiet] [--trace] [--replay FILE]\n"
            "  --short        what a change must pass; fails also if too little is reached\n"
            "  --steps-total  how much to do; each sequence has --steps steps (4000)\n"
            "  --every        steps between full checks (256)\n"
            "  --both         one in so many is run twice, fast paths on and off (3; 0: none)\n"
            "  --trace        print the sequence of --seed\n"
            "  --replay       run a recorded sequence and print it, checking everything\n");
    exit(2);
}

/* ---- what a seed stands for ---- */

static struct setting setting_of(uint64_t seed)
{
    struct rng rng = {seed ^ 0x50f4};
    struct setting s = {.seed = seed, .ram_mib = 16, .huge_pages = !rng_one_in(&rng, 4)};

    s.node_count = rng_one_in(&rng, 6) ? 2 : 0;
    snprintf(s.command_line, sizeof(s.command_line),
             "abi=hwdebug:0,iommu:%u,tls:%u,domains:%u,schedules:%u root_cnode_bits=%u sofa_ext=%u "
             "report=none",
             rng_below(&rng, 2), rng_below(&rng, 2), 1 + rng_below(&rng, 3), 2 + rng_below(&rng, 4),
             9, rng_below(&rng, 2));
    if (options.both != 0 && rng_one_in(&rng, options.both)) {
        s.paths = PATHS_BOTH;
    } else if (rng_one_in(&rng, 5)) {
        s.paths = PATHS_SLOW;
    }
    return s;
}

/* ---- files ---- */

static void make_folders(const char *path)
{
    char part[400];

    for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
        mkdir(part, 0777);
    }
    mkdir(path, 0777);
}

static void print_run(FILE *to, const struct run *r)
{
    char line[2000];

    setting_print(&r->setting, line, sizeof(line));
    fprintf(to, "%s\n", line);
    for (unsigned i = 0; i < r->op_count; i++) {
        op_print(&r->ops[i], line, sizeof(line));
        fprintf(to, "%s%s%s\n", line, r->notes[i][0] == '\0' ? "" : "  # ", r->notes[i]);
    }
    for (const char *at = r->failure; *at != '\0';
         at = strchrnul(at, '\n') + (*strchrnul(at, '\n') != '\0')) {
        fprintf(to, "# %.*s\n", (int)strcspn(at, "\n"), at);
    }
}

static void save(const struct run *r, char *path, size_t size_bytes)
{
    FILE *file;

    make_folders(options.out);
    snprintf(path, size_bytes, "%s/%" PRIu64 ".seq", options.out, r->setting.seed);
    file = fopen(path, "w");
    if (file != NULL) {
        print_run(file, r);
        fclose(file);
    }
}

static bool load(struct run *r, const char *path)
{
    char line[2000];
    FILE *file = fopen(path, "r");
    bool is_good =
        file != NULL && fgets(line, sizeof(line), file) != NULL && setting_parse(&r->setting, line);

    while (is_good && fgets(line, sizeof(line), file) != NULL) {
        if (line[0] != '#' && line[0] != '\n' && r->op_limit < OPS_MAX) {
            is_good = op_parse(&r->ops[r->op_limit++], line);
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return is_good;
}

/* ---- running ---- */

static struct totals {
    uint64_t sequences, compared, steps, full_checks;
    unsigned live_objects_max;
    uint64_t tried[4], done[4], reached[REACH_COUNT];
    bool failed;
} * totals;

static void add(const struct run *r)
{
    const struct counts *c = &r->counts;

    totals->sequences++;
    totals->compared += r->setting.paths == PATHS_BOTH;
    totals->steps += r->op_count;
    totals->full_checks += c->full_checks;
    totals->live_objects_max = MAX(totals->live_objects_max, c->live_objects_max);
    for (unsigned i = 0; i < REACH_COUNT; i++) {
        totals->reached[i] += c->reached[i];
    }
    for (unsigned i = 0; i < 4; i++) {
        totals->tried[i] |= c->methods_tried[i];
        totals->done[i] |= c->methods_done[i];
    }
}

static void tell(struct run *r)
{
    char path[400];
    const unsigned found_after = r->op_count;

    if (!options.is_quiet) {
        printf("seed %" PRIu64 " fails at step %u: %s\n", r->setting.seed, found_after, r->failure);
    }
    if (options.shrinks) {
        shrink(r, !options.is_quiet);
    }
    save(r, path, sizeof(path));
    printf("seed %" PRIu64 ": found at step %u, %u steps after shrinking\n", r->setting.seed,
           found_after, r->op_count);
    if (!options.is_quiet) {
        print_run(stdout, r);
    }
    printf("to see it again: kernel_fuzz --replay %s\n", path);
    fflush(stdout);
}

static void work(unsigned job)
{
    struct run *r = child_new_run();

    for (uint64_t seed = options.seed + job; totals->steps < options.steps_total && !totals->failed;
         seed += options.jobs) {
        r->setting = setting_of(seed);
        r->replays = false;
        r->op_limit = MIN(options.steps, (unsigned)OPS_MAX);
        r->full_every = options.full_every;
        child_run(r);
        add(r);
        if (r->failed) {
            totals->failed = true;
            tell(r);
        }
    }
}

static unsigned bits_of(const uint64_t *set)
{
    unsigned count = 0;

    for (unsigned i = 0; i < 4; i++) {
        count += (unsigned)__builtin_popcountll(set[i]);
    }
    return count;
}

static int run_all(void)
{
    struct timespec start, end;

    clock_gettime(CLOCK_MONOTONIC, &start);
    for (unsigned job = 1; job < options.jobs; job++) {
        if (fork() == 0) {
            work(job);
            _exit(0);
        }
    }
    work(0);
    while (wait(NULL) > 0) {
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    const double seconds =
        (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;

    printf("%" PRIu64 " steps in %" PRIu64 " sequences (from seed %" PRIu64 "), %.0f a second; "
           "%" PRIu64 " system calls, %.0f a second; %" PRIu64 " sequences run with both paths; "
           "%u methods tried, %u carried out; %" PRIu64 " full checks, at most %u objects\n",
           totals->steps, totals->sequences, options.seed, (double)totals->steps / seconds,
           totals->reached[REACH_CALLS], (double)totals->reached[REACH_CALLS] / seconds,
           totals->compared, bits_of(totals->tried), bits_of(totals->done), totals->full_checks,
           totals->live_objects_max);
    reach_print(stdout, totals->reached, totals->steps);
    if (options.is_short && !totals->failed) {
        totals->failed = reach_complain(stdout, totals->reached, totals->steps) > 0;
    }
    return totals->failed ? 1 : 0;
}

static int replay(void)
{
    struct run *r = child_new_run();

    if (!load(r, options.replay)) {
        fprintf(stderr, "%s is no recorded sequence\n", options.replay);
        return 2;
    }
    r->replays = r->wants_notes = true;
    r->full_every = 1;
    child_run(r);
    print_run(stdout, r);
    puts(r->failed ? "fails" : "nothing is wrong");
    return r->failed ? 1 : 0;
}

/* The sequence of one seed, with what became of each step. */
static int trace(void)
{
    struct run *r = child_new_run();

    r->setting = setting_of(options.seed);
    r->wants_notes = true;
    r->op_limit = MIN(options.steps, (unsigned)OPS_MAX);
    r->full_every = options.full_every;
    child_run(r);
    print_run(stdout, r);
    return r->failed ? 1 : 0;
}

/* Only there if the sanitizer is. */
extern void __asan_init(void) __attribute__((weak));

static void choose_short(void)
{
    const bool is_sanitized = __asan_init != NULL;
    const bool is_clang = strstr(__VERSION__, "Clang") != NULL;

    options.is_short = true;
    options.steps_total = is_sanitized ? SHORT_SANITIZED_STEPS : SHORT_PLAIN_STEPS;
    options.seed = 1 + SHORT_SEEDS * ((unsigned)is_sanitized + 2 * (unsigned)is_clang);
}

static void parse(int count, char **words)
{
    for (int i = 1; i < count; i++) {
        const char *word = words[i];
        const char *value = i + 1 < count ? words[i + 1] : "";

        if (strcmp(word, "--short") == 0) {
            choose_short();
            continue;
        } else if (strcmp(word, "--no-shrink") == 0) {
            options.shrinks = false;
            continue;
        } else if (strcmp(word, "--trace") == 0) {
            options.is_trace = true;
            continue;
        } else if (strcmp(word, "--quiet") == 0) {
            options.is_quiet = true;
            continue;
        } else if (strcmp(word, "--seed") == 0) {
            options.seed = strtoull(value, NULL, 0);
        } else if (strcmp(word, "--steps-total") == 0) {
            options.steps_total = strtoull(value, NULL, 0);
        } else if (strcmp(word, "--steps") == 0) {
            options.steps = (unsigned)strtoul(value, NULL, 0);
        } else if (strcmp(word, "--jobs") == 0) {
            options.jobs = (unsigned)strtoul(value, NULL, 0);
        } else if (strcmp(word, "--every") == 0) {
            options.full_every = (unsigned)strtoul(value, NULL, 0);
        } else if (strcmp(word, "--both") == 0) {
            options.both = (unsigned)strtoul(value, NULL, 0);
        } else if (strcmp(word, "--out") == 0) {
            options.out = value;
        } else if (strcmp(word, "--replay") == 0) {
            options.replay = value;
        } else {
            usage();
        }
        i++;
    }
    if (options.steps == 0 || options.jobs == 0 || options.full_every == 0) {
        usage();
    }
}

int main(int count, char **words)
{
    parse(count, words);
    if (options.replay != NULL) {
        return replay();
    }
    if (options.is_trace) {
        return trace();
    }
    totals = (void *)child_new_run(); /* larger than needed, but shared */
    return run_all();
}
