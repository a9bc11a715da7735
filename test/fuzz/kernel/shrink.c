// SPDX-License-Identifier: BSD-2-Clause
#define _GNU_SOURCE
#include "shrink.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compare.h"

enum { HANG_S = 60 };

struct run *child_new_run(void)
{
    void *memory = mmap(NULL, sizeof(struct run), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (memory == MAP_FAILED) {
        perror("mmap");
        exit(2);
    }
    return memory;
}

/* The line of a sanitizer's report that says what it is. */
static void take_report(struct run *r, FILE *errors)
{
    char line[FAILURE_BYTES];

    rewind(errors);
    while (fgets(line, sizeof(line), errors) != NULL) {
        const bool is_head =
            strstr(line, "ERROR: ") != NULL || strstr(line, "runtime error") != NULL;
        const bool is_place = strstr(line, "#") != NULL && strstr(line, "kernel/") != NULL;

        if ((is_head || is_place) && strlen(r->failure) + strlen(line) < FAILURE_BYTES - 1) {
            strcat(r->failure, line);
        }
    }
}

static void be_child(struct run *r, int errors)
{
    run = r;
    dup2(errors, STDERR_FILENO);
    alarm(HANG_S);
    run_sequence();
    _exit(0);
}

/* One process; what it did is in r. */
static void start(struct run *r)
{
    FILE *errors = tmpfile();
    int status;
    pid_t child;

    r->failed = false;
    r->failure[0] = '\0';
    r->op_count = 0;
    memset(&r->counts, 0, sizeof(r->counts));
    child = fork();
    if (child == 0) {
        be_child(r, fileno(errors));
    }
    waitpid(child, &status, 0);
    if (!r->failed && !(WIFEXITED(status) && WEXITSTATUS(status) == 0)) {
        r->failed = true;
        if (WIFSIGNALED(status)) {
            snprintf(r->failure, FAILURE_BYTES, "%s\n",
                     WTERMSIG(status) == SIGALRM ? "hangs" : strsignal(WTERMSIG(status)));
        }
        take_report(r, errors);
    }
    fclose(errors);
}

void child_run(struct run *r)
{
    r->is_second = r->differs = false;
    r->list_at = OPS_MAX;
    start(r);
    compare_paths(r, start);
}

/* ---- shrinking ---- */

static struct op best[OPS_MAX], candidate[OPS_MAX];

/* Tries a sequence; if it fails, what comes after the failing step is no part of it. */
static unsigned try_ops(struct run *r, const struct op *ops, unsigned count)
{
    memcpy(r->ops, ops, count * sizeof(*ops));
    r->replays = true;
    r->op_limit = count;
    r->full_every = count < 400 ? 1 : count < 2000 ? 8 : 64;
    child_run(r);
    return r->failed ? MAX(r->op_count, 1u) : 0;
}

static unsigned without(const struct op *from, unsigned count, unsigned start, unsigned length)
{
    const unsigned behind = start + length > count ? count : start + length;

    memcpy(candidate, from, start * sizeof(*from));
    memcpy(candidate + start, from + behind, (count - behind) * sizeof(*from));
    return start + count - behind;
}

/* One pass of taking out pieces of a length, from the end. */
static unsigned pass(struct run *r, unsigned count, unsigned length)
{
    for (unsigned start = (count - 1) / length * length;; start -= length) {
        if (start < count) {
            const unsigned left = without(best, count, start, length);
            const unsigned failing = left == 0 ? 0 : try_ops(r, candidate, left);

            if (failing != 0) {
                memcpy(best, candidate, failing * sizeof(*best));
                count = failing;
            }
        }
        if (start < length) {
            return count;
        }
    }
}

/* Takes away what a step does besides: buffer words, interruptions, time. */
static void simplify(struct run *r, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const struct op whole = best[i];

        best[i].preempt = 0;
        best[i].ticks = 0;
        if ((whole.preempt != 0 || whole.ticks != 0) && try_ops(r, best, count) != count) {
            best[i] = whole;
        }
    }
}

void shrink(struct run *r, bool is_talkative)
{
    unsigned count = MAX(r->op_count, 1u);

    memcpy(best, r->ops, count * sizeof(*best));
    for (unsigned length = count / 2 + 1;; length = length / 2) {
        const unsigned before = count;

        count = pass(r, count, length);
        if (is_talkative) {
            fprintf(stderr, "  shrinking: %u steps (pieces of %u)\n", count, length);
        }
        if (length == 1 && count == before) {
            break;
        }
        if (length == 1) {
            length = 2; /* once more: what was needed may not be any more */
        }
    }
    simplify(r, count);
    memset(r->notes, 0, count * sizeof(r->notes[0]));
    r->wants_notes = true;
    try_ops(r, best, count);
    r->wants_notes = false;
}
