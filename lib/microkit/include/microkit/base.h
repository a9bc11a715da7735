// SPDX-License-Identifier: BSD-2-Clause
/*
 * What all parts of the component API stand on: slots, limits, the variables that the system
 * builder fills in, debug output, and how a component stops itself.
 *
 * Functions that begin with microkit_internal_ are not for use outside.
 */
#pragma once

#include <sel4/sel4.h>

typedef unsigned int microkit_channel;
typedef unsigned int microkit_child; /* of a child component, or of a virtual CPU */
typedef unsigned int microkit_ioport;
typedef seL4_MessageInfo_t microkit_msginfo;

/* Slots of a component's capabilities; to those called BASE the id is added. */
#define MONITOR_EP                   5
#define TCB_CAP                      6
#define ARM_SMC_CAP                  7
#define BASE_OUTPUT_NOTIFICATION_CAP 10
#define BASE_ENDPOINT_CAP            74
#define BASE_IRQ_CAP                 138
#define BASE_TCB_CAP                 202
#define BASE_VM_TCB_CAP              266
#define BASE_VCPU_CAP                330
#define BASE_IOPORT_CAP              394
#define BASE_USER_CAPS               458

/* The table above all that: its slot 0 holds the one with the slots above. */
#define PD_ROOT_CAP_BITS       6
#define PD_ROOT_CAP_SIZE       (1 << PD_ROOT_CAP_BITS)
#define MICROKIT_MAX_USER_CAPS 128

#define MICROKIT_MAX_CHANNELS   62
#define MICROKIT_MAX_CHANNEL_ID (MICROKIT_MAX_CHANNELS - 1)
#define MICROKIT_MAX_IOPORT_ID  62
#define MICROKIT_PD_NAME_LENGTH 64

/* Zero in the program file; the system builder writes them. Bit n: id n is valid. */
extern char microkit_name[MICROKIT_PD_NAME_LENGTH]; /* ends with 0 only if it is shorter */
extern seL4_Word microkit_irqs;
extern seL4_Word microkit_notifications;
extern seL4_Word microkit_pps;
extern seL4_Word microkit_ioports;

/* The operation that the event loop performs when it next enters the kernel, if there is one. */
extern seL4_Bool microkit_have_signal;
extern seL4_CPtr microkit_signal_cap;
extern seL4_MessageInfo_t microkit_signal_msg;

/* Nothing is printed where the kernel cannot print. */
void microkit_dbg_putc(int c);
void microkit_dbg_puts(const char *text);
void microkit_dbg_put8(seL4_Uint8 number);
void microkit_dbg_put32(seL4_Uint32 number);

/*
 * Stops the component: the store faults, and the address tells parent or monitor which error it
 * was. The compiler must not see that it is next to null, or it would put a trap there instead.
 * It is a function of its own, and one that does not return, so that both its name and its caller
 * are found when the fault is explained.
 */
static __attribute__((noinline, noreturn, cold, unused)) void
microkit_internal_crash(seL4_Error error)
{
    seL4_Word address = (seL4_Word)error;

    __asm__ volatile("" : "+r"(address));
    for (;;) {
        *(volatile int *)address = 0;
    }
}

static inline void microkit_internal_put_name(void)
{
    for (int i = 0; i < MICROKIT_PD_NAME_LENGTH && microkit_name[i] != '\0'; i++) {
        microkit_dbg_putc(microkit_name[i]);
    }
}

/* The line about a request that is not made, because its id is not one of this component. */
static inline void microkit_internal_refuse(const char *function, const char *complaint,
                                            seL4_Word id)
{
#ifdef CONFIG_PRINTING
    microkit_internal_put_name();
    microkit_dbg_puts(" ");
    microkit_dbg_puts(function);
    microkit_dbg_puts(": ");
    microkit_dbg_puts(complaint);
    microkit_dbg_puts(" '");
    microkit_dbg_put32((seL4_Uint32)id);
    microkit_dbg_puts("'\n");
#else
    (void)function;
    (void)complaint;
    (void)id;
#endif
}

/* Stops the component if the kernel refused what only a wrong system could make it refuse. */
static inline void microkit_internal_expect(const char *function, seL4_Error error)
{
    if (error != seL4_NoError) {
        microkit_internal_refuse(function, "the kernel refuses with error", (seL4_Word)error);
        microkit_internal_crash(error);
    }
}

/* Is the id one of this component's, as `valid` has them? Says so if not. */
static inline seL4_Bool microkit_internal_has(const char *function, seL4_Word valid,
                                              microkit_channel ch)
{
    if (ch > MICROKIT_MAX_CHANNEL_ID) {
        microkit_internal_refuse(function, "no channel can have the id", ch);
        return seL4_False;
    }
    if (((valid >> ch) & 1) == 0) {
        microkit_internal_refuse(function, "not possible on channel", ch);
        return seL4_False;
    }
    return seL4_True;
}

/*
 * Writes the program counter and lets the thread go; its other registers stay as they are. The
 * registers are static so that they are zeros without a memset, which no library offers here.
 */
static inline void microkit_internal_restart(const char *function, seL4_CPtr tcb, seL4_Word entry)
{
    static seL4_UserContext registers;

    *(seL4_Word *)&registers = entry; /* the first word on every architecture */
    microkit_internal_expect(function, seL4_TCB_WriteRegisters(tcb, seL4_True, 0, 1, &registers));
}
