// SPDX-License-Identifier: BSD-2-Clause
/* The component API of x86_64: I/O ports. */
#pragma once

#include <microkit/base.h>

/* The bound lets id 62 through; its bit in microkit_ioports is never set. */
static inline seL4_Bool microkit_internal_has_ioport(const char *function, microkit_ioport ioport)
{
    if (ioport > MICROKIT_MAX_IOPORT_ID) {
        microkit_internal_refuse(function, "no I/O port can have the id", ioport);
        return seL4_False;
    }
    if (((microkit_ioports >> ioport) & 1) == 0) {
        microkit_internal_refuse(function, "not an I/O port of this component:", ioport);
        return seL4_False;
    }
    return seL4_True;
}

static inline void microkit_x86_ioport_write_8(microkit_ioport ioport, seL4_Word port_addr,
                                               seL4_Word data)
{
    if (microkit_internal_has_ioport(__func__, ioport)) {
        microkit_internal_expect(__func__,
                                 seL4_X86_IOPort_Out8(BASE_IOPORT_CAP + ioport, port_addr, data));
    }
}

static inline void microkit_x86_ioport_write_16(microkit_ioport ioport, seL4_Word port_addr,
                                                seL4_Word data)
{
    if (microkit_internal_has_ioport(__func__, ioport)) {
        microkit_internal_expect(__func__,
                                 seL4_X86_IOPort_Out16(BASE_IOPORT_CAP + ioport, port_addr, data));
    }
}

static inline void microkit_x86_ioport_write_32(microkit_ioport ioport, seL4_Word port_addr,
                                                seL4_Word data)
{
    if (microkit_internal_has_ioport(__func__, ioport)) {
        microkit_internal_expect(__func__,
                                 seL4_X86_IOPort_Out32(BASE_IOPORT_CAP + ioport, port_addr, data));
    }
}

static inline seL4_Uint8 microkit_x86_ioport_read_8(microkit_ioport ioport, seL4_Word port_addr)
{
    seL4_X86_IOPort_In8_t in;

    if (!microkit_internal_has_ioport(__func__, ioport)) {
        return 0;
    }
    in = seL4_X86_IOPort_In8(BASE_IOPORT_CAP + ioport, (seL4_Uint16)port_addr);
    microkit_internal_expect(__func__, (seL4_Error)in.error);
    return in.result;
}

static inline seL4_Uint16 microkit_x86_ioport_read_16(microkit_ioport ioport, seL4_Word port_addr)
{
    seL4_X86_IOPort_In16_t in;

    if (!microkit_internal_has_ioport(__func__, ioport)) {
        return 0;
    }
    in = seL4_X86_IOPort_In16(BASE_IOPORT_CAP + ioport, (seL4_Uint16)port_addr);
    microkit_internal_expect(__func__, (seL4_Error)in.error);
    return in.result;
}

static inline seL4_Uint32 microkit_x86_ioport_read_32(microkit_ioport ioport, seL4_Word port_addr)
{
    seL4_X86_IOPort_In32_t in;

    if (!microkit_internal_has_ioport(__func__, ioport)) {
        return 0;
    }
    in = seL4_X86_IOPort_In32(BASE_IOPORT_CAP + ioport, (seL4_Uint16)port_addr);
    microkit_internal_expect(__func__, (seL4_Error)in.error);
    return in.result;
}
