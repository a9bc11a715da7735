// SPDX-License-Identifier: BSD-2-Clause
/*
 * The vocabulary every kernel file shares: word types, bit arithmetic, and the
 * four words of checking (style: assert, check_*, static_assert, unreachable).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t word_t;  /* what one machine register or message register holds */
typedef uint64_t paddr_t; /* physical address */
typedef uint64_t vaddr_t; /* user virtual address: never dereferenced by the kernel */
typedef uint64_t ticks_t; /* time, in ticks of the kernel clock */

#define WORD_BITS 64

#define BIT(n)                        (1ull << (n))
#define MASK(n)                       ((n) >= 64 ? ~0ull : BIT(n) - 1)
#define MASK63(n)                     (BIT(n) - 1) /* for n known to be below 64 */
#define ARRAY_SIZE(a)                 (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b)                     ((a) < (b) ? (a) : (b))
#define MAX(a, b)                     ((a) > (b) ? (a) : (b))
#define ALIGN_DOWN(x, n)              ((x) & ~(word_t)MASK(n)) /* n: log2 of the alignment */
#define ALIGN_UP(x, n)                ALIGN_DOWN((x) + MASK(n), n)
#define IS_ALIGNED(x, n)              (((x)&MASK(n)) == 0)
#define CONTAINER_OF(p, type, member) ((type *)(void *)((char *)(p)-offsetof(type, member)))

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define MUST_USE          __attribute__((warn_unused_result))
#define NORETURN          __attribute__((noreturn))
#define NOINLINE          __attribute__((noinline))
#define ALWAYS_INLINE     static inline __attribute__((always_inline))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

/* Code and data that only run before the first user instruction; the memory is given away then. */
#define BOOT_CODE __attribute__((section(".boot.text"), cold))
#define BOOT_DATA __attribute__((section(".boot.data")))

/* Prints what went wrong, with a back trace, and stops the machine. */
NORETURN void panic(const char *format, ...) PRINTF_LIKE(1, 2);

/*
 * assert: our own bug. Compiled where CONFIG_ASSERT is 1 (debug, host).
 * assert_cheap: a single compare on a slow path; on in every config.
 */
#define assert_cheap(condition)                                                                    \
    do {                                                                                           \
        if (unlikely(!(condition))) {                                                              \
            panic("%s:%d: %s: assertion failed: %s", __FILE__, __LINE__, __func__, #condition);    \
        }                                                                                          \
    } while (0)

#define assert(condition)                                                                          \
    do {                                                                                           \
        if (CONFIG_ASSERT) {                                                                       \
            assert_cheap(condition);                                                               \
        }                                                                                          \
    } while (0)

#define unreachable(why) panic("%s:%d: %s: cannot happen: %s", __FILE__, __LINE__, __func__, why)

#ifndef static_assert
#define static_assert _Static_assert
#endif

static inline unsigned count_leading_zeros(word_t x)
{
    return x == 0 ? WORD_BITS : (unsigned)__builtin_clzll(x);
}

static inline unsigned count_trailing_zeros(word_t x)
{
    return x == 0 ? WORD_BITS : (unsigned)__builtin_ctzll(x);
}

/* Largest n with 2^n <= x; x must not be 0. */
static inline unsigned log2_floor(word_t x)
{
    return WORD_BITS - 1 - count_leading_zeros(x);
}
