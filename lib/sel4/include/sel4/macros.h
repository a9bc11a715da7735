// SPDX-License-Identifier: BSD-2-Clause
/* How the functions of this library are declared. */
#pragma once

#define LIBSEL4_INLINE      static inline
#define LIBSEL4_INLINE_FUNC static inline __attribute__((unused))
#define LIBSEL4_BIT(n)      (1ul << (n))
#define SEL4_PACKED         __attribute__((packed))
#define SEL4_DEPRECATED(x)  __attribute__((deprecated(x)))
