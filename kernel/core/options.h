// SPDX-License-Identifier: BSD-2-Clause
/*
 * The kernel command line: words separated by blanks, parsed in every config.
 * A word this kernel does not know is ignored (a boot loader may put a file
 * name there); a known word with a bad value is an error, because a machine
 * that quietly ran with something else would be worse than one that stops.
 *
 *   abi=NAME | KEY:VALUE,...   which build of the interface programs expect
 *   root_cnode_bits=N          size of the initial CSpace, 8..20
 *   console_port=N             serial port of kernel messages, 0 = none
 *   debug_port=N               serial port of debug output, 0 = none
 *   disable_iommu              accepted; there is no IOMMU support to disable
 *   tsc_mhz=N                  clock rate, instead of measuring it
 *   fpu=lazy | fpu=eager       when a thread gets the FPU
 *   fastpath=on | off          whether short cuts are taken (tests compare)
 *   sofa_ext=0 | 1             announce the extensions in the boot information
 *   report=LEVEL               what a debug kernel prints about user code: none, stopped (faults
 *                              that nobody handles), faults (all), refused (invocations, too)
 *   exit_port=N                QEMU's debug-exit port, for tests; 0 = none
 */
#pragma once

#include "lib/base.h"

/*
 * The user-visible choices of one build of the interface. Values of the named
 * builds come from <abi/profiles.h>; abi= may change single ones.
 */
struct abi_profile {
    const char *name;        /* the named build it started from */
    bool hwdebug;            /* hardware breakpoints and single stepping */
    bool iommu;              /* I/O page tables exist as a type */
    bool vtx;                /* labels of virtualisation are numbered */
    bool vtx64;              /* and those of 64-bit guests */
    bool tls;                /* the SetTLSBase system call exists */
    bool msr;                /* the debug calls on model specific registers exist */
    bool pmc;                /* user level may read performance counters */
    uint16_t domains;        /* 1..256 */
    uint16_t schedules;      /* 2..256 entries in the domain schedule */
    uint16_t nodes;          /* 1..16 cores visible in the interface */
    uint8_t root_cnode_bits; /* 8..20 */
};

enum { OPTION_PORT_FIRMWARE = -1, OPTION_PORT_NONE = 0 };

/* What is printed about user code: each level adds to the one before. */
enum report_level { REPORT_NONE, REPORT_STOPPED, REPORT_FAULTS, REPORT_REFUSED };

struct options {
    struct abi_profile abi;
    int32_t console_port;    /* OPTION_PORT_* or a port number */
    int32_t debug_port;      /* the same */
    int32_t exit_port;       /* OPTION_PORT_NONE or a port number */
    uint32_t tsc_mhz;        /* 0: measure */
    uint8_t root_cnode_bits; /* as given, 0: not; abi.root_cnode_bits is what holds */
    bool disable_iommu;
    bool fpu_eager;
    bool fastpath_off;
    bool sofa_ext;
    uint8_t report; /* enum report_level */
};

enum { OPTIONS_ERROR_BYTES = 640 };

/* Everything as it is without a command line. */
void options_init(struct options *options);

/*
 * Parses `line` (borrowed) over the defaults. On a bad word returns false with
 * one line of text in `error`: the word, what is wrong and what is accepted;
 * the other words have been taken over all the same, so that the message can
 * still go to the console_port= that was asked for.
 */
MUST_USE bool options_parse(struct options *options, const char *line,
                            char error[OPTIONS_ERROR_BYTES]);
