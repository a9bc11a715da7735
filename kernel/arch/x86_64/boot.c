// SPDX-License-Identifier: BSD-2-Clause
/*
 * Order matters here. First everything is copied out of the boot loader's
 * memory, because loading the task overwrites it; the console comes as soon as
 * the command line is known, because from then on mistakes can be told; the
 * final page tables come after the last access through the identity mapping.
 */
#include "boot.h"
#include "acpi.h"
#include "clock.h"
#include "core/options.h"
#include "core/platform.h"
#include "descriptors.h"
#include "extra.h"
#include "image.h"
#include "ioapic.h"
#include "lapic.h"
#include "lib/printf.h"
#include "low_memory.h"
#include "multiboot.h"
#include "paging.h"
#include <arch/clock.h>
#include <arch/features.h>
#include <arch/irq_controller.h>
#include <plat/exit_port.h>
#include <plat/serial.h>

/* BIOS data area: the first COM port the firmware found, 0 if none. */
enum { BIOS_COM1_PORT = 0x400, DEFAULT_COM1_PORT = 0x3f8 };

/* Vectors above the interrupts are user level's to call; several cores need two more. */
enum { FIRST_SOFT_VECTOR = 158, FIRST_SOFT_VECTOR_SMP = 160 };

/* The last page's end is where message interrupts are written to; nobody may own it. */
#define MESSAGE_WINDOW_START 0xfffffff8ull
#define MESSAGE_WINDOW_END   0x100000000ull

/* Filled by boot_main() and its helpers, borrowed by kernel_boot(), given away after it. */
static BOOT_DATA struct platform platform = {.ram_count = 0};
static BOOT_DATA struct platform_extra extra = {.has_vbe = false};
static BOOT_DATA struct options options = {.exit_port = 0};
static BOOT_DATA struct boot_loader_info loader_info = {.module_count = 0};
static BOOT_DATA struct acpi_facts firmware = {.cpu_count = 0};

BOOT_CODE void boot_halt(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print_always("\nboot error: ");
    print_always_va(format, arguments);
    print_always("\n");
    va_end(arguments);
    exit_port_write(EXIT_REASON_BOOT);
    for (;;) {
        __asm__ volatile("cli; hlt");
    }
}

BOOT_CODE static uint16_t console_port(void)
{
    uint16_t bios_port = *(const volatile uint16_t *)low_memory(BIOS_COM1_PORT);

    if (options.console_port != OPTION_PORT_FIRMWARE) {
        return (uint16_t)options.console_port;
    }
    return bios_port != 0 ? bios_port : DEFAULT_COM1_PORT;
}

/* The loader's problem is told after the command line was read: it names the console. */
BOOT_CODE static void read_loader_info(uint32_t magic, uint32_t info_paddr)
{
    char error[OPTIONS_ERROR_BYTES];
    const char *problem = multiboot_read(magic, info_paddr, &loader_info, &platform, &extra);
    bool options_are_good = options_parse(&options, loader_info.command_line, error);

    serial_init(console_port());
    exit_port_init((uint16_t)options.exit_port);
    if (problem != NULL) {
        boot_halt("%s", problem);
    }
    if (!options_are_good) {
        boot_halt("%s", error);
    }
}

BOOT_CODE static void describe_kernel(void)
{
    platform.kernel = (struct phys_range){image_to_phys(ki_start), image_to_phys(ki_end)};
    platform.kernel_boot = (struct phys_range){image_to_phys(ki_start), image_to_phys(ki_boot_end)};
    platform.entry_ticks = boot_entry_ticks;
    platform.options = &options;
    platform.extra = &extra;
}

BOOT_CODE static void init_core(void)
{
    bool one_core = options.abi.nodes == 1;

    features_init_core(&options.abi);
    descriptors_init_core(one_core ? FIRST_SOFT_VECTOR : FIRST_SOFT_VECTOR_SMP);
}

/* Holes are kept ascending: there are three of them. */
BOOT_CODE static void add_hole(paddr_t start, paddr_t end)
{
    unsigned i = platform.device_hole_count++;

    assert(i < PLATFORM_HOLES_MAX);
    while (i > 0 && platform.device_holes[i - 1].start > start) {
        platform.device_holes[i] = platform.device_holes[i - 1];
        i--;
    }
    platform.device_holes[i] = (struct phys_range){start, end};
}

BOOT_CODE static void init_devices(void)
{
    enum { PAGE_BYTES = 4096 };
    /* In this order: an old-style interrupt that is pending when its path through the local APIC is
     * closed would hit the first user instruction, with a vector of its own. */
    legacy_irq_silence();

    paddr_t lapic = lapic_init_core();

    ioapic_init(firmware.ioapic_paddr);
    clock_init(&firmware, options.tsc_mhz);
    add_hole(lapic, lapic + PAGE_BYTES);
    if (firmware.ioapic_paddr != 0) {
        add_hole(firmware.ioapic_paddr, firmware.ioapic_paddr + PAGE_BYTES);
    }
    add_hole(MESSAGE_WINDOW_START, MESSAGE_WINDOW_END);
    platform.cpu_count = firmware.cpu_count;
    platform.ioapic_pins = irqc_pins;
    platform.tsc_mhz = clock_mhz;
}

BOOT_CODE void boot_main(uint32_t magic, uint32_t info_paddr)
{
    describe_kernel();
    read_loader_info(magic, info_paddr);
    features_probe();
    init_core();
    acpi_read(&extra, &firmware);
    image_load(&platform, loader_info.module);
    paging_init(&platform);
    init_devices();
    kernel_boot(&platform);
}
