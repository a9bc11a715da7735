// SPDX-License-Identifier: BSD-2-Clause
#include "world.h"

#include <tiny/string.h>

#include "report.h"

enum { RECORDS_BYTES = 256 << 10, PRIORITY = 100, BUDGET_US = 5000, CNODE_BITS = 4 };

extern const char _binary_carried_tar_start[], _binary_carried_tar_end[];

/* The runner puts the name of a single test here. */
char test_only[64] = "*";

struct home home;
struct ustar_file child_file;
static struct object endpoint, reply;
static char records[RECORDS_BYTES];
static bool has_failed;

static size_t archive_bytes(void)
{
    return (size_t)(_binary_carried_tar_end - _binary_carried_tar_start);
}

static void must(bool condition, const char *what)
{
    if (!condition) {
        report_line("run process.world");
        report_line("fail process.world test/process/world.c:0: expected %s", what);
        report_end();
    }
}

void world_init(const seL4_BootInfo *info)
{
    const struct home_memory memory = {.records = records,
                                       .records_bytes = sizeof(records),
                                       .start = 0x10000000000,
                                       .end = 0x20000000000};

    must(home_of_root_task(&home, info, &memory) == PROCESS_OK, "a home");
    must(pool_new(&home.pool, seL4_EndpointObject, 0, &endpoint) == PROCESS_OK, "an endpoint");
    must(pool_new(&home.pool, seL4_ReplyObject, 0, &reply) == PROCESS_OK, "a reply object");
    must(ustar_find(_binary_carried_tar_start, archive_bytes(), "child.elf", &child_file) ==
             USTAR_OK,
         "child.elf in the archive");
}

seL4_MessageInfo_t world_receive(seL4_Word *badge)
{
    return seL4_Recv(endpoint.cap, badge, reply.cap);
}

void world_answer(seL4_Word word)
{
    seL4_SetMR(0, word);
    seL4_Send(reply.cap, seL4_MessageInfo_new(0, 0, 0, 1));
}

seL4_Word world_wait_for_exit(void)
{
    enum { EXIT_CALL = 0x45584954 }; /* as in <child/child.h> */
    seL4_Word badge;
    const seL4_MessageInfo_t info = world_receive(&badge);

    if (badge != FAULT_BADGE || seL4_MessageInfo_get_label(info) != seL4_Fault_UnknownSyscall ||
        seL4_GetMR(seL4_UnknownSyscall_Syscall) != EXIT_CALL) {
        return ~0ull;
    }
    return seL4_GetMR(seL4_UnknownSyscall_RAX);
}

enum process_status child_start(struct process *process, const char *argument)
{
    static const char *const environment[] = {"HOME=/", NULL};
    const char *const arguments[] = {"child", argument, NULL};
    const struct start_data data = {
        .arguments = arguments, .environment = environment, .random = "0123456789abcdef"};
    const struct thread_options options = {.priority = PRIORITY,
                                           .budget_us = BUDGET_US,
                                           .period_us = BUDGET_US,
                                           .fault_endpoint = endpoint.cap,
                                           .fault_badge = FAULT_BADGE};
    enum process_status status =
        process_load(process, child_file.bytes, child_file.size_bytes, NULL);

    return status == PROCESS_OK ? process_start(process, &options, &data) : status;
}

enum process_status child_new(struct process *process, const char *argument)
{
    enum process_status status = process_new(process, &home, CNODE_BITS);

    if (status == PROCESS_OK) {
        status = process_give(process, SLOT_ENDPOINT, endpoint.cap, PROCESS_CAN_CALL, BADGE);
        if (status == PROCESS_OK) {
            status = child_start(process, argument);
        }
        if (status != PROCESS_OK) {
            process_free(process);
        }
    }
    return status;
}

/* ---- verdicts ---- */

static const char *now;

void world_failed(const char *file, int line, const char *condition)
{
    report_line("fail %s %s:%d: expected %s", now, file, line, condition);
    has_failed = true;
}

static bool are_equal(struct pool_figures a, struct pool_figures b)
{
    return a.free_bytes == b.free_bytes && a.free_slots == b.free_slots &&
           a.free_records == b.free_records && a.tables == b.tables &&
           a.set_aside_bytes == b.set_aside_bytes;
}

static void run(const struct test *test)
{
    const struct pool_figures before = pool_figures(&home.pool);

    now = test->name;
    has_failed = false;
    report_line("run %s", now);
    test->run();
    pool_check(&home.pool);
    if (!has_failed && !are_equal(before, pool_figures(&home.pool))) {
        world_failed(__FILE__, __LINE__, "as much free as before");
    }
    if (!has_failed) {
        report_line("pass %s", now);
    }
}

void world_run(const struct test *tests)
{
    for (; tests->name != NULL; tests++) {
        if (test_only[0] == '*' || tiny_strcmp(test_only, tests->name) == 0) {
            run(tests);
        }
    }
}
