// SPDX-License-Identifier: BSD-2-Clause
#include <process/status.h>

#include <tiny/printf.h>

static const char *const texts[PROCESS_STATUS_COUNT] = {
    [PROCESS_OK] = "done",
    [PROCESS_NO_MEMORY] = "out of untyped memory",
    [PROCESS_NO_SLOTS] = "out of capability slots",
    [PROCESS_NO_RECORDS] = "out of memory for bookkeeping",
    [PROCESS_NO_ADDRESSES] = "no free range of addresses is large enough",
    [PROCESS_ADDRESS_TAKEN] = "the addresses are taken",
    [PROCESS_BAD_ARGUMENT] = "an argument is out of range or misaligned",
    [PROCESS_NOT_MAPPED] = "nothing is mapped there",
    [PROCESS_BAD_PROGRAM] = "not a program that can be loaded",
    [PROCESS_REFUSED] = "the kernel refused",
};

const char *process_status_text(enum process_status status)
{
    return (unsigned)status < PROCESS_STATUS_COUNT ? texts[status] : "unknown status";
}

void process_assert_failed(const char *condition, const char *file, int line)
{
    (void)tiny_printf("%s:%d: not true: %s\n", file, line, condition);
    __builtin_trap();
}
