// SPDX-License-Identifier: BSD-2-Clause
/* microkit.loop: which system calls a component makes, in which order, over a recorded kernel. */
#include "recorder.h"

#include <microkit.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CALL_BADGE  (1ull << 63)
#define FAULT_BADGE (1ull << 62)

static unsigned failures;

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s: expected %s\n", __FILE__, __LINE__, __func__, #condition); \
            failures++;                                                                            \
        }                                                                                          \
    } while (0)

extern seL4_Bool microkit_passive;

/* ---- the component ---- */

static void (*in_init)(void);
static void (*in_protected)(void);
static void (*in_notified)(microkit_channel ch);
static seL4_Bool fault_answer, fault_writes;

static void first_constructor(void)
{
    recorder_enter("constructor", 1);
}

static void second_constructor(void)
{
    recorder_enter("constructor", 2);
}

extern void (*const component_constructors[])(void);
void (*const component_constructors[])(void) = {first_constructor, second_constructor};
/* The library compares addresses, as it would with those of the link script. */
__asm__(".globl component_constructors_end\n"
        "component_constructors_end = component_constructors + 16");

void init(void)
{
    recorder_enter("init", 0);
    if (in_init) {
        in_init();
    }
}

void notified(microkit_channel ch)
{
    recorder_enter("notified", ch);
    if (in_notified) {
        in_notified(ch);
    }
}

microkit_msginfo protected(microkit_channel ch, microkit_msginfo msginfo)
{
    recorder_enter("protected", ch);
    recorder_enter("label", microkit_msginfo_get_label(msginfo));
    if (in_protected) {
        in_protected();
    }
    microkit_mr_set(0, microkit_mr_get(0) + 1);
    return microkit_msginfo_new(9, 1);
}

seL4_Bool fault(microkit_child child, microkit_msginfo msginfo, microkit_msginfo *reply_msginfo)
{
    recorder_enter("fault", child);
    recorder_enter("label", microkit_msginfo_get_label(msginfo));
    if (fault_writes) {
        *reply_msginfo = microkit_msginfo_new(5, 0);
    }
    return fault_answer;
}

/* ---- what is expected, from the first call on ---- */

static unsigned at;

static void start(void)
{
    recorder_reset();
    in_init = in_protected = NULL;
    in_notified = NULL;
    fault_answer = fault_writes = seL4_False;
    at = 0;
}

static const struct recorder_call *next(void)
{
    static const struct recorder_call none = {.number = 12345};

    return at < recorder_count ? &recorder_calls[at++] : &none;
}

static seL4_Bool entered(const char *entry, seL4_Word argument)
{
    const struct recorder_call *call = next();

    return call->entry && strcmp(call->entry, entry) == 0 && call->argument == argument;
}

static seL4_Bool started(void)
{
    return entered("constructor", 1) && entered("constructor", 2) && entered("init", 0);
}

static seL4_Word tag(seL4_Word label, seL4_Word count)
{
    return seL4_MessageInfo_new(label, 0, 0, count).words[0];
}

static seL4_Bool received(void)
{
    const struct recorder_call *call = next();

    return call->number == (seL4_Word)seL4_SysRecv && call->cap == 1 && call->reply == 4;
}

static seL4_Bool replied(seL4_Word info, seL4_Word mr0)
{
    const struct recorder_call *call = next();

    return call->number == (seL4_Word)seL4_SysReplyRecv && call->cap == 1 && call->reply == 4 &&
           call->info == info && call->mr[0] == mr0;
}

static seL4_Bool sent_and_received(seL4_Word dest, seL4_Word info)
{
    const struct recorder_call *call = next();

    return call->number == (seL4_Word)seL4_SysNBSendRecv && call->cap == 1 && call->reply == 4 &&
           call->dest == dest && call->info == info;
}

static seL4_Bool made(seL4_Word number, seL4_Word cap, seL4_Word info)
{
    const struct recorder_call *call = next();

    return call->number == number && call->cap == cap && call->info == info;
}

static seL4_Bool over(void)
{
    return at == recorder_count;
}

/* ---- the loop ---- */

static void test_start(void)
{
    start();
    recorder_run(NULL, 0);
    CHECK(started() && received() && over());
}

static void test_irqs_acknowledged(void)
{
    start();
    microkit_irqs = 1ull << 61 | 1 << 3 | 1;
    recorder_run(NULL, 0);
    CHECK(started());
    CHECK(made((seL4_Word)seL4_SysCall, 138, tag(IRQAckIRQ, 0)));
    CHECK(made((seL4_Word)seL4_SysCall, 141, tag(IRQAckIRQ, 0)));
    CHECK(made((seL4_Word)seL4_SysCall, 199, tag(IRQAckIRQ, 0)));
    CHECK(received() && over());
}

static void test_notified_lowest_first(void)
{
    const struct recorder_event events[] = {{.badge = 1ull << 61 | 1 << 5 | 1}, {.badge = 2}};

    start();
    recorder_run(events, 2);
    CHECK(started() && received());
    CHECK(entered("notified", 0) && entered("notified", 5) && entered("notified", 61));
    CHECK(received() && entered("notified", 1) && received() && over());
}

static void test_protected(void)
{
    const struct recorder_event events[] = {
        {CALL_BADGE | 61, seL4_MessageInfo_new(3, 0, 0, 1), {41}}, {.badge = 1}};

    start();
    recorder_run(events, 2);
    CHECK(started() && received() && entered("protected", 61) && entered("label", 3));
    CHECK(replied(tag(9, 1), 42));
    CHECK(entered("notified", 0) && received() && over());
}

static void test_fault(void)
{
    const struct recorder_event events[] = {
        {.badge = FAULT_BADGE | 0x3f, .info = seL4_MessageInfo_new(6, 0, 0, 4)}};

    for (int answer = 0; answer < 2; answer++) {
        start();
        fault_writes = seL4_True;
        fault_answer = (seL4_Bool)answer;
        recorder_run(events, 1);
        CHECK(started() && received() && entered("fault", 0x3f) && entered("label", 6));
        CHECK((answer ? replied(tag(5, 0), 0) : received()) && over());
    }
}

/* The reply tag keeps its last value, at first an empty one. Bit 62 counts before bit 63. */
static void test_fault_without_tag(void)
{
    const struct recorder_event events[] = {
        {.badge = FAULT_BADGE | CALL_BADGE | 2}, {.badge = CALL_BADGE}, {.badge = FAULT_BADGE}};

    start();
    fault_answer = seL4_True;
    recorder_run(events, 3);
    CHECK(started() && received() && entered("fault", 2) && entered("label", 0));
    CHECK(replied(tag(0, 0), 0) && entered("protected", 0) && entered("label", 0));
    CHECK(replied(tag(9, 1), 1) && entered("fault", 0) && entered("label", 0));
    CHECK(replied(tag(9, 1), 0) && over());
}

/* ---- deferred operations ---- */

static void defer_two(microkit_channel ch)
{
    microkit_deferred_notify(ch);
    microkit_deferred_irq_ack(ch + 1);
}

static void test_deferred(void)
{
    const struct recorder_event events[] = {{.badge = 1 << 2}, {.badge = 0}};

    start();
    microkit_notifications = 1 << 2;
    in_notified = defer_two;
    recorder_run(events, 2);
    CHECK(started() && received() && entered("notified", 2));
    /* Channel 3 has no interrupt, so the signal is still the last one. */
    CHECK(sent_and_received(12, tag(0, 0)) && received() && over());
    CHECK(strstr(recorder_text, "one microkit_deferred_irq_ack: ") && strstr(recorder_text, "'3'"));
}

static void test_deferred_twice(void)
{
    const struct recorder_event events[] = {{.badge = 1 << 2}};

    start();
    microkit_notifications = 1 << 2;
    in_notified = defer_two;
    microkit_irqs = 1 << 3;
    recorder_run(events, 1);
    CHECK(started() && made((seL4_Word)seL4_SysCall, 141, tag(IRQAckIRQ, 0)));
    CHECK(received() && entered("notified", 2));
    CHECK(sent_and_received(141, tag(IRQAckIRQ, 0)) && over());
}

static void defer_seven(void)
{
    microkit_deferred_notify(7);
}

static void test_deferred_in_init(void)
{
    start();
    microkit_notifications = 1 << 7;
    in_init = defer_seven;
    recorder_run(NULL, 0);
    CHECK(started() && sent_and_received(17, tag(0, 0)) && over());
}

/* With an answer owed, the operation goes out alone, before it. */
static void test_deferred_and_reply(void)
{
    const struct recorder_event events[] = {{.badge = CALL_BADGE}, {.badge = 0}};

    start();
    microkit_notifications = 1 << 7;
    in_protected = defer_seven;
    recorder_run(events, 2);
    CHECK(started() && received() && entered("protected", 0) && entered("label", 0));
    CHECK(made((seL4_Word)seL4_SysSend, 17, tag(0, 0)));
    CHECK(replied(tag(9, 1), 1) && received() && over());
}

static void test_passive(void)
{
    const struct recorder_event events[] = {{.badge = 1}};

    start();
    microkit_passive = seL4_True;
    microkit_notifications = 1 << 7;
    microkit_irqs = 2;
    in_init = defer_seven;
    recorder_run(events, 1);
    CHECK(started() && made((seL4_Word)seL4_SysCall, 139, tag(IRQAckIRQ, 0)));
    CHECK(sent_and_received(5, tag(0, 0)));
    CHECK(entered("notified", 0) && received() && over());
}

/* ---- functions ---- */

static void test_channel_bounds(void)
{
    static const microkit_channel wrong[] = {0, 60, 62, 63, 64, 10000, ~0u};

    start();
    microkit_notifications = microkit_irqs = microkit_pps = 1ull << 61 | 3ull << 62;
    for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        recorder_text[0] = '\0';
        microkit_notify(wrong[i]);
        microkit_irq_ack(wrong[i]);
        microkit_deferred_notify(wrong[i]);
        microkit_deferred_irq_ack(wrong[i]);
        CHECK(microkit_ppcall(wrong[i], microkit_msginfo_new(1, 1)).words[0] == tag(0, 0));
        CHECK(over() && !microkit_have_signal);
        CHECK(strstr(recorder_text, "one microkit_notify: "));
        CHECK(strstr(recorder_text, "one microkit_ppcall: "));
    }
    CHECK(strstr(recorder_text, "'4294967295'"));
    microkit_notify(61);
    microkit_irq_ack(61);
    (void)microkit_ppcall(61, microkit_msginfo_new(1, 1));
    CHECK(made((seL4_Word)seL4_SysSend, 71, 0));
    CHECK(made((seL4_Word)seL4_SysCall, 199, tag(IRQAckIRQ, 0)));
    CHECK(made((seL4_Word)seL4_SysCall, 135, tag(1, 1)) && over());
    CHECK(microkit_mr_get(0) == 77);
}

static void test_children(void)
{
    start();
    microkit_pd_restart(4, 0x200000);
    microkit_pd_stop(5);
    microkit_pd_resume(63);
    CHECK(recorder_calls[0].mr[0] == 1 && recorder_calls[0].mr[1] == 1);
    CHECK(recorder_calls[0].mr[2] == 0x200000);
    CHECK(next()->cap == 206);
    CHECK(made((seL4_Word)seL4_SysCall, 207, tag(TCBSuspend, 0)));
    CHECK(made((seL4_Word)seL4_SysCall, 265, tag(TCBResume, 0)) && over());
}

static void test_io_ports(void)
{
    start();
    microkit_ioports = 1 << 5;
    microkit_x86_ioport_write_16(5, 0x3f8, 0x1234);
    CHECK(microkit_x86_ioport_read_8(5, 0x3f9) == 77);
    CHECK(microkit_x86_ioport_read_32(6, 0x3f9) == 0);
    microkit_x86_ioport_write_8(62, 0, 0);
    microkit_x86_ioport_write_8(63, 0, 0);
    CHECK(recorder_calls[0].mr[0] == 0x3f8 && recorder_calls[0].mr[1] == 0x1234);
    CHECK(made((seL4_Word)seL4_SysCall, 399, tag(X86IOPortOut16, 2)));
    CHECK(recorder_calls[1].mr[0] == 0x3f9);
    CHECK(made((seL4_Word)seL4_SysCall, 399, tag(X86IOPortIn8, 1)) && over());
}

static void test_numbers(void)
{
    start();
    microkit_dbg_put8(0);
    microkit_dbg_put8(255);
    microkit_dbg_puts(" ");
    microkit_dbg_put32(4294967295u);
    CHECK(strcmp(recorder_text, "0255 4294967295") == 0);
    CHECK(microkit_cspace_root_slot_to_cptr(0) == 0);
    CHECK(microkit_cspace_root_slot_to_cptr(1) == 1ull << 58);
    CHECK(microkit_cspace_root_slot_to_cptr(63) == 63ull << 58);
    CHECK(microkit_cspace_root_slot_to_cptr(64) == 0);
}

/* A name may fill its array, without a zero at its end. */
static void test_long_name(void)
{
    start();
    memset(microkit_name, 'x', sizeof(microkit_name));
    microkit_notify(0);
    CHECK(strspn(recorder_text, "x") == sizeof(microkit_name));
}

/* A kernel error where none can be stops the component. */
static void test_crash(void)
{
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        start();
        recorder_set_error(seL4_InvalidCapability);
        (void)freopen("/dev/null", "w", stderr);
        microkit_pd_stop(1);
        _exit(0);
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child && status != 0);
}

int main(void)
{
    test_start();
    test_irqs_acknowledged();
    test_notified_lowest_first();
    test_protected();
    test_fault();
    test_fault_without_tag();
    test_deferred();
    test_deferred_twice();
    test_deferred_in_init();
    test_deferred_and_reply();
    test_passive();
    test_channel_bounds();
    test_children();
    test_io_ports();
    test_numbers();
    test_long_name();
    test_crash();
    return failures ? 1 : 0;
}
