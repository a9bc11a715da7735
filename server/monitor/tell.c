// SPDX-License-Identifier: BSD-2-Clause
#include "tell.h"
#include "arch.h"
#include "slots.h"
#include <sel4/sel4.h>
#include <tiny/printf.h>

/* Faults and restarts take one for each component: the first fault of each is told in any case.
 * What is said only once has some more. */
enum { TALES_OFTEN = SYSTEM_COMPONENTS_MAX, TALES = TALES_OFTEN + 32, STACK_BYTES = 8192 };

/* Written by the first thread, but for `told`. Tale n is at n % TALES. */
static struct tale tales[TALES];
static uint64_t opened, told;
static uint32_t lost;
static const struct system_image *system_image;
static char stack[STACK_BYTES] __attribute__((aligned(16)));

/* ---- the first thread ---- */

struct tale *tell_open(enum tale_kind kind, uint32_t component)
{
    struct tale *tale = &tales[opened % TALES];
    const uint64_t waiting = opened - __atomic_load_n(&told, __ATOMIC_ACQUIRE);
    const bool often = kind == TALE_FAULT || kind == TALE_RESTARTED;

    if (waiting >= (often ? TALES_OFTEN : TALES)) {
        __atomic_fetch_add(&lost, 1, __ATOMIC_RELAXED);
        return 0;
    }
    tale->kind = kind;
    tale->component = component;
    return tale;
}

void tell_close(void)
{
    __atomic_store_n(&opened, opened + 1, __ATOMIC_RELEASE);
    seL4_Signal(SLOT_TELLER_NOTIFICATION);
}

void tell(enum tale_kind kind, uint32_t component, uint64_t number)
{
    struct tale *tale = tell_open(kind, component);

    if (tale) {
        tale->number = number;
        tell_close();
    }
}

/* ---- the second thread ---- */

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

static const char *name_of(const struct tale *tale)
{
    const struct system_component *components = system_table(system_image, SYSTEM_TABLE_COMPONENTS);

    return system_text(system_image, components[tale->component].name);
}

static void say_fault(const struct tale *tale)
{
    struct marker marker = {false};

    tiny_printf("MON|ERROR: faulting PD: %s\n", name_of(tale));
    explain_text(&tale->facts, put_marked, &marker);
    if (system_image->monitor_flags & SYSTEM_MONITOR_JSON) {
        tiny_printf("MON|JSON: ");
        explain_json(&tale->facts, put_plain, 0);
    }
}

static void say_down(const struct tale *tale)
{
    tiny_printf("MON|ERROR: PD '%s' was restarted %u times within a minute: it stays down\n",
                name_of(tale), (unsigned)tale->number);
}

static void say_passive(const struct tale *tale)
{
    if (tale->number == seL4_NoError) {
        tiny_printf("MON|INFO: PD '%s' is now passive!\n", name_of(tale));
    } else {
        tiny_printf("MON|ERROR: PD '%s' cannot be made passive: error %u\n", name_of(tale),
                    (unsigned)tale->number);
    }
}

static void say(const struct tale *tale)
{
    switch (tale->kind) {
    case TALE_STARTED: tiny_printf("MON|INFO: Microkit Monitor started!\n"); break;
    case TALE_FAULT: say_fault(tale); break;
    case TALE_STOPPED:
        tiny_printf("MON|INFO: PD '%s' has stopped of its own accord\n", name_of(tale));
        break;
    case TALE_RESTARTED:
        tiny_printf("MON|INFO: PD '%s' was restarted; within a minute that is number %u\n",
                    name_of(tale), (unsigned)tale->number);
        break;
    case TALE_DOWN: say_down(tale); break;
    case TALE_CANNOT:
        tiny_printf("MON|ERROR: PD '%s' cannot be restarted: %s: the kernel answered: error %u\n",
                    name_of(tale), tale->text, (unsigned)tale->number);
        break;
    case TALE_PASSIVE: say_passive(tale); break;
    case TALE_NOT_PASSIVE:
        tiny_printf("MON|ERROR: PD '%s' wants to be passive, but is not declared so\n",
                    name_of(tale));
        break;
    case TALE_NOT_ALWAYS:
        tiny_printf("MON|ERROR: PD '%s' wants to be restarted, but has no restart=\"always\"\n",
                    name_of(tale));
        break;
    case TALE_UNKNOWN_BADGE:
        tiny_printf("MON|ERROR: a message with unknown badge 0x%llx, label 0x%llx\n",
                    (unsigned long long)tale->number, (unsigned long long)tale->label);
        break;
    }
}

static void say_lost(void)
{
    uint32_t count = __atomic_exchange_n(&lost, 0, __ATOMIC_RELAXED);

    if (count > 0) {
        tiny_printf("MON|ERROR: %u more messages came too fast to be told\n", (unsigned)count);
    }
}

/* After a long tale it gives away what is left of its time, so that the next one's lines, too, come
 * out whole and components get theirs in between. */
static void teller_main(void)
{
    seL4_Word mr[4];

    for (;;) {
        while (told != __atomic_load_n(&opened, __ATOMIC_ACQUIRE)) {
            const bool is_long = tales[told % TALES].kind == TALE_FAULT;

            say(&tales[told % TALES]);
            __atomic_store_n(&told, told + 1, __ATOMIC_RELEASE);
            if (is_long) {
                seL4_Yield();
            }
        }
        say_lost();
        (void)seL4_WaitWithMRs(SLOT_TELLER_NOTIFICATION, 0, &mr[0], &mr[1], &mr[2], &mr[3]);
    }
}

void tell_start(const struct system_image *image)
{
    system_image = image;
    (void)arch_set_registers(SLOT_TELLER_TCB, (uint64_t)teller_main,
                             arch_first_sp(stack + STACK_BYTES), true);
}
