// SPDX-License-Identifier: BSD-2-Clause
#include "words.h"

struct cause_words {
    const char *name, *words;
};

static const struct cause_words causes[EXPLAIN_CAUSES] = {
    [EXPLAIN_CAUSE_UNKNOWN] = {"unknown", "stopped for a reason that is not known here"},
    [EXPLAIN_NULL_POINTER] = {"null-pointer", "used a null pointer"},
    [EXPLAIN_NULL_CALL] = {"null-call", "called or jumped through a null pointer"},
    [EXPLAIN_JUMP_TO_DATA] = {"jump-to-data", "jumped into memory that is not for code"},
    [EXPLAIN_JUMP_UNMAPPED] = {"jump-unmapped", "jumped to where it has no memory"},
    [EXPLAIN_STACK_OVERFLOW] = {"stack-overflow", "ran out of stack"},
    [EXPLAIN_STACK_UNDERFLOW] = {"stack-underflow", "went above the top of its stack"},
    [EXPLAIN_WRITE_READ_ONLY] = {"write-read-only", "wrote to memory it may only read"},
    [EXPLAIN_READ_DENIED] = {"read-denied", "read memory it may not read"},
    [EXPLAIN_PAST_END] = {"past-end", "went past the end of its memory"},
    [EXPLAIN_FOREIGN_REGION] = {"foreign-region", "used memory that only others have"},
    [EXPLAIN_KERNEL_ADDRESS] = {"kernel-address", "used an address that belongs to the kernel"},
    [EXPLAIN_UNMAPPED] = {"unmapped", "used an address where it has no memory"},
    [EXPLAIN_MAPPING_GONE] = {"mapping-gone",
                              "used memory that it had at the start, but has no longer"},
    [EXPLAIN_MISSING_CAP] = {"missing-capability", "used a capability it does not have"},
    [EXPLAIN_CAP_GONE] = {"capability-gone",
                          "used a capability that it had at the start, but cannot use so"},
    [EXPLAIN_BAD_CAP_ADDRESS] = {"bad-capability-address",
                                 "used a capability address that leads nowhere"},
    [EXPLAIN_BAD_SYSCALL] = {"unknown-system-call", "made a system call that does not exist"},
    [EXPLAIN_DIVIDE] = {"divide", "divided by zero, or the quotient was too large"},
    [EXPLAIN_SINGLE_STEP] = {"single-step", "stopped after a single step"},
    [EXPLAIN_BREAKPOINT] = {"breakpoint", "came to a breakpoint"},
    [EXPLAIN_WATCHPOINT] = {"watchpoint", "touched memory that is being watched"},
    [EXPLAIN_OVERFLOW] = {"overflow", "trapped on an overflow"},
    [EXPLAIN_BOUND] = {"bound", "went beyond a bound"},
    [EXPLAIN_INVALID_OPCODE] = {"invalid-opcode", "executed an invalid instruction"},
    [EXPLAIN_NO_FPU] = {"no-fpu", "used the floating-point unit, which it may not use"},
    [EXPLAIN_SEGMENT] = {"segment", "used a segment that is not there"},
    [EXPLAIN_STACK_SEGMENT] = {"stack-segment", "used an impossible stack address"},
    [EXPLAIN_PROTECTION] = {"general-protection",
                            "broke a rule of the processor (general protection)"},
    [EXPLAIN_PORT_IO] = {"port-io", "executed an I/O port instruction, which no component may"},
    [EXPLAIN_PRIVILEGED] = {"privileged", "executed an instruction that only the kernel may"},
    [EXPLAIN_FLOAT] = {"float", "trapped on a floating-point error"},
    [EXPLAIN_ALIGNMENT] = {"alignment", "used an address that is not aligned"},
    [EXPLAIN_BUDGET] = {"budget", "used up its budget"},
    [EXPLAIN_REFUSED] = {"refused", "asked the kernel for what it refused"},
    [EXPLAIN_KERNEL_ERROR] = {"kernel-error",
                              "stopped itself, because the kernel refused a request"},
    [EXPLAIN_ASSERTION] = {"assertion", "stopped itself, because an assertion failed"},
    [EXPLAIN_NO_ENTRY] = {"no-entry-point",
                          "was entered where its program has no function of its own"},
};

const char *explain_cause_name(enum explain_cause cause)
{
    return causes[cause].name;
}

const char *words_cause(enum explain_cause cause)
{
    return causes[cause].words;
}

const char *words_mapping(const struct system_mapping *mapping)
{
    switch (mapping->use) {
    case SYSTEM_MAP_STACK: return "stack";
    case SYSTEM_MAP_IPC_BUFFER: return "message buffer";
    case SYSTEM_MAP_REGION: return "memory region";
    case SYSTEM_MAP_IMAGE: return "description of the system";
    default: break;
    }
    if (mapping->rights & SYSTEM_EXECUTE) {
        return "code";
    }
    return mapping->rights & SYSTEM_WRITE ? "data" : "constants";
}

const char *words_phase(const struct explain_question *question)
{
    enum { CAP_RECEIVES = 2 };

    if (question->word_count <= CAP_RECEIVES) {
        return "it wanted to use";
    }
    return question->words[CAP_RECEIVES] ? "it wanted to receive from" : "it wanted to send to";
}
