// SPDX-License-Identifier: BSD-2-Clause
/*
 * What is said on the console when a system cannot be started. Whoever reports ends the
 * initialiser.
 */
#pragma once
#include "job.h"

/* Before all else. Messages name the system's file as soon as the job has it. */
void report_about(struct job *job);

__attribute__((noreturn, format(printf, 1, 2))) void report_stop(const char *format, ...);

/* In words. */
const char *report_error_text(seL4_Error error);

/* As report_stop() about an object; its component and line are said, too. `component` and `line`
 * are those of what was tried, if it has its own (otherwise SYSTEM_NONE, 0). */
__attribute__((noreturn, format(printf, 4, 5))) void
report_object(uint32_t object, uint32_t component, uint32_t line, const char *format, ...);

__attribute__((noreturn)) void report_refusal(seL4_Error error, const char *doing, uint32_t object,
                                              uint32_t component, uint32_t line);

/* Goes on if the kernel did what was asked. `doing`: what was tried with the object. */
static inline void report_answer(seL4_Error error, const char *doing, uint32_t object,
                                 uint32_t component, uint32_t line)
{
    if (__builtin_expect(error != seL4_NoError, 0)) {
        report_refusal(error, doing, object, component, line);
    }
}
