// SPDX-License-Identifier: BSD-2-Clause
#include "record.h"
#include <string.h>

/* Where the words of a message are, as the kernel's interface has them (x86_64). */
enum {
    FIRST_PC = 0,
    MEMORY_ADDRESS = 1,
    MEMORY_FETCH = 2,
    MEMORY_STATUS = 3,
    CAP_ADDRESS = 1,
    CAP_RECEIVES = 2,
    SYSCALL_PC = 15,
    SYSCALL_NUMBER = 18,
    EXCEPTION_NUMBER = 3,
    EXCEPTION_CODE = 4,
    DEBUG_REASON = 1,
    DEBUG_ADDRESS = 2,
    DEBUG_SIZE = 3,
    TIMEOUT_BADGE = 0,
    TIMEOUT_CONSUMED = 1,
};

void record_begin(struct record *record, enum record_source source, uint64_t line)
{
    *record = (struct record){.source = source, .line = line};
}

void record_set_word(struct record *record, unsigned index, uint64_t value)
{
    if (index < EXPLAIN_WORDS) {
        record->words[index] = value;
        record->word_count = index >= record->word_count ? index + 1 : record->word_count;
    }
}

bool record_set_register(struct record *record, const char *name, uint64_t value)
{
    static const char names[EXPLAIN_REGISTERS][4] = {"rax", "rdx", "rcx", "rbx", "rsi", "rdi",
                                                     "rbp", "rsp", "r8",  "r9",  "r10", "r11",
                                                     "r12", "r13", "r14", "r15"};

    if (strcmp(name, "rip") == 0) {
        record->registers.pc = value;
        record->known |= 1u << RECORD_PC;
        return true;
    }
    for (unsigned i = 0; i < EXPLAIN_REGISTERS; i++) {
        if (strcmp(name, names[i]) == 0) {
            record->registers.general[i] = value;
            record->known |= 1u << i;
            return true;
        }
    }
    return false;
}

bool record_knows(const struct record *record, unsigned number)
{
    return record->known >> number & 1;
}

static void begin_message(struct record *record, enum explain_label label)
{
    record->has_label = true;
    record->label = label;
    record->word_count = 0;
}

void record_set_memory(struct record *record, uint64_t pc, uint64_t address, uint64_t status)
{
    begin_message(record, EXPLAIN_VM);
    record_set_word(record, FIRST_PC, pc);
    record_set_word(record, MEMORY_ADDRESS, address);
    record_set_word(record, MEMORY_FETCH, (status & STATUS_FETCH) != 0);
    record_set_word(record, MEMORY_STATUS, status);
}

void record_set_cap(struct record *record, uint64_t pc, uint64_t address, bool receives)
{
    begin_message(record, EXPLAIN_CAP);
    record_set_word(record, FIRST_PC, pc);
    record_set_word(record, CAP_ADDRESS, address);
    record_set_word(record, CAP_RECEIVES, receives);
}

void record_set_syscall(struct record *record, uint64_t pc, uint64_t number)
{
    begin_message(record, EXPLAIN_UNKNOWN_SYSCALL);
    record_set_word(record, SYSCALL_PC, pc);
    record_set_word(record, SYSCALL_NUMBER, number);
}

void record_set_exception(struct record *record, uint64_t pc, uint64_t number, uint64_t code)
{
    begin_message(record, EXPLAIN_USER_EXCEPTION);
    record_set_word(record, FIRST_PC, pc);
    record_set_word(record, EXCEPTION_NUMBER, number);
    record_set_word(record, EXCEPTION_CODE, code);
}

void record_set_debug(struct record *record, uint64_t pc, uint64_t reason, uint64_t address)
{
    begin_message(record, EXPLAIN_DEBUG_EXCEPTION);
    record_set_word(record, FIRST_PC, pc);
    record_set_word(record, DEBUG_REASON, reason);
    record_set_word(record, DEBUG_ADDRESS, address);
    record_set_word(record, DEBUG_SIZE, 0);
}

void record_set_timeout(struct record *record, uint64_t consumed_us)
{
    begin_message(record, EXPLAIN_TIMEOUT);
    record_set_word(record, TIMEOUT_BADGE, 0);
    record_set_word(record, TIMEOUT_CONSUMED, consumed_us);
}

void record_set_pc(struct record *record)
{
    if (record->has_label && record->label != EXPLAIN_TIMEOUT && record_knows(record, RECORD_PC)) {
        record_set_word(record, record->label == EXPLAIN_UNKNOWN_SYSCALL ? SYSCALL_PC : FIRST_PC,
                        record->registers.pc);
    }
}

void record_copy(char *to, size_t size, const char *text, size_t length)
{
    size_t used = length < size ? length : size - 1;

    memcpy(to, text, used);
    to[used] = 0;
}
