// SPDX-License-Identifier: BSD-2-Clause
/*
 * A program that test/process starts. What it does is its first argument's business; what it finds
 * out it says in a call to slot 1, and its exit status says what was wrong.
 */
#include <child/child.h>
#include <tiny/string.h>

enum { ENDPOINT = 1, GREETING = 0x6161 };
enum { AUX_PAGE_BYTES = 6, AUX_PROGRAM_HEADERS = 3, AUX_ENTRY = 9, AUX_RANDOM = 25 };
enum { BAD_ARGUMENTS = 1, BAD_AUX, BAD_VARIABLES, BAD_REPLY, BAD_TASK };

static __thread int initial = 1234;
static __thread int zero;
static __thread char aligned_variable[8] __attribute__((aligned(64)));

static int plain = 4321;
static char cleared[9000];

extern void _start(void);

static int check_aux(void)
{
    return child_aux(AUX_PAGE_BYTES) == 4096 && child_aux(AUX_ENTRY) == (seL4_Word)_start &&
           tiny_memcmp((void *)child_aux(AUX_PROGRAM_HEADERS), "\1\0\0\0", 4) == 0 &&
           tiny_memcmp((void *)child_aux(AUX_RANDOM), "0123456789abcdef", 16) == 0;
}

static int check_variables(void)
{
    int sum = 0;

    for (unsigned i = 0; i < sizeof(cleared); i++) {
        sum |= cleared[i];
    }
    cleared[8000] = 1;
    return initial++ == 1234 && zero++ == 0 && plain++ == 4321 && sum == 0 &&
           (seL4_Word)aligned_variable % 64 == 0;
}

/* A message of one word, whose answer is its complement. */
static int greet(seL4_Word word)
{
    seL4_SetMR(0, word);
    (void)seL4_Call(ENDPOINT, seL4_MessageInfo_new(0, 0, 0, 1));
    return seL4_GetMR(0) == ~word;
}

/* Further threads begin here, on a stack and variables of their own. */
static void second_thread(seL4_Word ipc_buffer)
{
    seL4_SetIPCBuffer((seL4_IPCBuffer *)ipc_buffer);
    child_exit(initial == 1234 && zero == 0 && greet(GREETING + 1) ? 0 : BAD_VARIABLES);
}

static char *overflow(unsigned depth)
{
    char here[2000];

    tiny_memset(here, (int)depth, sizeof(here));
    return depth == 0 ? NULL : overflow(depth - 1) + here[depth % 8];
}

int main(int argc, char **argv, char **envp)
{
    if (argc != 2 || argv[2] != NULL || tiny_strcmp(argv[0], "child") != 0 ||
        tiny_strcmp(envp[0], "HOME=/") != 0 || envp[1] != NULL) {
        return BAD_ARGUMENTS;
    }
    if (!check_aux()) {
        return BAD_AUX;
    }
    if (!check_variables()) {
        return BAD_VARIABLES;
    }
    switch (argv[1][0]) {
    case 'g': return greet(GREETING) ? 0 : BAD_REPLY;
    case 't': return greet((seL4_Word)second_thread) ? 0 : BAD_REPLY;
    case 'o': return overflow(100) != NULL;
    case 'w': *(volatile char *)_start = 0; return BAD_TASK;
    default: return BAD_TASK;
    }
}
