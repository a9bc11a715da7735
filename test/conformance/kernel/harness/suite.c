// SPDX-License-Identifier: BSD-2-Clause
/*
 * Runs the tests one after the other in the first thread.
 *
 * Three threads help: the watcher (priority 255) looks every now and then
 * whether the test is still the one it saw last time, and throws the driver out
 * of a test that hangs; the idler (priority 0) runs when nobody else wants to;
 * the sleeper (254) comes back when its scheduling context lets it.
 */
#include <harness/events.h>
#include <harness/report.h>
#include <harness/suite.h>
#include <stdarg.h>
#include <tiny/printf.h>
#include <tiny/string.h>

enum { PATIENCE_US = 1500000, WATCH_BUDGET_US = 1000, SLEEP_BUDGET_US = 100 };
enum { PRIORITY_IDLER = 0, PRIORITY_SLEEPER = 254 };
enum { TEXT_BYTES = 300, JUMP_WORDS = 5, LANDING_BYTES = 4096 };

/* The runner writes the name of the only test to run here; a * at the end stands for anything. */
char test_only[64] = "*";

extern const struct test *const __start_tests[] __attribute__((visibility("hidden")));
extern const struct test *const __stop_tests[] __attribute__((visibility("hidden")));

enum verdict { PASSED, FAILED, SKIPPED };

static void *test_end[JUMP_WORDS]; /* where a failed check goes */
static enum verdict verdict;
static char verdict_text[TEXT_BYTES];
static volatile unsigned test_serial;
static _Alignas(16) char landing_stack[LANDING_BYTES];

static __thread bool is_driver;

static seL4_CPtr idler_go, idler_done;
static struct thread *sleeper;
static seL4_CPtr sleeper_go, sleeper_done;
static struct thread *watcher;

/* ---- checks ---- */

/* The first failure counts; a thread that is not the driver stops there. */
static _Noreturn void leave(enum verdict found)
{
    if (verdict == PASSED) {
        verdict = found;
    }
    if (is_driver) {
        __builtin_longjmp(test_end, 1);
    }
    for (;;) {
        (void)receive(seL4_SysWait, NOTHING, NOTHING);
    }
}

void fail(const char *file, int line, const char *format, ...)
{
    va_list arguments;

    if (verdict == PASSED) {
        const int length = tiny_snprintf(verdict_text, TEXT_BYTES, "%s:%d: ", file, line);

        va_start(arguments, format);
        tiny_vsnprintf(verdict_text + length, TEXT_BYTES - (size_t)length, format, arguments);
        va_end(arguments);
    }
    leave(FAILED);
}

void skip(const char *why)
{
    tiny_strlcpy(verdict_text, why, TEXT_BYTES);
    leave(SKIPPED);
}

void check_equal(seL4_Word got, seL4_Word expected, const char *what, const char *file, int line)
{
    if (got != expected) {
        fail(file, line, "expected %s = %#lx got %#lx", what, expected, got);
    }
}

static void describe(char *text, size_t size, const struct reply *reply)
{
    int length = tiny_snprintf(text, size, "label %lu length %lu:", reply->label, reply->length);

    for (unsigned i = 0; i < reply->length && i < 6; i++) {
        length += tiny_snprintf(text + length, size - (size_t)length, " %#lx", reply->mr[i]);
    }
}

void check_reply(struct reply got, struct reply expected, const char *file, int line)
{
    bool same = got.label == expected.label && got.length == expected.length && got.badge == 0 &&
                got.extra_caps == 0 && got.unwrapped == 0;

    for (unsigned i = 0; same && i < expected.length && i < MESSAGE_WORDS; i++) {
        same = got.mr[i] == expected.mr[i];
    }
    if (!same) {
        char want[TEXT_BYTES / 3], have[TEXT_BYTES / 3];

        describe(want, sizeof(want), &expected);
        describe(have, sizeof(have), &got);
        fail(file, line, "expected %s got %s", want, have);
    }
}

/* ---- helpers ---- */

static void idle(void *argument)
{
    (void)argument;
    for (;;) {
        seL4_Wait(idler_go, NULL);
        seL4_Signal(idler_done);
    }
}

void settle(void)
{
    seL4_Signal(idler_go);
    seL4_Wait(idler_done, NULL);
}

/* A yield gives the whole budget away, and the next one comes a period later. */
static void sleep(void *argument)
{
    (void)argument;
    for (;;) {
        seL4_Wait(sleeper_go, NULL);
        seL4_Yield();
        seL4_Signal(sleeper_done);
    }
}

void sleep_us(uint64_t us)
{
    OK(seL4_SchedControl_ConfigureFlags(boot->schedcontrol.start, sleeper->sc, SLEEP_BUDGET_US,
                                        us > SLEEP_BUDGET_US ? us : SLEEP_BUDGET_US + 1, 0, 0, 0));
    seL4_Signal(sleeper_go);
    seL4_Wait(sleeper_done, NULL);
}

/* Where the driver lands when the watcher has lost patience. */
static void land(void)
{
    __builtin_longjmp(test_end, 1);
}

static void throw_driver_out(void)
{
    seL4_UserContext registers;
    const seL4_Word count = sizeof(registers) / sizeof(seL4_Word);

    if (seL4_TCB_ReadRegisters(OWN_TCB, 1, 0, count, &registers) != seL4_NoError) {
        return;
    }
    if (verdict == PASSED) {
        verdict = FAILED;
        tiny_snprintf(verdict_text, TEXT_BYTES,
                      "suite:0: expected an end got none; it stopped at %#lx", registers.rip);
    }
    registers.rip = (uintptr_t)land;
    registers.rsp = (uintptr_t)(landing_stack + LANDING_BYTES - 8);
    (void)seL4_TCB_SetPriority(OWN_TCB, watcher->tcb, PRIORITY_DRIVER);
    (void)seL4_TCB_WriteRegisters(OWN_TCB, 1, 0, count, &registers);
}

static void watch(void *argument)
{
    unsigned seen = 0;

    (void)argument;
    for (;;) {
        if (seen == test_serial) {
            throw_driver_out();
        }
        seen = test_serial;
        seL4_Yield();
    }
}

static void helpers_init(void)
{
    idler_go = notification_new();
    idler_done = notification_new();
    sleeper_go = notification_new();
    sleeper_done = notification_new();
    (void)thread_run(PRIORITY_IDLER, idle, NULL);
    sleeper = thread_run(PRIORITY_SLEEPER, sleep, NULL);
    watcher = thread_new((struct thread_options){
        .priority = PRIORITY_DRIVER, .budget_us = WATCH_BUDGET_US, .period_us = PATIENCE_US});
    thread_prepare(watcher, watch, NULL);
    threads_keep();
}

/* ---- tests ---- */

static bool wanted(const char *name)
{
    const size_t length = strnlen(test_only, sizeof(test_only));

    if (length > 0 && test_only[length - 1] == '*') {
        return strncmp(name, test_only, length - 1) == 0;
    }
    return strlen(name) == length && strncmp(name, test_only, length) == 0;
}

/* One entry that lasts for ever. */
static void domains_reset(void)
{
    const seL4_Word for_ever = (1ull << 56) - 1;

    (void)INVOKE(seL4_CapDomain, DomainScheduleConfigure, WORDS(0, 0, for_ever));
    (void)INVOKE(seL4_CapDomain, DomainScheduleSetStart, WORDS(0));
    for (seL4_Word i = 1; i < 4 && i < CONFIG_NUM_DOMAIN_SCHEDULES - 1; i++) {
        (void)INVOKE(seL4_CapDomain, DomainScheduleConfigure, WORDS(i, 0, 0));
    }
}

/* What a test may have left behind in the driver itself. */
static void driver_reset(void)
{
    domains_reset();
    (void)seL4_TCB_SetMCPriority(OWN_TCB, watcher->tcb, seL4_MaxPrio);
    (void)seL4_TCB_SetPriority(OWN_TCB, watcher->tcb, PRIORITY_DRIVER);
    (void)seL4_TCB_UnbindNotification(OWN_TCB);
    (void)seL4_TCB_SetTimeoutEndpoint(OWN_TCB, NOTHING);
    (void)seL4_TCB_SetFlags(OWN_TCB, ~0ull, 0);
    seL4_SetCapReceivePath(0, 0, 0);
    (void)seL4_Poll(idler_done, NULL);
    (void)seL4_Poll(sleeper_done, NULL);
}

static void report_verdict(const char *name)
{
    static const char *const words[] = {[PASSED] = "pass", [FAILED] = "fail", [SKIPPED] = "skip"};

    if (verdict == PASSED) {
        report_line("pass %s", name);
    } else {
        report_line("%s %s %s", words[verdict], name, verdict_text);
    }
}

static void run_one(const struct test *test)
{
    report_line("run %s", test->name);
    verdict = PASSED;
    verdict_text[0] = '\0';
    if (__builtin_setjmp(test_end) == 0) {
        test_serial++;
        invoke_slowly = test->slowly;
        events_init();
        test->run();
    }
    test_serial++;
    invoke_slowly = false;
    driver_reset();
    objects_reset();
    threads_reset();
    report_verdict(test->name);
}

void suite_run(const seL4_BootInfo *info)
{
    is_driver = true;
    timing_init(info);
    report_init(info);
    report_line("suite kernel");
    if (__builtin_setjmp(test_end) != 0) {
        report_line("run kernel.harness");
        report_line("fail kernel.harness %s", verdict_text);
        report_end();
    }
    objects_init(info);
    helpers_init();
    objects_keep();
    OK(seL4_TCB_Resume(watcher->tcb));
    for (const struct test *const *test = __start_tests; test < __stop_tests; test++) {
        if (wanted((*test)->name)) {
            run_one(*test);
        }
    }
    report_end();
}
