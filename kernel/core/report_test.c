// SPDX-License-Identifier: BSD-2-Clause
/*
 * kernel.core.report: what is printed about faults and refusals at each level of report=,
 * how much of it, and who pays, on the simulated machine.
 */
#include "core/report.h"

#include <string.h>

#include "arch/host/unit_test.h"
#include "core/sched.h"
#include "object/endpoint.h"
#include "object/sched_context.h"

enum { TICKS_PER_CHAR = 7, PER_SECOND = 32 };

static struct tcb *thread;
static struct endpoint *endpoint;
static char said[1 << 16];
static size_t said_bytes;

/* Printing takes time, as on a machine. */
static void put_char(char c)
{
    if (said_bytes + 1 < sizeof(said)) {
        said[said_bytes++] = c;
        said[said_bytes] = '\0';
    }
    host_advance(TICKS_PER_CHAR);
}

static unsigned count_of(const char *text)
{
    unsigned count = 0;

    for (const char *at = said; (at = strstr(at, text)) != NULL; at++) {
        count++;
    }
    return count;
}

static bool says(const char *text)
{
    return strstr(said, text) != NULL;
}

/* Some seconds later, so that nothing is suppressed and the slice is new; nothing is said yet. */
static void begin(enum report_level level, bool has_handler)
{
    struct slot *handler = &thread->slots[TCB_SLOT_FAULT_HANDLER];

    host_advance(clock_from_us(2000000));
    CHECK(host_interrupts(10));
    handler->cap = has_handler ? cap_endpoint(endpoint, RIGHT_ALL, 5) : cap_null();
    sys.report = level;
    said_bytes = 0;
    said[0] = '\0';
}

/* The initial thread faults; then it is as it was. */
static void fault_once(struct fault fault)
{
    host_fault(fault);
    sched_enter(host_core);
    tcb_resume(thread);
    sched_exit(host_core);
}

static const char *const nobody =
    "\nfault: thread \"rootserver\" stopped: it has no fault handler\n";
static const char *const somebody =
    "\nfault: thread \"rootserver\" waits: its fault handler is asked\n";

static void test_stopped(void)
{
    begin(REPORT_STOPPED, false);
    fault_once(fault_vm(0x1234, 6, false));
    CHECK(strncmp(said, nobody, strlen(nobody)) == 0);
    CHECK(says("\n  memory fault: using address 0x1234: simulated (status 0x6)\n  rip  0x"));
    CHECK(says("\n  stack 0x"));
    CHECK(strcmp(said + said_bytes - strlen("\nend of fault\n"), "\nend of fault\n") == 0);
}

static void test_handled(void)
{
    begin(REPORT_STOPPED, true);
    fault_once(fault_user_exception(6, 0));
    CHECK(said_bytes == 0);

    begin(REPORT_FAULTS, true);
    fault_once(fault_user_exception(6, 0));
    CHECK(strncmp(said, somebody, strlen(somebody)) == 0);
    CHECK(says("\n  exception 6 (simulated), error code 0x0\n"));
}

/* An endpoint that the thread could not be answered through is no handler. */
static void test_handler_without_rights(void)
{
    begin(REPORT_FAULTS, true);
    thread->slots[TCB_SLOT_FAULT_HANDLER].cap.rights = RIGHT_WRITE;
    fault_once(fault_user_exception(6, 0));
    CHECK(strncmp(said, nobody, strlen(nobody)) == 0);
}

static void test_capability(void)
{
    begin(REPORT_FAULTS, false);
    fault_once(fault_capability(SLOT_INIT_TCB, true,
                                (struct lookup_failure){.type = LOOKUP_MISSING_CAPABILITY}));
    CHECK(says("\n  capability fault: receiving on capability address 0x1 (TCB): the slot holds "
               "nothing suitable\n"));
    said_bytes = 0;
    fault_once(fault_capability(
        1ul << 40, false,
        (struct lookup_failure){
            .type = LOOKUP_GUARD_MISMATCH, .bits_left = 64, .bits_found = 54, .guard_found = 0}));
    CHECK(says("sending to capability address 0x10000000000 (leads nowhere): with 64 bits left the "
               "guard is 0x0 (54 bits), the address differs\n"));
}

/* Who wants every system call as a fault is not reported for each. */
static void test_trap_all(void)
{
    begin(REPORT_FAULTS, true);
    fault_once(fault_unknown_syscall(39));
    CHECK(says("\n  unknown system call 39\n"));

    begin(REPORT_FAULTS, true);
    thread->trap_all = true;
    fault_once(fault_unknown_syscall(39));
    thread->trap_all = false;
    CHECK(said_bytes == 0);
}

static void test_limit(void)
{
    begin(REPORT_FAULTS, true);
    for (unsigned i = 0; i < PER_SECOND + 3; i++) {
        fault_once(fault_user_exception(6, 0));
    }
    CHECK(count_of(somebody) == PER_SECOND);
    /* Those that nobody handles have a limit of their own. */
    thread->slots[TCB_SLOT_FAULT_HANDLER].cap = cap_null();
    fault_once(fault_user_exception(6, 0));
    CHECK(count_of(nobody) == 1);

    begin(REPORT_FAULTS, true);
    fault_once(fault_user_exception(6, 0));
    CHECK(strncmp(said, "(3 more reports were suppressed)\n", 33) == 0);
}

static void test_refused(void)
{
    begin(REPORT_FAULTS, false);
    CHECK(unit_cnode(METHOD_CNODE_DELETE, 1ul << 40, 0, 0) == ERR_FAILED_LOOKUP);
    CHECK(said_bytes == 0);

    begin(REPORT_REFUSED, false);
    CHECK(unit_cnode(METHOD_CNODE_DELETE, 1ul << 40, 0, 0) == ERR_FAILED_LOOKUP);
    CHECK(strncmp(said, "refused: thread \"rootserver\" at 0x400000: CNodeDelete (label ", 61) ==
          0);
    CHECK(says(") on capability 0x2 (CNode): failed lookup 0 "));
}

static void test_none(void)
{
    begin(REPORT_NONE, false);
    fault_once(fault_user_exception(6, 0));
    CHECK(unit_cnode(METHOD_CNODE_DELETE, 1ul << 40, 0, 0) == ERR_FAILED_LOOKUP);
    CHECK(said_bytes == 0);
}

/* What the thread has used is what passed outside of the kernel's talking. */
static void test_charged_to_nobody(void)
{
    enum { USED_TICKS = 1000 };
    struct sched_context *sc = thread->sched_context;

    begin(REPORT_REFUSED, false);
    sched_enter(host_core);
    sched_commit_time(host_core);
    sc->consumed = 0;
    host_advance(USED_TICKS);
    CHECK(unit_cnode(METHOD_CNODE_DELETE, 1ul << 40, 0, 0) == ERR_FAILED_LOOKUP);
    CHECK(said_bytes > 0);
    sched_enter(host_core);
    sched_commit_time(host_core);
    CHECK(sc->consumed == USED_TICKS);
}

int main(void)
{
    static const struct unit_test tests[] = {
        {"kernel.report.stopped", "a fault nobody handles gets a block", test_stopped},
        {"kernel.report.handled", "a handled one gets it from report=faults on", test_handled},
        {"kernel.report.handler_without_rights", "who cannot answer is no handler",
         test_handler_without_rights},
        {"kernel.report.capability", "the block says what is at the address", test_capability},
        {"kernel.report.trap_all", "calls that are to trap are not reported", test_trap_all},
        {"kernel.report.limit", "32 blocks a second, the rest is counted", test_limit},
        {"kernel.report.refused", "refusals are printed with report=refused only", test_refused},
        {"kernel.report.none", "report=none prints nothing", test_none},
        {"kernel.report.charged_to_nobody", "printing is charged to nobody",
         test_charged_to_nobody},
    };

    unit_boot();
    thread = host_core->current;
    const word_t slot = unit_first_free();

    if (unit_retype(unit_largest_untyped(), TYPE_ENDPOINT, 0, slot, 1) != ERR_NONE) {
        return EXIT_FAILURE;
    }
    endpoint = cap_object(unit_slot(slot)->cap);
    host_hooks.put_char = put_char;
    return unit_run("kernel.core.report", tests, ARRAY_SIZE(tests));
}
