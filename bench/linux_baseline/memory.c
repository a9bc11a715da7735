// SPDX-License-Identifier: BSD-2-Clause
#include "bench/linux_baseline/memory.h"
#include "bench/linux_baseline/launch.h"
#include "bench/linux_baseline/patience.h"
#include "bench/measure/report.h"
#include <stdlib.h>
#include <string.h>

enum { SETTLE_NS = 1000000, SETS = 16 };

/* The number in a line `Name:  123 kB` of a file below /proc. */
static long kilobytes(const char *path, const char *name)
{
    FILE *file = fopen(path, "r");
    size_t length = strlen(name);
    char line[128];
    long found = -1;

    if (file == NULL) {
        give_up(path);
    }
    while (found < 0 && fgets(line, sizeof(line), file) != NULL) {
        if (strncmp(line, name, length) == 0 && line[length] == ':') {
            found = strtol(line + length + 1, NULL, 10);
        }
    }
    fclose(file);
    return found;
}

struct kernel_memory {
    long slab, stacks, tables, percpu, vmalloc, free;
};

/* Counters of free pages are kept back for a second; root can have them brought up to date. */
static void refresh_counters(void)
{
    FILE *file = fopen("/proc/sys/vm/stat_refresh", "w");

    if (file != NULL) {
        fputs("1\n", file);
        fclose(file);
    }
}

static struct kernel_memory look_at_kernel(void)
{
    static const char path[] = "/proc/meminfo";

    refresh_counters();

    return (struct kernel_memory){kilobytes(path, "Slab"),        kilobytes(path, "KernelStack"),
                                  kilobytes(path, "PageTables"),  kilobytes(path, "Percpu"),
                                  kilobytes(path, "VmallocUsed"), kilobytes(path, "MemFree")};
}

/* Stacks are in vmalloc space, so they are not added again. */
static long kernel_total(const struct kernel_memory *memory)
{
    return memory->slab + memory->tables + memory->percpu + memory->vmalloc;
}

static void report_kernel(const char *when, const struct kernel_memory *memory)
{
    const struct {
        const char *name;
        long kilobytes;
    } lines[] = {
        {"slab", memory->slab},           {"stacks", memory->stacks},   {"tables", memory->tables},
        {"percpu", memory->percpu},       {"vmalloc", memory->vmalloc}, {"free", memory->free},
        {"kernel", kernel_total(memory)},
    };

    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        char name[64];

        snprintf(name, sizeof(name), "memory.%s.%s", when, lines[i].name);
        report_value(stdout, name, lines[i].kilobytes, "KiB");
    }
}

static void report_process(const char *role, pid_t pid)
{
    static const char *const names[][2] = {{"Pss", "pss"},
                                           {"Rss", "rss"},
                                           {"Private_Clean", "private_clean"},
                                           {"Private_Dirty", "private_dirty"}};
    char path[64], name[64];

    snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(name, sizeof(name), "memory.%s.%s", role, names[i][1]);
        report_value(stdout, name, kilobytes(path, names[i][0]), "KiB");
    }
    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    snprintf(name, sizeof(name), "memory.%s.tables", role);
    report_value(stdout, name, kilobytes(path, "VmPTE"), "KiB");
}

/* Three components at rest. */
struct set {
    pid_t client, server, logger;
};

static struct set start_set(void)
{
    struct shared *shared = shared_make();
    struct set set = {
        .logger = launch((const char *[]){"-logger", NULL}),
        .server = launch((const char *[]){"-server=futex", NULL}),
        .client = launch((const char *[]){"-client=futex", "rest", "100", NULL}),
    };

    await_flag(&shared->resting, "the client's rest");
    let_others_run(SETTLE_NS);
    return set;
}

static void report_per_set(const char *name, long difference)
{
    report_value(stdout, name, difference / SETS, "KiB");
}

/* Processes are looked at while there is one set of them. What the kernel has is counted in
 * batches, so for it there are several sets. */
void run_memory(void)
{
    struct kernel_memory before, after;
    struct set sets[SETS];

    before = look_at_kernel();
    sets[0] = start_set();
    report_process("client", sets[0].client);
    report_process("server", sets[0].server);
    report_process("logger", sets[0].logger);
    for (size_t i = 1; i < SETS; i++) {
        sets[i] = start_set();
    }
    after = look_at_kernel();
    for (size_t i = 0; i < SETS; i++) {
        end_process(sets[i].client);
        end_process(sets[i].server);
        end_process(sets[i].logger);
    }
    report_value(stdout, "memory.sets", SETS, "sets");
    report_kernel("before", &before);
    report_kernel("after", &after);
    report_per_set("memory.set.kernel", kernel_total(&after) - kernel_total(&before));
    report_per_set("memory.set.all", before.free - after.free);
}
