// SPDX-License-Identifier: BSD-2-Clause
/*
 * The monitor: gets the faults of components without a parent, and the messages of those that want
 * to be passive. It finds out why the first fault, restarts those that want it, and takes time from
 * the second. Nothing here waits for a console: a second thread (tell.h) says what there is to say.
 */
#include "arch.h"
#include "console.h"
#include "held.h"
#include "limit.h"
#include "restart.h"
#include "slots.h"
#include "tell.h"
#include "window.h"
#include <explain/explain.h>
#include <proto/monitor.h>
#include <proto/system_image_check.h>
#include <sel4/sel4.h>

/* lib/explain has the labels as data, because it also runs where the kernel's headers are not. */
_Static_assert(EXPLAIN_CAP == (int)seL4_Fault_CapFault &&
                   EXPLAIN_UNKNOWN_SYSCALL == (int)seL4_Fault_UnknownSyscall &&
                   EXPLAIN_USER_EXCEPTION == (int)seL4_Fault_UserException &&
                   EXPLAIN_TIMEOUT == (int)seL4_Fault_Timeout &&
                   EXPLAIN_VM == (int)seL4_Fault_VMFault,
               "labels of faults");

/* The builder writes here where the description is. In data, so that the file has room for it. */
extern struct system_image_place system_image_place;
struct system_image_place system_image_place __attribute__((section(".data")));

/* Until the description says where the kernel has the monitor's. */
static seL4_IPCBuffer first_buffer;
seL4_IPCBuffer *__sel4_ipc_buffer = &first_buffer;

void monitor_main(void);

static const struct system_component *component_at(const struct system_image *image,
                                                   uint32_t component)
{
    const struct system_component *components = system_table(image, SYSTEM_TABLE_COMPONENTS);

    return &components[component];
}

/* ---- faults ---- */

/* The message is still in the buffer; the first call to the kernel overwrites it. */
static void take_message(struct explain_question *question, seL4_MessageInfo_t info)
{
    const seL4_Word length = seL4_MessageInfo_get_length(info);

    question->label = seL4_MessageInfo_get_label(info);
    question->word_count = length < EXPLAIN_WORDS ? (uint32_t)length : EXPLAIN_WORDS;
    for (uint32_t i = 0; i < question->word_count; i++) {
        question->words[i] = seL4_GetMR((int)i);
    }
}

/* Finds out why, as long as registers and stack are what they were. */
static void explain(const struct system_image *image, uint32_t component, seL4_MessageInfo_t info)
{
    struct tale *tale = tell_open(TALE_FAULT, component);
    struct explain_question *question;
    struct window window;

    if (!tale) {
        return;
    }
    question = &tale->question;
    take_message(question, info);
    window_open(&window, image, component);
    question->image = image;
    question->component = component;
    question->registers =
        arch_read_registers(SLOT_TCB + component, &tale->registers) ? &tale->registers : 0;
    question->read = window_read;
    question->context = &window;
    explain_find(question, &tale->facts);
    window_close(&window);
    tell_close();
}

static struct limit limits[SYSTEM_COMPONENTS_MAX];

static void tell_refused(const struct restart *restart)
{
    struct tale *tale = tell_open(TALE_CANNOT, restart->component);

    if (tale) {
        tale->text = restart->doing;
        tale->number = restart->error;
        tell_close();
    }
}

/* If the limit allows; otherwise it stays as it is, stopped. */
static void start_again(const struct system_image *image, uint32_t component)
{
    const uint64_t now_ms = arch_clock_ms(image);
    struct restart restart;

    if (!limit_take(&limits[component], component_at(image, component)->restarts_per_minute,
                    now_ms)) {
        tell(TALE_DOWN, component, limit_recent(&limits[component], now_ms));
        return;
    }
    restart_component(&restart, image, component);
    if (restart.doing) {
        tell_refused(&restart);
    } else {
        tell(TALE_RESTARTED, component, limit_recent(&limits[component], now_ms));
    }
}

static void handle_fault(const struct system_image *image, uint32_t component,
                         seL4_MessageInfo_t info)
{
    explain(image, component, info);
    if (component_at(image, component)->restart != SYSTEM_RESTART_NEVER) {
        start_again(image, component);
    }
}

/* ---- what components ask for ---- */

/* Does a thread without time wait? To such a thread the kernel binds no context without time. */
static bool waits(seL4_CPtr tcb)
{
    if (seL4_SchedContext_Bind(SLOT_PROBE, tcb) != seL4_NoError) {
        return true;
    }
    (void)seL4_SchedContext_UnbindObject(SLOT_PROBE, tcb);
    return false;
}

/*
 * From now on it runs on the time of who calls it, or of its notification. As a rule it waits
 * already. If it was signalled before, it has got that signal instead and still runs: it keeps its
 * time, and because that is its notification's, too, the kernel takes it when it next waits.
 */
static void make_passive(const struct system_image *image, uint32_t component)
{
    const seL4_CPtr sched = SLOT_SCHED + component, tcb = SLOT_TCB + component;
    seL4_Error error;

    if (!(component_at(image, component)->flags & SYSTEM_COMPONENT_PASSIVE)) {
        tell(TALE_NOT_PASSIVE, component, 0);
        return;
    }
    error = seL4_SchedContext_UnbindObject(sched, tcb);
    if (error == seL4_NoError && !waits(tcb)) {
        error = seL4_SchedContext_Bind(sched, tcb);
    }
    if (error == seL4_NoError) {
        error = seL4_SchedContext_Bind(sched, SLOT_NOTIFICATION + component);
    }
    tell(TALE_PASSIVE, component, error);
}

static void handle_done(const struct system_image *image, uint32_t component)
{
    if (component_at(image, component)->restart != SYSTEM_RESTART_ALWAYS) {
        tell(TALE_NOT_ALWAYS, component, 0);
        return;
    }
    tell(TALE_STOPPED, component, 0);
    (void)seL4_TCB_Suspend(SLOT_TCB + component);
    start_again(image, component);
}

static void tell_unknown(seL4_Word badge, seL4_MessageInfo_t info)
{
    struct tale *tale = tell_open(TALE_UNKNOWN_BADGE, 0);

    if (tale) {
        tale->number = badge;
        tale->label = seL4_MessageInfo_get_label(info);
        tell_close();
    }
}

/* ---- loop ---- */

/* Badges count components from 1; the monitor itself, the last one, sends nothing. */
static void handle(const struct system_image *image, seL4_Word badge, seL4_MessageInfo_t info)
{
    const uint32_t component = (uint32_t)badge - 1;

    if (badge == 0 || badge > image->monitor) {
        tell_unknown(badge, info);
        return;
    }
    switch (seL4_MessageInfo_get_label(info)) {
    case MONITOR_PASSIVE: make_passive(image, component); break;
    case MONITOR_DONE: handle_done(image, component); break;
    default: handle_fault(image, component, info);
    }
}

static void serve(const struct system_image *image)
{
    for (;;) {
        seL4_Word badge = 0;
        const seL4_MessageInfo_t info = seL4_Recv(SLOT_ENDPOINT, &badge, SLOT_REPLY);

        handle(image, badge, info);
    }
}

/* Nothing can be said about anybody; but those who fault wait here, and no time is used up. */
static void give_up(const char *why)
{
    tiny_printf("MON|ERROR: the description of the system is damaged: %s\n", why);
    for (;;) {
        (void)seL4_Recv(SLOT_ENDPOINT, 0, SLOT_REPLY);
    }
}

static void set_buffer(const struct system_image *image)
{
    const struct system_thread *threads = system_table(image, SYSTEM_TABLE_THREADS);

    for (uint32_t i = 0; i < image->tables[SYSTEM_TABLE_THREADS].count; i++) {
        if (threads[i].tcb == component_at(image, image->monitor)->tcb) {
            seL4_SetIPCBuffer((seL4_IPCBuffer *)threads[i].buffer_vaddr);
        }
    }
}

void monitor_main(void)
{
    const struct system_image *image = (const void *)system_image_place.address;
    const char *wrong;

    console_open(0);
    wrong = image ? system_image_check(image, system_image_place.length) : "it is missing";
    if (wrong) {
        give_up(wrong);
    }
    set_buffer(image);
    console_open(image);
    held_find_all(image);
    tell_start(image);
    tell(TALE_STARTED, image->monitor, 0);
    serve(image);
}
