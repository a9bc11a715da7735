// SPDX-License-Identifier: BSD-2-Clause
/* The launcher; started with a word that begins with `-`, one of the components. */
#include "bench/linux_baseline/components.h"
#include "bench/linux_baseline/fault.h"
#include "bench/linux_baseline/launch.h"
#include "bench/linux_baseline/memory.h"
#include "bench/linux_baseline/priority.h"
#include "bench/measure/clock.h"
#include "bench/measure/report.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

enum { ROUNDS = 11, FEW_ITERATIONS = 100, LONG_RUN = 10000000 };

static const char usage[] =
    "Usage: linux_baseline ITERATIONS\n"
    "Measures a client, a server and a logger as processes; README.md describes what is printed.\n";

static int refuse(void)
{
    fputs(usage, stderr);
    return 2;
}

static const struct channel *channel_in(const char *word)
{
    const char *name = strchr(word, '=');
    const struct channel *channel = name != NULL ? channel_find(name + 1) : NULL;

    if (channel == NULL) {
        exit(refuse());
    }
    return channel;
}

static enum role role_of(const char *name)
{
    return strcmp(name, "client") == 0   ? CLIENT
           : strcmp(name, "server") == 0 ? SERVER
           : strcmp(name, "logger") == 0 ? LOGGER
                                         : ROLES;
}

static int play_in_fault(enum role role, enum role victim, bool strictly)
{
    static const int priorities[] = {CLIENT_PRIORITY, SERVER_PRIORITY, LOGGER_PRIORITY};

    if (strictly && !priority_take(priorities[role])) {
        give_up("priority");
    }
    switch (role) {
    case SERVER: fault_server_main();
    case LOGGER: fault_logger_main();
    default: fault_client_main(victim);
    }
    return EXIT_SUCCESS;
}

static int play_role(int count, char **words)
{
    const char *role = words[1];

    /* If the launcher gives up, nobody stays behind. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (strncmp(role, "-server=", 8) == 0) {
        server_main(channel_in(role));
    } else if (strcmp(role, "-logger") == 0) {
        logger_main();
    } else if (strncmp(role, "-fault-", 7) == 0 && count == 4) {
        return play_in_fault(role_of(role + 7), role_of(words[2]),
                             strcmp(words[3], "priority") == 0);
    } else if (strncmp(role, "-client=", 8) == 0 && count == 4) {
        return client_main(channel_in(role), words[2], strtoul(words[3], NULL, 10)) ? EXIT_SUCCESS
                                                                                    : EXIT_FAILURE;
    }
    return refuse();
}

/* Components die on purpose; nobody wants to read their memory. */
static void keep_no_cores(void)
{
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
}

int main(int count, char **words)
{
    unsigned long iterations;

    if (count >= 2 && words[1][0] == '-') {
        return play_role(count, words);
    }
    iterations = count == 2 ? strtoul(words[1], NULL, 10) : 0;
    if (iterations == 0 || iterations > LONG_RUN) {
        return refuse();
    }
    keep_no_cores();
    report_start(stdout);
    report_value(stdout, "clock.rate", (int64_t)clock_ticks_per_second(), "ticks/s");
    run_memory();
    run_scenes(iterations);
    run_faults(iterations < FEW_ITERATIONS ? 1 : ROUNDS);
    report_done(stdout);
    return ferror(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
