// SPDX-License-Identifier: BSD-2-Clause
/* A program whose functions and lines code_test.py looks up. It is compiled, never run. */
#include <stdint.h>

char microkit_name[64];
uint8_t microkit_passive;
uint64_t microkit_irqs, microkit_notifications, microkit_pps, microkit_ioports;
volatile int result;

static inline int triple(int x)
{
    return x * 3;
}

__attribute__((noinline)) int sum(int limit)
{
    int s = 0;

    for (int i = 0; i < limit; i++) {
        if (i % 7 == 0) {
            s -= triple(i);
        } else {
            s += triple(i) ^ result;
        }
    }
    return s;
}

__attribute__((noinline)) static void store(int value)
{
    result = value;
    result += 1;
}

/* Keeps much across its calls, so that its frame has several shapes. */
__attribute__((noinline)) int tree(int depth, int left, int right)
{
    int both;

    if (depth <= 0) {
        return left;
    }
    both = tree(depth - 1, left + 1, right) * tree(depth - 2, right, left);
    return both + depth + left + right;
}

void _start(void);

void _start(void)
{
    for (;;) {
        store(sum(result) + tree(result, 1, 2));
    }
}
