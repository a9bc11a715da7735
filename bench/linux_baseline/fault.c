// SPDX-License-Identifier: BSD-2-Clause
/* The supervisor, and what is found in the notes afterwards. */
#include "bench/linux_baseline/fault.h"
#include "bench/linux_baseline/launch.h"
#include "bench/linux_baseline/patience.h"
#include "bench/linux_baseline/priority.h"
#include "bench/measure/report.h"
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/* What becomes of the victim. With priorities everybody is scheduled as in system/ipc_demo:
 * strictly, the supervisor before the server before the logger before the client. */
enum policy { NONE, RESTART, PRIORITY };

static const char *const policy_names[] = {"none", "restart", "priority"};

enum { MOST_ROUNDS = 99, SETTLE_NS = 5000000 };

/* The order in which they are printed. */
enum figure {
    REQUESTS,
    ANSWERED,
    LOST,
    LOST_RECORDS,
    GAP_CLIENT, /* in the order of enum role */
    GAP_SERVER,
    GAP_LOGGER,
    GAP,
    READY,
    BACK,
    FIGURES,
};

static const struct {
    const char *name, *unit;
} figures[FIGURES] = {
    [REQUESTS] = {"requests", "requests"},  [ANSWERED] = {"answered", "requests"},
    [LOST] = {"lost", "requests"},          [LOST_RECORDS] = {"lost.records", "records"},
    [GAP_CLIENT] = {"gap.client", "ticks"}, [GAP_SERVER] = {"gap.server", "ticks"},
    [GAP_LOGGER] = {"gap.logger", "ticks"}, [GAP] = {"gap", "ticks"},
    [READY] = {"ready", "ticks"},           [BACK] = {"back", "ticks"},
};

static const char *const role_names[] = {"client", "server", "logger", "nobody"};

static pid_t start_role(enum role role, enum role victim, enum policy policy)
{
    char word[32];

    snprintf(word, sizeof(word), "-fault-%s", role_names[role]);
    return launch((const char *[]){word, role_names[victim], policy_names[policy], NULL});
}

/* Waits for the death that was asked for; anything else that dies is an error of the benchmark.
 * Returns when the load is over, or when there is nobody left who could ask. */
static void supervise(pid_t pids[ROLES], enum role victim, enum policy policy)
{
    int status;

    for (;;) {
        pid_t dead = waitpid(-1, &status, 0);

        if (dead == pids[CLIENT] && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
            pids[CLIENT] = 0;
            return;
        }
        if (victim == ROLES || dead != pids[victim] || !WIFSIGNALED(status) ||
            WTERMSIG(status) != SIGSEGV) {
            fprintf(stderr, "a component ended, status %#x, which was not to crash\n", status);
            exit(EXIT_FAILURE);
        }
        pids[victim] = policy != NONE ? start_role(victim, victim, policy) : 0;
        if (pids[CLIENT] == 0) {
            return;
        }
    }
}

/* From now until the first event after the crash, if the crash is what made it wait; -1 if it
 * still waits. */
static int64_t gap_of(const struct shared *shared, enum role role)
{
    const struct notes *notes = &shared->notes[role];

    if (shared->crashed_at != 0 && notes->first_after_crash == 0) {
        return -1;
    }
    return (int64_t)notes->longest_gap;
}

static int64_t since_crash(const struct shared *shared, uint64_t ticks)
{
    return ticks == 0 || shared->crashed_at == 0 ? -1 : (int64_t)(ticks - shared->crashed_at);
}

static void read_notes(const struct shared *shared, enum role victim, int64_t found[FIGURES])
{
    const struct notes *notes = shared->notes;

    found[REQUESTS] = (int64_t)notes[CLIENT].sent;
    found[ANSWERED] = (int64_t)notes[CLIENT].events;
    found[LOST] = found[REQUESTS] - found[ANSWERED];
    found[LOST_RECORDS] = (int64_t)(notes[SERVER].sent - notes[LOGGER].events);
    found[GAP] = 0;
    for (enum role role = CLIENT; role < ROLES; role++) {
        int64_t gap = gap_of(shared, role);

        found[GAP_CLIENT + (int)role] = gap;
        if (role != victim && found[GAP] >= 0 && (gap < 0 || gap > found[GAP])) {
            found[GAP] = gap;
        }
    }
    /* A server is back when somebody has an answer from it. */
    found[READY] = found[BACK] = -1;
    if (victim != ROLES) {
        found[READY] = since_crash(shared, notes[victim].ready_after_crash);
        found[BACK] =
            since_crash(shared, notes[victim == SERVER ? CLIENT : victim].first_after_crash);
    }
}

/* The launcher has the priority of a supervisor only while it is one: nobody may be kept from
 * starting. */
static void supervise_load(pid_t pids[ROLES], enum role victim, enum policy policy)
{
    if (policy == PRIORITY && !priority_take(SUPERVISOR_PRIORITY)) {
        give_up("priority");
    }
    pids[CLIENT] = start_role(CLIENT, victim, policy);
    supervise(pids, victim, policy);
    if (policy == PRIORITY) {
        priority_drop();
    }
    let_others_run(SETTLE_NS);
}

static void run_round(enum role victim, enum policy policy, int64_t found[FIGURES])
{
    struct shared *shared = shared_make();
    pid_t pids[ROLES];

    pids[LOGGER] = start_role(LOGGER, victim, policy);
    await_flag(&shared->notes[LOGGER].ready, "the logger");
    pids[SERVER] = start_role(SERVER, victim, policy);
    await_flag(&shared->notes[SERVER].ready, "the server");
    supervise_load(pids, victim, policy);
    for (enum role role = CLIENT; role < ROLES; role++) {
        if (pids[role] != 0) {
            end_process(pids[role]);
        }
    }
    read_notes(shared, victim, found);
}

static int compare(const void *a, const void *b)
{
    int64_t one = *(const int64_t *)a, other = *(const int64_t *)b;

    return (one > other) - (one < other);
}

static void run_policy(enum role victim, enum policy policy, unsigned rounds)
{
    static int64_t found[MOST_ROUNDS][FIGURES];

    for (unsigned round = 0; round < rounds; round++) {
        run_round(victim, policy, found[round]);
    }
    for (enum figure figure = 0; figure < FIGURES; figure++) {
        int64_t values[MOST_ROUNDS];
        char name[64];

        for (unsigned round = 0; round < rounds; round++) {
            values[round] = found[round][figure];
        }
        qsort(values, rounds, sizeof(values[0]), compare);
        snprintf(name, sizeof(name), "fault.%s.%s.%s", role_names[victim], policy_names[policy],
                 figures[figure].name);
        report_value(stdout, name, values[rounds / 2], figures[figure].unit);
    }
}

void run_faults(unsigned rounds)
{
    rounds = rounds < MOST_ROUNDS ? rounds : MOST_ROUNDS;
    run_policy(ROLES, NONE, rounds);
    for (enum role victim = CLIENT; victim < ROLES; victim++) {
        run_policy(victim, NONE, rounds);
        run_policy(victim, RESTART, rounds);
    }
    if (!priority_take(SUPERVISOR_PRIORITY)) {
        report_failure(stdout, "fault.priority", strerror(errno));
        return;
    }
    priority_drop();
    for (enum role victim = CLIENT; victim < ROLES; victim++) {
        run_policy(victim, PRIORITY, rounds);
    }
}
