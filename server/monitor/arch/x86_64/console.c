// SPDX-License-Identifier: BSD-2-Clause
#include "../../console.h"
#include "../../log.h"
#include <sel4/sel4.h>
#include <tiny/printf.h>

#ifdef CONFIG_PRINTING

static void put(void *context, char c)
{
    (void)context;
    log_put(c);
    seL4_DebugPutChar(c);
}

void console_open(const struct system_image *image)
{
    (void)image;
    tiny_set_output(put, 0);
}

#else

/* The first serial port of a PC, an 8250: data, and the line status with "may take another". */
enum { SERIAL_FIRST = 0x3f8, SERIAL_STATUS = 0x3fd, SERIAL_LAST = 0x3ff, STATUS_EMPTY = 0x20 };

/* At 9600 baud a character takes 1 ms. A port that is not there must not hold the monitor up. */
enum { POLLS_MAX = 2000 };

static seL4_CPtr ports; /* 0: none */

static void serial_put(char c)
{
    for (unsigned i = 0; i < POLLS_MAX; i++) {
        seL4_X86_IOPort_In8_t status = seL4_X86_IOPort_In8(ports, SERIAL_STATUS);

        if (status.error || status.result & STATUS_EMPTY) {
            break;
        }
    }
    (void)seL4_X86_IOPort_Out8(ports, SERIAL_FIRST, (seL4_Uint8)c);
}

static void put(void *context, char c)
{
    (void)context;
    log_put(c);
    if (ports) {
        serial_put(c);
    }
}

/* What it holds for restarts is its component's, and not to be used. */
static seL4_CPtr find_ports(const struct system_image *image)
{
    const struct system_component *components = system_table(image, SYSTEM_TABLE_COMPONENTS);
    const struct system_object *objects = system_table(image, SYSTEM_TABLE_OBJECTS);
    const struct system_cap *caps = system_table(image, SYSTEM_TABLE_CAPS);

    for (uint32_t i = 0; i < image->tables[SYSTEM_TABLE_CAPS].count; i++) {
        const struct system_object *object = &objects[caps[i].object];

        if (caps[i].cnode == components[image->monitor].cnode &&
            caps[i].meaning == SYSTEM_CAP_IO_PORTS && object->kind == SYSTEM_IO_PORTS &&
            (object->argument & 0xffff) <= SERIAL_FIRST && object->argument >> 16 >= SERIAL_LAST) {
            return caps[i].slot;
        }
    }
    return 0;
}

void console_open(const struct system_image *image)
{
    ports = image ? find_ports(image) : 0;
    tiny_set_output(put, 0);
}

#endif
