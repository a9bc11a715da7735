// SPDX-License-Identifier: BSD-2-Clause
/* Intel 82093AA data sheet section 3; 8259A data sheet for the old pair. */
#include "ioapic.h"
#include "paging.h"
#include "port_io.h"
#include <arch/irq_controller.h>

/* Reached through an index and a data register, byte offsets in the page. */
enum { INDEX_OFFSET = 0x00, DATA_OFFSET = 0x10 };

enum { REGISTER_VERSION = 0x01, REGISTER_PIN_0 = 0x10 };

enum {
    PIN_ACTIVE_LOW = 1u << 13,
    PIN_LEVEL = 1u << 15,
    PIN_MASKED = 1u << 16,
    PIN_DESTINATION_SHIFT = 24, /* in the upper half */
};

unsigned irqc_pins;

static void select_register(unsigned index)
{
    *fixmap_register(FIXMAP_IOAPIC, INDEX_OFFSET) = index;
}

static volatile uint32_t *data_register(void)
{
    return fixmap_register(FIXMAP_IOAPIC, DATA_OFFSET);
}

static uint32_t register_read(unsigned index)
{
    select_register(index);
    return *data_register();
}

static void register_write(unsigned index, uint32_t value)
{
    select_register(index);
    *data_register() = value;
}

static unsigned pin_register(unsigned pin)
{
    assert(pin < irqc_pins);
    return REGISTER_PIN_0 + 2 * pin;
}

/* Masked first: a half-programmed pin must not fire. */
void irqc_route(unsigned pin, uint8_t vector, bool level, bool active_low)
{
    unsigned index = pin_register(pin);

    register_write(index, PIN_MASKED);
    register_write(index + 1, lapic_id() << PIN_DESTINATION_SHIFT);
    register_write(index, PIN_MASKED | vector | (level ? (uint32_t)PIN_LEVEL : 0) |
                              (active_low ? (uint32_t)PIN_ACTIVE_LOW : 0));
}

void irqc_mask(unsigned pin)
{
    unsigned index = pin_register(pin);

    register_write(index, register_read(index) | PIN_MASKED);
}

void irqc_unmask(unsigned pin)
{
    unsigned index = pin_register(pin);

    register_write(index, register_read(index) & ~(uint32_t)PIN_MASKED);
}

BOOT_CODE void ioapic_init(paddr_t paddr)
{
    if (paddr == 0) {
        return;
    }
    paging_fixmap_set(FIXMAP_IOAPIC, paddr);
    irqc_pins = (register_read(REGISTER_VERSION) >> 16 & 0xff) + 1;
    for (unsigned pin = 0; pin < irqc_pins; pin++) {
        register_write(pin_register(pin), PIN_MASKED);
    }
}

BOOT_CODE void legacy_irq_silence(void)
{
    enum { MASTER = 0x20, SLAVE = 0xa0, COMMAND = 0, DATA = 1 };
    enum { ICW1_INIT_WITH_ICW4 = 0x11, ICW4_8086 = 0x01, ALL_MASKED = 0xff };
    enum { MASTER_VECTOR = 0x20, SLAVE_VECTOR = 0x28, SLAVE_ON_PIN_2 = 0x04, SLAVE_ID = 0x02 };

    port_out8(MASTER + COMMAND, ICW1_INIT_WITH_ICW4);
    port_out8(SLAVE + COMMAND, ICW1_INIT_WITH_ICW4);
    port_out8(MASTER + DATA, MASTER_VECTOR);
    port_out8(SLAVE + DATA, SLAVE_VECTOR);
    port_out8(MASTER + DATA, SLAVE_ON_PIN_2);
    port_out8(SLAVE + DATA, SLAVE_ID);
    port_out8(MASTER + DATA, ICW4_8086);
    port_out8(SLAVE + DATA, ICW4_8086);
    port_out8(MASTER + DATA, ALL_MASKED);
    port_out8(SLAVE + DATA, ALL_MASKED);
}
