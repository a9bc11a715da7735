// SPDX-License-Identifier: BSD-2-Clause
#include "arena.h"
#include "crowd.h"
#include "interrupt.h"
#include "latency.h"
#include "report.h"
#include <tiny/printf.h>
#include <tiny/string.h>

/* Nothing is aimed closer to the firing before. */
#define AIM_MARGIN 4000

/* In instructions. */
#define PROMISED 20000

/* The runner writes to it, in a copy of this task: an operation's name, or part of it. */
extern char test_only[64];
char test_only[64] = "*";

static struct lateness setup, current, all;

/* Successive rounds meet the interrupt at points spread evenly over the operation: the fractional
 * parts of multiples of the golden ratio. */
static uint64_t aim_point(unsigned round, uint64_t duration)
{
    const uint64_t longest = interrupt_period() - AIM_MARGIN;

    duration = duration < longest ? duration : longest;
    return duration * (round * 40503 % 65536) / 65536;
}

static void run_rounds(const struct operation *operation)
{
    uint64_t duration = 0;

    for (unsigned round = 0; round < operation->rounds; round++) {
        operation->prepare(round);
        if (round > 0) {
            interrupt_aim(aim_point(round, duration));
        }
        interrupt_count_into(&current);
        operation_began = timestamp();
        operation->run(round);
        duration = timestamp() - operation_began;
        interrupt_count_into(&setup);
        arena_reset();
    }
}

/* Where to look: the distance from the operation's beginning tells the stretch that is too long. */
static void note_worst(const char *name)
{
    char text[128];

    if (current.most > PROMISED) {
        tiny_snprintf(text, sizeof(text),
                      "%s: the timer fired %lu instructions after it began, %lu passed", name,
                      (unsigned long)current.most_after, (unsigned long)current.most);
        report_note(text);
    }
}

static void measure(const struct operation *operation)
{
    lateness_reset(&current);
    operation_began = timestamp();
    run_rounds(operation);
    check(current.count > 0, operation->name);
    report_lateness("irq.latency.", operation->name, &current, 50);
    note_worst(operation->name);
    lateness_merge(&all, &current);
}

static bool is_wanted(const char *name)
{
    return test_only[0] == '*' || strcmp(test_only, name) == 0;
}

static void measure_all(const struct operations *operations)
{
    for (unsigned i = 0; i < operations->count; i++) {
        if (is_wanted(operations->list[i].name)) {
            measure(&operations->list[i]);
        }
    }
}

int main(const seL4_BootInfo *info)
{
    arena_init(info);
    report_init();
    crowd_init();
    check_ok(seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, PRIORITY_WORKER),
             "lower this thread's priority");
    lateness_reset(&setup);
    lateness_reset(&all);
    interrupt_count_into(&setup);
    interrupt_init();
    arena_open();
    measure_all(&retype_operations);
    measure_all(&deletion_operations);
    measure_all(&queue_operations);
    measure_all(&time_operations);
    measure_all(&message_operations);
    report_lateness("irq.latency.", "setup", &setup, 50);
    lateness_merge(&all, &setup);
    report_lateness("irq.", "worst_latency", &all, 99);
    report_done();
}
