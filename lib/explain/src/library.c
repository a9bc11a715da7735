// SPDX-License-Identifier: BSD-2-Clause
/*
 * lib/microkit stops a component by storing to the number of the kernel's error, and to address 0
 * when something else is wrong. That is no null pointer, and the trace tells.
 */
#include "library.h"
#include "trace.h"
#include <sel4/errors.h>

enum { PLACES = 4 }; /* how far the library's own functions are looked for */

static const char *const errors[] = {
    [seL4_NoError] = "no error",
    [seL4_InvalidArgument] = "invalid argument",
    [seL4_InvalidCapability] = "invalid capability",
    [seL4_IllegalOperation] = "illegal operation",
    [seL4_RangeError] = "out of range",
    [seL4_AlignmentError] = "wrong alignment",
    [seL4_FailedLookup] = "failed lookup",
    [seL4_TruncatedMessage] = "message too short",
    [seL4_DeleteFirst] = "something is there already",
    [seL4_RevokeFirst] = "revoke what is derived first",
    [seL4_NotEnoughMemory] = "not enough memory",
};

enum { ERRORS = sizeof(errors) / sizeof(errors[0]) };

const char *library_error(uint64_t number)
{
    return number < ERRORS ? errors[number] : "unknown error";
}

static bool is_text(const char *text, const char *wanted)
{
    while (text && *text && *text == *wanted) {
        text++;
        wanted++;
    }
    return text && *text == *wanted;
}

/* By its name; or by its file, where compilers put it into other functions. */
static bool is_crash(const struct explain_place *place)
{
    return trace_is_in(place, "microkit_internal_crash") || is_text(place->code.file, "base.h") ||
           is_text(place->code.file, "microkit.h");
}

static bool is_below(const struct explain_facts *facts, const char *function)
{
    for (unsigned i = 0; i < facts->trace_count && i < PLACES; i++) {
        if (trace_is_in(&facts->trace[i], function)) {
            return true;
        }
    }
    return false;
}

static enum explain_cause cause_of(const struct explain_facts *facts)
{
    if (facts->address == 0 && is_below(facts, "__assert_fail")) {
        return EXPLAIN_ASSERTION;
    }
    if (!is_crash(&facts->trace[0]) || facts->address >= ERRORS) {
        return facts->cause;
    }
    if (facts->address != 0) {
        return EXPLAIN_KERNEL_ERROR;
    }
    return is_below(facts, "stop_without") || is_below(facts, "protected") ||
                   is_below(facts, "fault")
               ? EXPLAIN_NO_ENTRY
               : EXPLAIN_KERNEL_ERROR;
}

void library_find(struct explain_facts *facts)
{
    /* It may have been looked for before, with fewer callers. */
    if (facts->cause >= EXPLAIN_KERNEL_ERROR) {
        facts->cause = EXPLAIN_NULL_POINTER;
        facts->number = 0;
    }
    if (facts->cause == EXPLAIN_NULL_POINTER && facts->write && facts->trace_count > 0) {
        facts->cause = cause_of(facts);
    }
    if (facts->cause == EXPLAIN_KERNEL_ERROR) {
        facts->number = facts->address;
    }
}
