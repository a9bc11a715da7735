// SPDX-License-Identifier: BSD-2-Clause
/* What the functions of this library answer, and its assertions. */
#pragma once

#define PROCESS_MUST_USE __attribute__((warn_unused_result))

/*
 * A function that does not answer PROCESS_OK has changed nothing: what it had made on the way
 * has been given back.
 */
enum process_status {
    PROCESS_OK,
    PROCESS_NO_MEMORY,     /* no piece of untyped memory is large enough */
    PROCESS_NO_SLOTS,      /* no slots are left, and none can be made */
    PROCESS_NO_RECORDS,    /* the memory for bookkeeping is used up: records_add() */
    PROCESS_NO_ADDRESSES,  /* no range of addresses is large enough */
    PROCESS_ADDRESS_TAKEN, /* the range asked for is, in part, another's */
    PROCESS_BAD_ARGUMENT,  /* misaligned, out of range, too large */
    PROCESS_NOT_MAPPED,    /* an address where there is nothing */
    PROCESS_BAD_PROGRAM,   /* not an ELF file that can be loaded: elf_parse() says why */
    PROCESS_REFUSED,       /* the kernel refused for another reason: pool.refusal */
    PROCESS_STATUS_COUNT
};

/* In words; never null. */
const char *process_status_text(enum process_status status);

/* For our own mistakes: ends the program. What others can get wrong is answered with a status. */
#define process_assert(condition)                                                                  \
    ((condition) ? (void)0 : process_assert_failed(#condition, __FILE__, __LINE__))

_Noreturn void process_assert_failed(const char *condition, const char *file, int line);
