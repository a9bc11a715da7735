// SPDX-License-Identifier: BSD-2-Clause
/*
 * What a program finds on its stack when it begins, as the System V ABI lays it out:
 *
 *   top     strings: arguments, environment, random bytes
 *           padding
 *           auxiliary vector, ended by a pair of zeros
 *           environment pointers, null
 *           argument pointers, null
 *   sp ->   number of arguments                           (aligned as the processor wants it)
 *
 * Pure: computes where everything goes, and gives it out in pieces to be written.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Types of the auxiliary vector that the library sets. */
enum {
    AUX_END = 0,
    AUX_PROGRAM_HEADERS = 3,
    AUX_PROGRAM_HEADER_BYTES = 4,
    AUX_PROGRAM_HEADER_COUNT = 5,
    AUX_PAGE_BYTES = 6,
    AUX_ENTRY = 9,
    AUX_RANDOM = 25,
    AUX_SOFA_IPC_BUFFER = 0x534f0001, /* where the first thread's IPC buffer is */
};

enum { START_RANDOM_BYTES = 16, START_AUX_MAX = 24 };

struct start_aux {
    uint64_t type, value;
};

/* All borrowed for the call. */
struct start_data {
    const char *const *arguments;   /* ended by null; null: none */
    const char *const *environment; /* likewise */
    const struct start_aux *aux;    /* aux_count; AUX_RANDOM and the end are added */
    unsigned aux_count;
    const void *random; /* START_RANDOM_BYTES; null: no AUX_RANDOM */
};

/* Writes bytes to an address of the new program; false: it could not, and the whole is given up. */
typedef bool (*start_write)(void *context, uint64_t address, const void *bytes, size_t size_bytes);

/* Bytes that it all takes below the top, alignment included. */
size_t start_bytes(const struct start_data *data, unsigned align);

/* Writes it below `top`; *stack gets the stack pointer. */
bool start_put(const struct start_data *data, uint64_t top, unsigned align, start_write write,
               void *context, uint64_t *stack) __attribute__((warn_unused_result));
