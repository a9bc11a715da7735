// SPDX-License-Identifier: BSD-2-Clause
/*
 * The monitor: gets the faults of components without a parent, and the messages of those that want
 * to be passive. It explains the first and leaves the thread stopped; to the second it answers by
 * taking their time away.
 */
#include "arch.h"
#include "console.h"
#include "slots.h"
#include "window.h"
#include <explain/explain.h>
#include <proto/system_image_check.h>
#include <sel4/sel4.h>

/* lib/explain has the labels as data, because it also runs where the kernel's headers are not. */
_Static_assert(EXPLAIN_CAP == (int)seL4_Fault_CapFault &&
                   EXPLAIN_UNKNOWN_SYSCALL == (int)seL4_Fault_UnknownSyscall &&
                   EXPLAIN_USER_EXCEPTION == (int)seL4_Fault_UserException &&
                   EXPLAIN_TIMEOUT == (int)seL4_Fault_Timeout &&
                   EXPLAIN_VM == (int)seL4_Fault_VMFault,
               "labels of faults");

/* Label of the message of a component that wants to be passive. */
enum { LABEL_PASSIVE = 0 };

/* The builder writes here where the description is. In data, so that the file has room for it. */
extern struct system_image_place system_image_place;
struct system_image_place system_image_place __attribute__((section(".data")));

/* Until the description says where the kernel has the monitor's. */
static seL4_IPCBuffer first_buffer;
seL4_IPCBuffer *__sel4_ipc_buffer = &first_buffer;

/* Too large for a stack of one page. */
static struct explain_question question;
static struct explain_facts facts;
static struct explain_registers registers;

void monitor_main(void);

/* ---- words ---- */

/* Puts the mark of error lines before each line. */
struct marker {
    bool inside; /* a line has begun */
};

static void put_marked(void *context, char c)
{
    struct marker *marker = context;

    if (!marker->inside) {
        tiny_printf("MON|ERROR: ");
    }
    tiny_printf("%c", c);
    marker->inside = c != '\n';
}

static void put_plain(void *context, char c)
{
    (void)context;
    tiny_printf("%c", c);
}

static const char *name_of(const struct system_image *image, uint32_t component)
{
    const struct system_component *components = system_table(image, SYSTEM_TABLE_COMPONENTS);

    return system_text(image, components[component].name);
}

/* ---- faults ---- */

static void take_message(uint64_t label, uint32_t word_count)
{
    question.label = label;
    question.word_count = word_count < EXPLAIN_WORDS ? word_count : EXPLAIN_WORDS;
    for (uint32_t i = 0; i < question.word_count; i++) {
        question.words[i] = seL4_GetMR((int)i);
    }
}

/* The message is still in the buffer; the first call to the kernel overwrites it. */
static void explain(const struct system_image *image, uint32_t component, seL4_MessageInfo_t info)
{
    struct window window;
    struct marker marker = {false};

    take_message(seL4_MessageInfo_get_label(info), (uint32_t)seL4_MessageInfo_get_length(info));
    window_open(&window, image, component);
    question.image = image;
    question.component = component;
    question.registers = arch_read_registers(SLOT_TCB + component, &registers) ? &registers : 0;
    question.read = window_read;
    question.context = &window;
    explain_find(&question, &facts);
    window_close(&window);
    tiny_printf("MON|ERROR: faulting PD: %s\n", name_of(image, component));
    explain_text(&facts, put_marked, &marker);
    tiny_printf("MON|JSON: ");
    explain_json(&facts, put_plain, 0);
}

/* ---- passive components ---- */

/* It waits already. From now on it runs on the time of who calls it, or of its notification. */
static void make_passive(const struct system_image *image, uint32_t component)
{
    const struct system_component *components = system_table(image, SYSTEM_TABLE_COMPONENTS);
    const char *name = name_of(image, component);
    seL4_Error error;

    if (!(components[component].flags & SYSTEM_COMPONENT_PASSIVE)) {
        tiny_printf("MON|ERROR: PD '%s' wants to be passive, but is not declared so\n", name);
        return;
    }
    error = seL4_SchedContext_UnbindObject(SLOT_SCHED + component, SLOT_TCB + component);
    if (error == seL4_NoError) {
        error = seL4_SchedContext_Bind(SLOT_SCHED + component, SLOT_NOTIFICATION + component);
    }
    if (error == seL4_NoError) {
        tiny_printf("MON|INFO: PD '%s' is now passive!\n", name);
    } else {
        tiny_printf("MON|ERROR: PD '%s' cannot be made passive: error %d\n", name, (int)error);
    }
}

/* ---- loop ---- */

/* Badges count components from 1; the monitor itself, the last one, sends nothing. */
static void serve(const struct system_image *image)
{
    for (;;) {
        seL4_Word badge = 0;
        seL4_MessageInfo_t info = seL4_Recv(SLOT_ENDPOINT, &badge, SLOT_REPLY);

        if (badge == 0 || badge > image->monitor) {
            tiny_printf("MON|ERROR: a message with unknown badge 0x%llx, label 0x%llx\n",
                        (unsigned long long)badge,
                        (unsigned long long)seL4_MessageInfo_get_label(info));
        } else if (seL4_MessageInfo_get_label(info) == LABEL_PASSIVE) {
            make_passive(image, (uint32_t)badge - 1);
        } else {
            explain(image, (uint32_t)badge - 1, info);
        }
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
        if (threads[i].component == image->monitor) {
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
    tiny_printf("MON|INFO: Microkit Monitor started!\n");
    serve(image);
}
