// SPDX-License-Identifier: BSD-2-Clause
/* The arena, what firmware would tell about it, and the way into the generic kernel and back. */
#define _GNU_SOURCE
#include "arch/host/host.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "arch/host/host_priv.h"
#include "core/derivation.h"
#include "core/sched.h"
#include "lib/printf.h"
#include "lib/string.h"
#include <abi/bootinfo.h>
#include <arch/boot.h>
#include <arch/clock.h>
#include <arch/kernel_map.h>
#include <arch/machine.h>
#include <arch/switch.h>

#define CLOCK_MHZ 10 /* small numbers are easier to read */

struct system sys;
struct core *host_core;
struct host_hooks host_hooks;

static struct core first_core;
static struct tcb idle_thread;
static struct platform platform;
static struct options options;
static jmp_buf booted;
static word_t arena_bytes;

uint32_t clock_mhz = CLOCK_MHZ;
ticks_t host_now;
ticks_t host_timer;

/* The leak checker calls what it takes for the C library's sched_yield(), which is ours. There is
 * nothing to leak: no memory comes from a heap. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}

/* ---- stopping ---- */

static NORETURN void stop(enum host_stop why, const char *text)
{
    if (host_hooks.stop != NULL) {
        host_hooks.stop(why, text);
    }
    fprintf(stderr, "host machine stopped: %s\n", text);
    abort();
}

static NORETURN PRINTF_LIKE(2, 0) void stop_va(enum host_stop why, const char *format,
                                               va_list arguments)
{
    static char text[400];

    format_string_va(text, sizeof(text), format, arguments);
    stop(why, text);
}

/* Weak: a unit test may have its own. */
__attribute__((weak)) void panic(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    stop_va(HOST_STOP_PANIC, format, arguments);
}

void boot_halt(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    stop_va(HOST_STOP_BOOT, format, arguments);
}

void machine_halt(void)
{
    stop(HOST_STOP_HALT, "halted by a debug call");
}

__attribute__((weak)) void console_put_char(char c)
{
    if (host_hooks.put_char != NULL) {
        host_hooks.put_char(c);
    }
}

/* ---- the arena ---- */

static bool map_arena(word_t bytes)
{
    void *const at = phys_to_virt(HOST_RAM_START);

    if (arena_bytes != 0) {
        munmap(at, arena_bytes);
    }
    arena_bytes = bytes;
    return mmap(at, bytes, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_NORESERVE, -1, 0) == at;
}

static void describe(const struct host_machine *machine)
{
    const paddr_t image_end = HOST_RAM_START + HOST_IMAGE_BYTES;
    const word_t task_bytes = HOST_TASK_PAGES << PAGE_BITS;

    platform = (struct platform){
        .ram = {{HOST_RAM_START, HOST_RAM_START + machine->ram_bytes}},
        .ram_count = 1,
        .kernel = {HOST_RAM_START, image_end},
        .kernel_boot = {HOST_RAM_START, HOST_RAM_START + HOST_BOOT_BYTES},
        .task = {.paddr_start = image_end,
                 .paddr_end = image_end + task_bytes,
                 .vaddr_start = HOST_TASK_VADDR,
                 .vaddr_end = HOST_TASK_VADDR + task_bytes,
                 .entry = HOST_USER_IP},
        .cpu_count = 1,
        .ioapic_pins = HOST_IRQ_PINS,
        .tsc_mhz = CLOCK_MHZ,
        .options = &options,
    };
}

size_t platform_extra_bytes(const struct platform *p)
{
    (void)p;
    return sizeof(struct bootinfo_tsc);
}

void platform_extra_write(const struct platform *p, void *to)
{
    *(struct bootinfo_tsc *)to =
        (struct bootinfo_tsc){{BOOTINFO_ID_X86_TSC_FREQ, sizeof(struct bootinfo_tsc)}, p->tsc_mhz};
}

/* ---- boot ---- */

struct core *arch_boot_core(const struct options *given)
{
    memset(&sys, 0, sizeof(sys));
    memset(&first_core, 0, sizeof(first_core));
    memset(&idle_thread, 0, sizeof(idle_thread));
    first_core.idle = &idle_thread;
    first_core.fastpath_allowed = !given->fastpath_off;
    arch_set_fastpath(&first_core, first_core.fastpath_allowed);
    host_core = &first_core;
    return &first_core;
}

void arch_boot_control_caps(struct slot *cnode)
{
    slot_insert_root(&cnode[SLOT_IO_PORT_CONTROL], (struct cap){.type = CAP_IO_PORT_CONTROL});
}

void arch_boot_done(void)
{
    host_core->now = clock_now();
    host_core->charge_start = host_core->now;
    sched_exit(host_core);
    longjmp(booted, 1);
}

bool host_boot(const struct host_machine *machine)
{
    char error[OPTIONS_ERROR_BYTES];

    if (!map_arena(machine->ram_bytes)) {
        return false;
    }
    options_init(&options);
    if (!options_parse(&options, machine->command_line, error)) {
        boot_halt("%s", error);
    }
    if (machine->node_count != 0) {
        options.abi.nodes = (uint16_t)machine->node_count;
    }
    host_now = 1000;
    host_timer = CLOCK_NEVER;
    host_irq_reset();
    host_io_reset();
    host_tlb_reset();
    describe(machine);
    if (setjmp(booted) == 0) {
        kernel_boot(&platform);
    }
    return true;
}
