// SPDX-License-Identifier: BSD-2-Clause
/*
 * One system call with every register chosen by the caller and every register
 * noted afterwards. r14 finds the way back: the kernel never touches it.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum exchange_register {
    RAX,
    RBX,
    RCX,
    RDX,
    RSI,
    RDI,
    RBP,
    RSP,
    R8,
    R9,
    R10,
    R11,
    R12,
    R13,
    R15,
    REGISTER_COUNT
};

enum { FXSAVE_BYTES = 512 };

struct exchange {
    uint64_t saved_rsp;
    uint64_t in[REGISTER_COUNT];
    uint64_t out[REGISTER_COUNT];
    uint64_t out_rflags;
    _Alignas(64) uint8_t fpu_in[FXSAVE_BYTES];
    uint8_t fpu_out[FXSAVE_BYTES];
};
_Static_assert(offsetof(struct exchange, in) == 8, "exchange.S");
_Static_assert(offsetof(struct exchange, out) == 128, "exchange.S");
_Static_assert(offsetof(struct exchange, out_rflags) == 248, "exchange.S");
_Static_assert(offsetof(struct exchange, fpu_in) == 256, "exchange.S");
_Static_assert(offsetof(struct exchange, fpu_out) == 768, "exchange.S");

void exchange(struct exchange *exchange);
/* The same with the FPU loaded before and saved after. */
void exchange_fpu(struct exchange *exchange);
/* Instead of a system call: counts rcx down to 0 with everything else at rest. */
void exchange_spin(struct exchange *exchange);
/* Where rcx points after the system call of `exchange` and `exchange_fpu`. */
extern const char exchange_return[], exchange_fpu_return[];
