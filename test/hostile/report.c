// SPDX-License-Identifier: BSD-2-Clause
#include "report.h"

#include <stdarg.h>
#include <tiny/printf.h>
#include <tiny/string.h>

#include "settings.h"
#include "supply.h"

enum { COM2 = 0x2f8, TEXT_BYTES = 160 };

static const char *const names[PROMISE_COUNT] = {
    [PROMISE_PROGRESS] = "hostile.progress", [PROMISE_REGISTERS] = "hostile.registers",
    [PROMISE_FPU] = "hostile.fpu",           [PROMISE_MEMORY] = "hostile.memory",
    [PROMISE_OBJECTS] = "hostile.objects",   [PROMISE_UNTYPED] = "hostile.untyped",
    [PROMISE_TIME] = "hostile.time",
};

static char broken[PROMISE_COUNT][TEXT_BYTES];
/* Set once the text is whole: its writer may be interrupted by its reader. */
static volatile bool is_broken[PROMISE_COUNT];
static uint64_t run_seed, run_generation;

static void put_text(const char *text)
{
    for (; *text != '\0'; text++) {
        seL4_X86_IOPort_Out8(supply_ports(COM2), COM2, (seL4_Word)(unsigned char)*text);
    }
}

static void __attribute__((format(printf, 1, 2))) put_line(const char *format, ...)
{
    char text[2 * TEXT_BYTES];
    va_list arguments;

    va_start(arguments, format);
    tiny_vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    put_text(text);
    put_text("\n");
}

void promise_broken(enum promise promise, const char *format, ...)
{
    char *text = broken[promise];
    va_list arguments;
    int used;

    if (is_broken[promise]) {
        return;
    }
    used = tiny_snprintf(text, TEXT_BYTES, "seed %lu generation %lu: ", (unsigned long)run_seed,
                         (unsigned long)run_generation);
    va_start(arguments, format);
    tiny_vsnprintf(text + used, (size_t)(TEXT_BYTES - used), format, arguments);
    va_end(arguments);
    is_broken[promise] = true;
}

bool promise_any_broken(void)
{
    for (unsigned i = 0; i < PROMISE_COUNT; i++) {
        if (is_broken[i]) {
            return true;
        }
    }
    return false;
}

void report_init(const struct settings *settings)
{
    run_seed = settings->seed;
    put_line("suite hostile seed=%lu,calls=%lu,first=%lu,length=%lu", (unsigned long)settings->seed,
             (unsigned long)settings->calls, (unsigned long)settings->first,
             (unsigned long)settings->length);
    /* A kernel that stops is a failure of this one: the others get their lines at the end. */
    put_line("run %s", names[PROMISE_PROGRESS]);
}

void report_generation(uint64_t generation)
{
    run_generation = generation;
}

void report_value(const char *name, const char *unit, uint64_t value)
{
    const unsigned long v = (unsigned long)value;

    put_line("value %s %s 1 %lu %lu %lu", name, unit, v, v, v);
}

static void put_verdict(enum promise promise)
{
    if (promise != PROMISE_PROGRESS) {
        put_line("run %s", names[promise]);
    }
    if (!is_broken[promise]) {
        put_line("pass %s", names[promise]);
    } else {
        put_line("fail %s test/hostile:0: expected a kept promise got %s", names[promise],
                 broken[promise]);
    }
}

void report_end(void)
{
    for (unsigned i = 0; i < PROMISE_COUNT; i++) {
        put_verdict((enum promise)i);
    }
    put_text("done\n");
    for (;;) {
        seL4_X86_IOPort_Out8(supply_ports(0xf4), 0xf4, 0);
    }
}
