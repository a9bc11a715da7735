// SPDX-License-Identifier: BSD-2-Clause
#include "../../console.h"

#include <stdbool.h>
#include <tiny/printf.h>

#ifdef CONFIG_PRINTING

static void put(void *context, char c)
{
    (void)context;
    seL4_DebugPutChar(c);
}

void console_open(struct job *job)
{
    (void)job;
    tiny_set_output(put, NULL);
}

void console_close(void)
{
}

#else

/* A 16550 UART. */
enum {
    COM1_FIRST = 0x3f8,
    COM1_LAST = 0x3ff,
    LINE_STATUS = COM1_FIRST + 5,
    TRANSMITTER_EMPTY = 0x20,
};

static seL4_CPtr ports;
static bool issued;

static void send(char c)
{
    seL4_X86_IOPort_In8_t status;

    do {
        status = seL4_X86_IOPort_In8(ports, LINE_STATUS);
    } while (status.error == 0 && !(status.result & TRANSMITTER_EMPTY));
    seL4_X86_IOPort_Out8(ports, COM1_FIRST, (seL4_Word)(unsigned char)c);
}

static void put(void *context, char c)
{
    (void)context;
    if (c == '\n') {
        send('\r');
    }
    send(c);
}

/* Ports are issued once: those that a component is to get may be with the initialiser already. */
static seL4_CPtr ports_of_component(const struct job *job)
{
    for (uint32_t i = 0; job->image && i < system_count(job->image, SYSTEM_TABLE_OBJECTS); i++) {
        const struct system_object *run = &job->objects[i];

        if (run->kind == SYSTEM_IO_PORTS && (run->argument & 0xffff) <= COM1_FIRST &&
            run->argument >> 16 >= COM1_LAST) {
            return job_cap(job, i, 0);
        }
    }
    return seL4_CapNull;
}

void console_open(struct job *job)
{
    seL4_Error error;

    ports = job->boot->empty.end - 1;
    error = seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, COM1_FIRST, COM1_LAST,
                                         seL4_CapInitThreadCNode, ports, seL4_WordBits);
    issued = error == seL4_NoError;
    if (!issued) {
        ports = ports_of_component(job);
    }
    tiny_set_output(put, NULL);
}

void console_close(void)
{
    if (issued) {
        seL4_CNode_Delete(seL4_CapInitThreadCNode, ports, seL4_WordBits);
    }
}

#endif
