// SPDX-License-Identifier: BSD-2-Clause
/*
 * What a test sees of the harness.
 *
 * A test is TEST("dotted.name") { ... } in any file below tests/; nothing else
 * lists it. It runs in the driver, the first thread of the task, at priority
 * 255, on an empty pool of objects and slots that is revoked behind it. It ends
 * with the first check that fails, wherever in the call tree that is. Checks
 * also work in threads that a test starts: they stop the thread, and the
 * failure is reported when the driver has waited for it in vain.
 *
 * COVERS("Invocation.N") says that a test provokes error N of an invocation's
 * table in abi/, N = 0 that it sees it succeed. coverage.py counts them.
 */
#pragma once
#include <harness/invoke.h>
#include <harness/objects.h>
#include <harness/thread.h>
#include <harness/timing.h>
#include <sel4/sel4.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct test {
    const char *name;
    void (*run)(void);
    bool slowly; /* with messages that no short cut of a kernel takes */
};

#define TEST(text)         TEST_2(text, __LINE__)
#define TEST_2(text, line) TEST_3(text, line)
#define TEST_3(text, line)                                                                         \
    static void test_##line(void);                                                                 \
    REGISTER(test_entry_##line, text, test_##line, false);                                         \
    static void test_##line(void)

/*
 * Two tests of one body: kernels have short cuts for plain messages, so the
 * second, NAME.slow, sends a null capability along with each.
 */
#define TEST_PATHS(text)         TEST_PATHS_2(text, __LINE__)
#define TEST_PATHS_2(text, line) TEST_PATHS_3(text, line)
#define TEST_PATHS_3(text, line)                                                                   \
    static void test_##line(void);                                                                 \
    REGISTER(test_entry_##line, text, test_##line, false);                                         \
    REGISTER(test_slow_##line, text ".slow", test_##line, true);                                   \
    static void test_##line(void)

#define REGISTER(entry, text, function, is_slow)                                                   \
    static const struct test entry = {text, function, is_slow};                                    \
    static const struct test *const entry##_link __attribute__((section("tests"), used)) = &entry

#define COVERS(text)          COVERS_2(text, __COUNTER__)
#define COVERS_2(text, count) COVERS_3(text, count)
#define COVERS_3(text, count)                                                                      \
    static const char covers_##count[] __attribute__((section("covers"), used)) = text

/*
 * A test of one row of an error table. The body makes the attempt and returns
 * its outcome, which must be the error that follows the row's number.
 */
#define REFUSED(text, invocation, number, ...)                                                     \
    REFUSED_2(text, invocation, #invocation "." #number, __LINE__, __VA_ARGS__)
#define REFUSED_2(text, invocation, row, line, ...)                                                \
    REFUSED_3(text, invocation, row, line, __VA_ARGS__)
#define REFUSED_3(text, invocation, row, line, ...)                                                \
    COVERS(row);                                                                                   \
    static struct reply attempt_##line(void);                                                      \
    TEST(text)                                                                                     \
    {                                                                                              \
        _Static_assert((invocation) > 0, "a label");                                               \
        check_reply(attempt_##line(), (struct reply)__VA_ARGS__, __FILE__, line);                  \
    }                                                                                              \
    static struct reply attempt_##line(void)

/* Checks. */
#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fail(__FILE__, __LINE__, "expected %s", #condition);                                   \
        }                                                                                          \
    } while (0)
#define CHECK_EQUAL(got, expected)                                                                 \
    check_equal((seL4_Word)(got), (seL4_Word)(expected), #got, __FILE__, __LINE__)
#define CHECK_REPLY(got, ...) check_reply(got, (struct reply)__VA_ARGS__, __FILE__, __LINE__)

/* For library functions. */
#define OK(error) check_equal((seL4_Word)(error), seL4_NoError, #error, __FILE__, __LINE__)

void check_equal(seL4_Word got, seL4_Word expected, const char *what, const char *file, int line);
void check_reply(struct reply got, struct reply expected, const char *file, int line);
_Noreturn void fail(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* For what this machine or profile does not have; the runner knows where that is allowed. */
_Noreturn void skip(const char *why);

/* Lets every other thread run until none wants to any more. */
void settle(void);
/* Blocks the driver for a while, in which others run. */
void sleep_us(uint64_t us);

void suite_run(const seL4_BootInfo *info);
