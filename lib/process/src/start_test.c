// SPDX-License-Identifier: BSD-2-Clause
/* process.start: what a program finds on its stack. */
#include <process/start.h>

#include <string.h>

#include "../test/support/check.h"

enum { TOP = 0x10000, STACK_BYTES = 4096 };

static unsigned char memory[STACK_BYTES];
static unsigned writes_left;

static bool put(void *context, uint64_t address, const void *bytes, size_t size_bytes)
{
    CHECK(context == &writes_left);
    CHECK(address >= TOP - STACK_BYTES && address + size_bytes <= TOP);
    memcpy(memory + (address - (TOP - STACK_BYTES)), bytes, size_bytes);
    return writes_left-- > 0;
}

static uint64_t word(uint64_t address)
{
    uint64_t value;

    memcpy(&value, memory + (address - (TOP - STACK_BYTES)), sizeof(value));
    return value;
}

static const char *text(uint64_t address)
{
    CHECK(address > TOP - STACK_BYTES && address < TOP);
    return (const char *)memory + (address - (TOP - STACK_BYTES));
}

static const char *const arguments[] = {"program", "", "third", NULL};
static const char *const environment[] = {"A=1", "LONG=something longer", NULL};
static const struct start_aux aux[] = {{AUX_PAGE_BYTES, 4096}, {AUX_ENTRY, 0x401000}};
static const unsigned char random_bytes[START_RANDOM_BYTES] = "0123456789abcde";

static void check_all(uint64_t stack)
{
    CHECK(stack % 16 == 0 && word(stack) == 3);
    for (unsigned i = 0; i < 3; i++) {
        CHECK(strcmp(text(word(stack + 8 + 8 * i)), arguments[i]) == 0);
    }
    CHECK(word(stack + 32) == 0);
    CHECK(strcmp(text(word(stack + 40)), "A=1") == 0);
    CHECK(strcmp(text(word(stack + 48)), environment[1]) == 0);
    CHECK(word(stack + 56) == 0);
    CHECK(word(stack + 64) == AUX_PAGE_BYTES && word(stack + 72) == 4096);
    CHECK(word(stack + 80) == AUX_ENTRY && word(stack + 88) == 0x401000);
    CHECK(word(stack + 96) == AUX_RANDOM);
    CHECK(memcmp(text(word(stack + 104)), random_bytes, START_RANDOM_BYTES) == 0);
    CHECK(word(stack + 112) == AUX_END && word(stack + 120) == 0);
}

static void test_full(void)
{
    const struct start_data data = {arguments, environment, aux, 2, random_bytes};
    unsigned needed = 0;
    uint64_t stack;

    /* A write that fails at any place is told. */
    for (; writes_left = needed, !start_put(&data, TOP, 16, put, &writes_left, &stack); needed++) {
        CHECK(needed < 100);
    }
    check_all(stack);
    CHECK(TOP - stack <= start_bytes(&data, 16));
}

static void test_empty(void)
{
    const struct start_data data = {0};
    uint64_t stack;

    writes_left = 100;
    CHECK(start_put(&data, TOP - 8, 16, put, &writes_left, &stack));
    CHECK(stack % 16 == 0 && word(stack) == 0 && word(stack + 8) == 0 && word(stack + 16) == 0);
    CHECK(word(stack + 24) == AUX_END);
    CHECK(TOP - 8 - stack <= start_bytes(&data, 16));
}

int main(void)
{
    test_full();
    test_empty();
    return failures != 0;
}
