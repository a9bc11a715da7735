// SPDX-License-Identifier: BSD-2-Clause
/*
 * memcpy and relatives as REP string instructions on words: short code without
 * vector registers, and one counted instruction per eight bytes.
 */
#include "lib/string.h"

/* Both move `count` units and leave the advanced pointers behind. */
ALWAYS_INLINE void move_words(void **to, const void **from, size_t count)
{
    __asm__ volatile("rep movsq" : "+D"(*to), "+S"(*from), "+c"(count) : : "memory");
}

ALWAYS_INLINE void move_bytes(void **to, const void **from, size_t count)
{
    __asm__ volatile("rep movsb" : "+D"(*to), "+S"(*from), "+c"(count) : : "memory");
}

void *memcpy(void *restrict to, const void *restrict from, size_t size_bytes)
{
    void *d = to;
    const void *s = from;

    move_words(&d, &s, size_bytes / 8);
    move_bytes(&d, &s, size_bytes % 8);
    return to;
}

/* From the last byte to the first. The direction flag is clear again afterwards, as the ABI wants.
 */
static void copy_backwards(void *to, const void *from, size_t size_bytes)
{
    char *d = (char *)to + size_bytes - 1;
    const char *s = (const char *)from + size_bytes - 1;
    size_t tail = size_bytes % 8;
    size_t words = size_bytes / 8;

    __asm__ volatile("std\n\t"
                     "rep movsb\n\t"
                     "sub $7, %%rdi\n\t"
                     "sub $7, %%rsi\n\t"
                     "mov %3, %%rcx\n\t"
                     "rep movsq\n\t"
                     "cld"
                     : "+D"(d), "+S"(s), "+c"(tail)
                     : "r"(words)
                     : "memory", "cc");
}

void *memmove(void *to, const void *from, size_t size_bytes)
{
    /* One unsigned compare: true also when `to` lies below `from`. */
    if ((uintptr_t)to - (uintptr_t)from >= size_bytes) {
        return memcpy(to, from, size_bytes);
    }
    copy_backwards(to, from, size_bytes);
    return to;
}

void *memset(void *to, int byte, size_t size_bytes)
{
    void *d = to;
    uint64_t pattern = 0x0101010101010101ull * (uint8_t)byte;
    size_t words = size_bytes / 8;
    size_t tail = size_bytes % 8;

    __asm__ volatile("rep stosq" : "+D"(d), "+c"(words) : "a"(pattern) : "memory");
    __asm__ volatile("rep stosb" : "+D"(d), "+c"(tail) : "a"(pattern) : "memory");
    return to;
}

int memcmp(const void *a, const void *b, size_t size_bytes)
{
    const uint8_t *x = a;
    const uint8_t *y = b;

    for (size_t i = 0; i < size_bytes; i++) {
        if (x[i] != y[i]) {
            return x[i] < y[i] ? -1 : 1;
        }
    }
    return 0;
}
