// SPDX-License-Identifier: BSD-2-Clause
/*
 * lib/process over the kernel as a library: processes are made and freed, and after each life there
 * has to be as much memory, and there have to be as many slots, as before.
 *
 *   process_fuzz --short                what a change must pass
 *   process_fuzz --cycles N [--seed S] [--every K]
 *                                       N whole lives of a process, the kernel's invariants checked
 *                                       after every K-th
 *   process_fuzz --random N [--seed S]  N times random lives with little memory and refusals
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "life.h"
#include "test/fuzz/kernel/check.h"
#include "test/fuzz/kernel/fuzz.h"
#include "user.h"

enum { RAM_BYTES = 16 << 20, SCARCE_BYTES = 300 << 10, RECORDS_BYTES = 1 << 20 };

static const char *doing = "";
static uint64_t doing_number;

/* The kernel's checks end here, too. */
void fail(const char *format, ...)
{
    va_list arguments;

    fprintf(stderr, "%s %lu, after %lu calls: ", doing, doing_number, user.calls);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    _exit(EXIT_FAILURE);
}

static void expect_good(const char *wrong)
{
    EXPECT(wrong == NULL, "%s", wrong);
}

static void begin(uint64_t ram_bytes, uint64_t records_bytes)
{
    void *bootinfo, *ipc_buffer;

    user_boot(ram_bytes, &bootinfo, &ipc_buffer);
    expect_good(life_begin(bootinfo, ipc_buffer, records_bytes));
    check_all();
}

/* Every call of a life that can be refused is, one after the other. (Some lives are whole all the
 * same: where a large piece cannot be had, smaller ones will do.) */
static void test_refusals(void)
{
    bool was_refused = true;
    uint64_t done;

    begin(RAM_BYTES, RECORDS_BYTES);
    doing = "refused call";
    for (doing_number = 1; was_refused; doing_number++) {
        user.refusable = 0;
        user.refuse_at = doing_number;
        expect_good(life_one(&done));
        check_all();
        was_refused = user.refusable >= doing_number;
        EXPECT(done || was_refused, "a life without refusals is not whole");
    }
    printf("each of %lu calls of a life refused\n", doing_number - 2);
}

/* Records run out at every place. */
static void test_records(void)
{
    uint64_t done = 0, records;

    doing = "records";
    for (doing_number = 0; done == 0; doing_number++) {
        const pid_t child = fork();
        int status;

        if (child == 0) {
            begin(RAM_BYTES, (60 + doing_number) * 64);
            expect_good(life_one(&done));
            check_all();
            _exit(done != 0 ? 77 : 0);
        }
        waitpid(child, &status, 0);
        EXPECT(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 77),
               "it ends with status 0x%x", (unsigned)status);
        done = WEXITSTATUS(status) == 77;
    }
    records = 60 + doing_number - 1;
    printf("a life needs %lu records\n", records);
}

static void test_random(uint64_t bytes_left, uint64_t count, unsigned refuse_one_in, uint64_t first)
{
    begin(RAM_BYTES, RECORDS_BYTES);
    expect_good(life_leave(bytes_left));
    doing = "random lives";
    user.refuse_one_in = refuse_one_in;
    for (doing_number = 0; doing_number < count; doing_number++) {
        expect_good(life_random(first + doing_number, 300));
        check_all();
    }
    printf("%lu times random lives, %lu calls, %lu of them refused\n", count, user.calls,
           user.refused);
}

static void test_cycles(uint64_t count, uint64_t every)
{
    const clock_t start = clock();

    begin(RAM_BYTES, RECORDS_BYTES);
    doing = "cycle";
    for (doing_number = 0; doing_number < count; doing_number++) {
        uint64_t done;

        expect_good(life_one(&done));
        EXPECT(done, "a life without refusals is not whole");
        if (doing_number % every == 0) {
            check_all();
        }
    }
    check_all();
    printf("%lu processes made and freed, %lu system calls, %.0f s; %lu bytes and %lu slots free, "
           "as before\n",
           count, user.calls, (double)(clock() - start) / CLOCKS_PER_SEC, life_figures().free_bytes,
           life_figures().free_slots);
}

/* In a process of its own: a machine is booted once. */
#define ALONE(test)                                                                                \
    do {                                                                                           \
        fflush(stdout);                                                                            \
        if (fork() == 0) {                                                                         \
            test;                                                                                  \
            fflush(stdout);                                                                        \
            _exit(EXIT_SUCCESS);                                                                   \
        }                                                                                          \
        wait_for_child();                                                                          \
    } while (0)

static void wait_for_child(void)
{
    int status;

    if (wait(&status) < 0 || status != 0) {
        fprintf(stderr, "it ended with status 0x%x\n", (unsigned)status);
        exit(EXIT_FAILURE);
    }
}

static uint64_t option(int argc, char **argv, const char *name, uint64_t otherwise)
{
    for (int i = 1; i + 1 < argc; i++) {
        if (strcmp(argv[i], name) == 0) {
            return strtoull(argv[i + 1], NULL, 0);
        }
    }
    return otherwise;
}

int main(int argc, char **argv)
{
    const uint64_t cycles = option(argc, argv, "--cycles", 0);
    const uint64_t random = option(argc, argv, "--random", 0);
    const uint64_t seed = option(argc, argv, "--seed", 1);

    user.seed = seed * 2 + 1;
    if (random != 0) {
        ALONE(test_random(SCARCE_BYTES, random, 40, seed << 32));
        ALONE(test_random(RAM_BYTES / 2, random, 0, seed << 32));
        return EXIT_SUCCESS;
    }
    if (cycles != 0) {
        ALONE(test_cycles(cycles, option(argc, argv, "--every", 1000)));
        return EXIT_SUCCESS;
    }
    ALONE(test_refusals());
    ALONE(test_records());
    ALONE(test_random(RAM_BYTES / 2, 100, 0, 0));
    ALONE(test_random(SCARCE_BYTES, 100, 0, 0));
    ALONE(test_random(RAM_BYTES / 2, 100, 60, 0));
    ALONE(test_random(SCARCE_BYTES, 100, 30, 0));
    ALONE(test_cycles(2000, 100));
    return EXIT_SUCCESS;
}
