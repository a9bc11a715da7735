// SPDX-License-Identifier: BSD-2-Clause
/* explain.faults: lib/explain over a description that the builder made. (It is here because
 * libraries do not see the builder.) */
#include "build.h"
#include "code.h"
#include "test/program.h"
#include <explain/explain.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned failures;

static const char system_text_of_test[] =
    "<system>\n"
    "<memory_region name='table' size='0x1000'/>\n"
    "<memory_region name='ring' size='0x2000'/>\n"
    "<memory_region name='secret' size='0x1000'/>\n"
    "<protection_domain name='one' priority='9' stack_size='0x2000' fpu='false'>\n"
    "  <program_image path='p'/>\n"
    "  <map mr='table' vaddr='0x4000000' perms='r'/>\n"
    "  <map mr='ring' vaddr='0x5000000' perms='rw'/>\n"
    "  <irq pin='17' vector='33' id='4'/>\n"
    "</protection_domain>\n"
    "<protection_domain name='two' priority='8'>\n"
    "  <program_image path='p'/>\n"
    "  <map mr='secret' vaddr='0x6000000' perms='rw'/>"
    "  <map mr='spare' vaddr='0x3fff000' perms='rw'/>\n"
    "</protection_domain>\n"
    "<channel><end pd='one' id='3'/><end pd='two' id='5' pp='true'/></channel>\n"
    "<memory_region name='spare' size='0x1000'/>\n"
    "</system>\n";

enum { WANTED_MAX = 4 };

/* The stack of component one: 8 KiB below the top that the builder chose. */
static const uint64_t stack_top = 0x7fffffffd000, stack_bottom = 0x7fffffffb000;
static const uint64_t stack_at = 0x7fffffffc000;

/* One fault and what has to be said about it. */
struct fault {
    const char *name;
    uint32_t component;
    uint64_t label;
    uint32_t count;
    uint64_t words[5];
    uint64_t sp; /* 0: registers are not known */
    enum explain_cause cause;
    const char *wanted[WANTED_MAX];
};

#define PC UINT64_C(0x200000)

static const struct fault faults[] = {
    {"null read",
     0,
     EXPLAIN_VM,
     4,
     {PC, 8, 0, 4},
     0,
     EXPLAIN_NULL_POINTER,
     {"'one' (program) used a null pointer\n", "it read from 0x8, which is that far into",
      "at _start+0x0"}},
    {"null write",
     1,
     EXPLAIN_VM,
     4,
     {PC, 0, 0, 6},
     0,
     EXPLAIN_NULL_POINTER,
     {"'two' (program) used a null pointer\n", "it wrote to 0x0\n"}},
    {"null call",
     0,
     EXPLAIN_VM,
     4,
     {0, 0, 0, 4},
     stack_at,
     EXPLAIN_NULL_CALL,
     {"through a null pointer", "went on at 0x0",
      "called from _start+0x8, a.c:10 (0x200008), 15 times or more\n"}},
    {"jump to nowhere",
     0,
     EXPLAIN_VM,
     4,
     {0x900000, 0x900000, 0, 4},
     stack_at,
     EXPLAIN_JUMP_UNMAPPED,
     {"jumped to where it has no memory", "called from _start+0x8"}},
    {"jump to data, told as fetch",
     0,
     EXPLAIN_VM,
     4,
     {0x201010, 0x201010, 1, 21},
     0,
     EXPLAIN_JUMP_TO_DATA,
     {"memory that is not for code", "0x10 bytes into the data at 0x201000"}},
    {"write to read-only region",
     0,
     EXPLAIN_VM,
     4,
     {PC, 0x4000010, 0, 7},
     0,
     EXPLAIN_WRITE_READ_ONLY,
     {"wrote to memory it may only read", "0x10 bytes into the memory region 'table'",
      "test.system:7: this <map> gives it perms=\"r\"; it would take perms=\"rw\""}},
    {"write to code",
     0,
     EXPLAIN_VM,
     4,
     {PC, 0x200020, 0, 7},
     0,
     EXPLAIN_WRITE_READ_ONLY,
     {"0x20 bytes into the code at 0x200000", "no line of test.system changes that"}},
    {"past the end of a region",
     0,
     EXPLAIN_VM,
     4,
     {PC, 0x5002008, 0, 6},
     0,
     EXPLAIN_PAST_END,
     {"past the end", "0x8 bytes behind the end of the memory region 'ring'",
      "test.system:3: this <memory_region> has size=\"0x2000\""}},
    {"stack overflow into the guard page",
     0,
     EXPLAIN_VM,
     4,
     {PC, stack_bottom - 8, 0, 6},
     0,
     EXPLAIN_STACK_OVERFLOW,
     {"ran out of stack", "0x8 bytes below the stack",
      "it has stack_size=\"0x2000\"; a larger one"}},
    {"stack overflow beyond the guard page",
     0,
     EXPLAIN_VM,
     4,
     {PC, stack_bottom - 0x8000, 0, 6},
     stack_bottom - 0x8010,
     EXPLAIN_STACK_OVERFLOW,
     {"test.system:5: it has stack_size=\"0x2000\""}},
    {"far below the stack, with a good stack pointer",
     0,
     EXPLAIN_VM,
     4,
     {PC, stack_bottom - 0x8000, 0, 6},
     stack_at,
     EXPLAIN_UNMAPPED,
     {"where it has no memory",
      "test.system:5: a <map> of 'one' that covers 0x7fffffff3000 would"}},
    {"above the stack",
     0,
     EXPLAIN_VM,
     4,
     {PC, stack_top + 8, 0, 4},
     0,
     EXPLAIN_STACK_UNDERFLOW,
     {"above the top of its stack"}},
    {"another's region",
     0,
     EXPLAIN_VM,
     4,
     {PC, 0x6000004, 0, 4},
     0,
     EXPLAIN_FOREIGN_REGION,
     {"only others have", "0x4 bytes into the memory region 'secret' of 'two'",
      "test.system:13: this <map> is for 'two'; 'one' would need <map mr=\"secret\" "
      "vaddr=\"0x6000000\" perms=\"r\" />"}},
    {"past the end, where another has memory",
     1,
     EXPLAIN_VM,
     4,
     {PC, 0x4000008, 0, 6},
     0,
     EXPLAIN_PAST_END,
     {"0x8 bytes behind the end of the memory region 'spare'", "that address is mapped for 'one'",
      "test.system:16: this <memory_region>"}},
    {"null pointer with a large offset",
     0,
     EXPLAIN_VM,
     4,
     {PC, 0x20000, 0, 4},
     0,
     EXPLAIN_UNMAPPED,
     {"perhaps a null pointer"}},
    {"kernel address",
     0,
     EXPLAIN_VM,
     4,
     {PC, UINT64_C(0xffff800000000000), 0, 5},
     0,
     EXPLAIN_KERNEL_ADDRESS,
     {"belongs to the kernel"}},
    {"mapped, but gone",
     0,
     EXPLAIN_VM,
     4,
     {PC, 0x5000000, 0, 6},
     0,
     EXPLAIN_MAPPING_GONE,
     {"had at the start", "at the start of the memory region 'ring'",
      "test.system:8: this <map> gave it perms=\"rw\"; it was taken away since"}},
    {"notification missing",
     0,
     EXPLAIN_CAP,
     6,
     {PC, 10 + 9, 0, 2, 0},
     0,
     EXPLAIN_MISSING_CAP,
     {"a capability it does not have", "for the notification of channel 9",
      "test.system:5: a <channel> with <end pd=\"one\" id=\"9\" /> would grant it"}},
    {"channel without calls",
     0,
     EXPLAIN_CAP,
     6,
     {PC, 74 + 3, 0, 2, 0},
     0,
     EXPLAIN_MISSING_CAP,
     {"for the endpoint of channel 3", "test.system:15: the channel is there, but not for this use",
      "pp=\"true\" here would grant it"}},
    {"interrupt missing",
     1,
     EXPLAIN_CAP,
     6,
     {PC, 138 + 4, 0, 2, 0},
     0,
     EXPLAIN_MISSING_CAP,
     {"for interrupt 4", "test.system:11: an <irq> with id=\"4\" in 'two' would grant it"}},
    {"notification there, but of no use",
     0,
     EXPLAIN_CAP,
     6,
     {PC, 10 + 3, 1, 2, 0},
     0,
     EXPLAIN_CAP_GONE,
     {"it wanted to receive from capability address 0xd, which is for the notification of "
      "channel 3 and leads to 'two'",
      "test.system:15: this granted it"}},
    {"capability address of nonsense",
     0,
     EXPLAIN_CAP,
     7,
     {PC, 0xdeadbeef, 0, 3, 1},
     0,
     EXPLAIN_BAD_CAP_ADDRESS,
     {"leads nowhere", "0xdeadbeef, which is no slot of its own"}},
    {"slot of <cspace>",
     0,
     EXPLAIN_CAP,
     4,
     {PC, UINT64_C(7) << 58, 0, 2},
     0,
     EXPLAIN_MISSING_CAP,
     {"it wanted to send to", "which is slot 7 of its <cspace>",
      "in the <cspace> of 'one' a <cap_...> with slot=\"7\" would grant it"}},
    {"id that nobody can have",
     0,
     EXPLAIN_CAP,
     4,
     {PC, 10 + 63, 0, 2},
     0,
     EXPLAIN_MISSING_CAP,
     {"no line of test.system would grant it: ids go to 61"}},
    {"null capability", 0, EXPLAIN_CAP, 2, {PC, 0}, 0, EXPLAIN_MISSING_CAP, {"none: null"}},
    {"divide",
     0,
     EXPLAIN_USER_EXCEPTION,
     5,
     {PC, 0, 0, 0, 0},
     0,
     EXPLAIN_DIVIDE,
     {"divided by zero", "exception 0"}},
    {"breakpoint, as exception",
     0,
     EXPLAIN_USER_EXCEPTION,
     5,
     {PC + 0x40, 0, 0, 3, 0},
     0,
     EXPLAIN_BREAKPOINT,
     {"came to a breakpoint", "at _start+0x40"}},
    {"invalid opcode",
     0,
     EXPLAIN_USER_EXCEPTION,
     5,
     {PC, 0, 0, 6, 0},
     0,
     EXPLAIN_INVALID_OPCODE,
     {"invalid instruction", "__builtin_trap()"}},
    {"floating point forbidden",
     0,
     EXPLAIN_USER_EXCEPTION,
     5,
     {PC, 0, 0, 7, 0},
     0,
     EXPLAIN_NO_FPU,
     {"test.system:5: fpu=\"false\" forbids it"}},
    {"general protection",
     0,
     EXPLAIN_USER_EXCEPTION,
     5,
     {PC, 0, 0, 13, 0},
     0,
     EXPLAIN_PROTECTION,
     {"general protection"}},
    {"port instruction",
     0,
     EXPLAIN_USER_EXCEPTION,
     5,
     {PC + 0x10, 0, 0, 13, 0},
     0,
     EXPLAIN_PORT_IO,
     {"I/O port instruction", "test.system:5: with an <ioport> in 'one'"}},
    {"port instruction of 16 bits",
     0,
     EXPLAIN_USER_EXCEPTION,
     5,
     {PC + 0x1c, 0, 0, 13, 0},
     0,
     EXPLAIN_PORT_IO,
     {"I/O port instruction"}},
    {"halt",
     0,
     EXPLAIN_USER_EXCEPTION,
     5,
     {PC + 0x12, 0, 0, 13, 0},
     0,
     EXPLAIN_PRIVILEGED,
     {"only the kernel may"}},
    {"write to a model specific register",
     0,
     EXPLAIN_USER_EXCEPTION,
     5,
     {PC + 0x14, 0, 0, 13, 0},
     0,
     EXPLAIN_PRIVILEGED,
     {"only the kernel may"}},
    {"stack segment",
     0,
     EXPLAIN_USER_EXCEPTION,
     5,
     {PC, 0, 0, 12, 0},
     0,
     EXPLAIN_STACK_SEGMENT,
     {"impossible stack address"}},
    {"alignment",
     0,
     EXPLAIN_USER_EXCEPTION,
     5,
     {PC, 0, 0, 17, 0},
     0,
     EXPLAIN_ALIGNMENT,
     {"not aligned"}},
    {"floating point not forbidden",
     1,
     EXPLAIN_USER_EXCEPTION,
     5,
     {PC, 0, 0, 7, 0},
     0,
     EXPLAIN_NO_FPU,
     {"may not use\n  exception 7, code 0x0\n  at _start+0x0"}},
    {"exception without a number",
     0,
     EXPLAIN_USER_EXCEPTION,
     1,
     {PC},
     0,
     EXPLAIN_CAUSE_UNKNOWN,
     {"an exception of the processor; which, is not known"}},
    {"floating point error",
     0,
     EXPLAIN_USER_EXCEPTION,
     5,
     {PC, 0, 0, 19, 0},
     0,
     EXPLAIN_FLOAT,
     {"floating-point error"}},
    {"exception of the future",
     0,
     EXPLAIN_USER_EXCEPTION,
     5,
     {PC, 0, 0, 1234, 7},
     0,
     EXPLAIN_CAUSE_UNKNOWN,
     {"not known here", "exception 1234, code 0x7"}},
    {"software breakpoint",
     0,
     EXPLAIN_DEBUG_EXCEPTION,
     2,
     {PC, 3},
     0,
     EXPLAIN_BREAKPOINT,
     {"came to a breakpoint"}},
    {"single step",
     0,
     EXPLAIN_DEBUG_EXCEPTION,
     2,
     {PC, 2},
     0,
     EXPLAIN_SINGLE_STEP,
     {"single step"}},
    {"watchpoint",
     0,
     EXPLAIN_DEBUG_EXCEPTION,
     4,
     {PC, 0, 0x5000000, 1},
     0,
     EXPLAIN_WATCHPOINT,
     {"being watched", "at address 0x5000000"}},
    {"executing data, noticed later",
     0,
     EXPLAIN_USER_EXCEPTION,
     5,
     {0x201010, 0, 0, 6, 0},
     0,
     EXPLAIN_JUMP_TO_DATA,
     {"memory that is not for code", "it went on at 0x201010, 0x10 bytes into the data",
      "there it executed an invalid instruction"}},
    {"executing a region, noticed later",
     0,
     EXPLAIN_VM,
     4,
     {0x4000010, 8, 0, 6},
     0,
     EXPLAIN_JUMP_TO_DATA,
     {"went on at 0x4000010", "there it used a null pointer",
      "test.system:7: this <map> gives it perms=\"r\"; it would take perms=\"rx\""}},
    {"system call of nonsense",
     0,
     EXPLAIN_UNKNOWN_SYSCALL,
     19,
     {0},
     0,
     EXPLAIN_BAD_SYSCALL,
     {"system call that does not exist", "number 0;"}},
    {"budget",
     1,
     EXPLAIN_TIMEOUT,
     2,
     {0x101, 900},
     stack_at,
     EXPLAIN_BUDGET,
     {"'two' (program) used up its budget", "after it ran for 900 us",
      "test.system:11: it has budget=\"", "a larger budget"}},
    {"label of nonsense", 0, 77, 0, {0}, 0, EXPLAIN_CAUSE_UNKNOWN, {"label 0x4d"}},
    {"message too short",
     0,
     EXPLAIN_VM,
     1,
     {PC},
     0,
     EXPLAIN_CAUSE_UNKNOWN,
     {"not known here", "at _start+0x0"}},
    {"empty message",
     0,
     EXPLAIN_USER_EXCEPTION,
     0,
     {0},
     0,
     EXPLAIN_CAUSE_UNKNOWN,
     {"not known here"}},
};

/* ---- the description ---- */

struct test {
    struct job job;
    struct target target;
    struct list search;
    struct program_file file;
    struct build build;
    const struct system_image *image;
};

/* Instructions that the processor refuses, in the first segment. */
static void put_instructions(struct program_file *file)
{
    file->data[0x10] = (char)0xec; /* in al, dx */
    file->data[0x12] = (char)0xf4; /* hlt */
    file->data[0x14] = 0x0f;       /* wrmsr */
    file->data[0x15] = 0x30;
    file->data[0x1c] = 0x66; /* out dx, ax */
    file->data[0x1d] = (char)0xef;
}

static struct program *load(struct test *test)
{
    static const struct place at = {.file = "program"};
    struct file *file = job_take(&test->job, sizeof(*file));
    struct elf *elf;

    *file = (struct file){"program", (const unsigned char *)&test->file, sizeof(test->file)};
    elf = elf_parse(&test->job, file, &at, test->target.arch->elf_machine);
    elf->code = code_table(&test->job, elf);
    return program_new(&test->job, elf, elf);
}

static void work(void *argument)
{
    struct test *test = argument;
    const struct system_source source = {
        .job = &test->job, .target = &test->target, .search = &test->search, .extensions = true};
    const struct system *system =
        system_parse(&source, "test.system", system_text_of_test, sizeof(system_text_of_test) - 1);
    struct program *programs[2];
    struct machine machine = {.kernel = {0x100000, 0x200000}};

    for (size_t i = 0; i < system->components.count; i++) {
        programs[i] = load(test);
    }
    machine_set_ram(&machine, &test->target, UINT64_C(1) << 30);
    test->build = build_programs(&source, system, programs, load(test), load(test), &machine);
    test->image = (const struct system_image *)(const void *)test->build.block.bytes;
}

static bool build(struct test *test)
{
    memset(test, 0, sizeof(*test));
    job_init(&test->job);
    target_init(&test->target, board_named("x86_64_generic"), "debug");
    make_program(&test->file);
    test->file.header.e_machine = test->target.arch->elf_machine;
    put_instructions(&test->file);
    if (!job_run(&test->job, work, test)) {
        fprintf(stderr, "%s", test->job.message);
        job_fini(&test->job);
        return false;
    }
    return true;
}

/* ---- faults ---- */

struct text_buffer {
    char text[EXPLAIN_TEXT_MAX + 1];
    size_t length;
};

static void put(void *context, char c)
{
    struct text_buffer *buffer = context;

    if (buffer->length >= EXPLAIN_TEXT_MAX) {
        fprintf(stderr, "the text is too long\n");
        exit(1);
    }
    buffer->text[buffer->length++] = c;
    buffer->text[buffer->length] = 0;
}

/* Every word of the stack is a return address of _start. */
static bool read_stack(void *context, uint64_t address, uint64_t *word)
{
    (void)context;
    *word = PC + 8;
    return address >= stack_bottom && address < stack_top;
}

static void expect(bool good, const char *name, const char *what, const char *text)
{
    if (!good) {
        fprintf(stderr, "explain.faults: %s: expected %s\n%s", name, what, text);
        failures++;
    }
}

static void check_fault(const struct test *test, const struct fault *fault)
{
    const struct explain_registers registers = {.pc = fault->words[0],
                                                .general = {[EXPLAIN_RSP] = fault->sp}};
    struct explain_question question = {.image = test->image,
                                        .component = fault->component,
                                        .label = fault->label,
                                        .word_count = fault->count,
                                        .registers = fault->sp ? &registers : NULL,
                                        .read = read_stack};
    struct explain_facts facts;
    struct text_buffer text = {.length = 0}, json = {.length = 0};
    char cause[64];

    memcpy(question.words, fault->words, sizeof(fault->words));
    explain_find(&question, &facts);
    explain_text(&facts, put, &text);
    explain_json(&facts, put, &json);
    expect(facts.cause == fault->cause, fault->name, explain_cause_name(fault->cause), text.text);
    for (unsigned i = 0; i < WANTED_MAX && fault->wanted[i]; i++) {
        expect(strstr(text.text, fault->wanted[i]), fault->name, fault->wanted[i], text.text);
    }
    snprintf(cause, sizeof(cause), "\"cause\":\"%s\"", explain_cause_name(fault->cause));
    expect(strstr(json.text, cause), fault->name, cause, json.text);
}

/* ---- callers ---- */

/* A stack of three levels, as the rows of make_frames() want it. */
static bool read_levels(void *context, uint64_t address, uint64_t *word)
{
    static const uint64_t words[] = {
        [8] = 0x1234,   /* the caller's frame pointer, where rbp points */
        [9] = PC + 8,   /* and behind it where it goes on: here the frame is at rsp + 8 */
        [10] = PC + 2,  /* here at rsp + 16 */
        [12] = 0x13579, /* not in the program: the end */
    };
    uint64_t index = (address - stack_at) / sizeof(uint64_t);

    (void)context;
    *word = index < sizeof(words) / sizeof(words[0]) ? words[index] : 0;
    return address >= stack_at && address < stack_top;
}

static void check_trace(const struct test *test)
{
    const struct explain_registers registers = {
        .pc = PC + 5, .general = {[EXPLAIN_RSP] = stack_at + 8, [EXPLAIN_RBP] = stack_at + 64}};
    const struct explain_question question = {.image = test->image,
                                              .label = EXPLAIN_VM,
                                              .word_count = 4,
                                              .words = {PC + 5, 8, 0, 4},
                                              .registers = &registers,
                                              .read = read_levels};
    struct explain_facts facts;
    struct text_buffer text = {.length = 0};

    explain_find(&question, &facts);
    explain_text(&facts, put, &text);
    expect(facts.trace_count == 3 && facts.trace[1].address == PC + 8 &&
               facts.trace[2].address == PC + 2,
           "callers", "the instruction and two callers", text.text);
    expect(facts.trace[0].code.line == 10 && facts.trace[1].code.function, "callers",
           "line 10, and the caller's function", text.text);
}

/* At a system call the true stack pointer is in rbx. */
static void check_trace_of_call(const struct test *test)
{
    struct explain_registers registers = {
        .pc = PC + 8, .general = {[EXPLAIN_RBX] = stack_at + 80, [EXPLAIN_RSP] = 0x5000000}};
    const struct explain_question question = {.image = test->image,
                                              .label = EXPLAIN_CAP,
                                              .word_count = 4,
                                              .words = {PC + 8, 20, 0, 2},
                                              .registers = &registers,
                                              .read = read_levels};
    struct explain_facts facts;

    explain_find(&question, &facts);
    expect(facts.trace_count == 2 && facts.trace[1].address == PC + 2, "callers of a call",
           "one caller", "");
    registers.general[EXPLAIN_RBX] = 7;
    explain_find(&question, &facts);
    expect(facts.trace_count == 1, "callers of a call", "none without a stack pointer", "");
}

/* ---- nonsense ---- */

enum { NONSENSE_ROUNDS = 20000 };

static uint64_t random_state = 88172645463325252;

/* Small numbers, addresses that mean something with a bit changed, and anything at all. */
static uint64_t odd_word(void)
{
    static const uint64_t likely[] = {PC,        stack_top, stack_bottom,
                                      0x5000000, 0x4000000, 1ull << 47};

    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    switch (random_state >> 61) {
    case 0:
    case 1:
    case 2: return random_state % 600;
    case 3:
    case 4:
    case 5: return likely[random_state % 6] ^ (random_state >> 20 & 0x1fff);
    default: return random_state;
    }
}

static bool read_nonsense(void *context, uint64_t address, uint64_t *word)
{
    (void)context;
    (void)address;
    *word = odd_word();
    return odd_word() % 8 != 0;
}

static void check_nonsense(const struct test *test)
{
    struct explain_registers registers = {.pc = odd_word()};
    struct explain_question question = {.image = test->image,
                                        .component = (uint32_t)(odd_word() % 3),
                                        .label = odd_word() % 8 ? odd_word() % 10 : odd_word(),
                                        .word_count = (uint32_t)odd_word(),
                                        .registers = odd_word() % 4 ? &registers : NULL,
                                        .read = odd_word() % 4 ? read_nonsense : NULL};
    struct explain_facts facts;
    struct text_buffer text = {.length = 0}, json = {.length = 0};

    for (unsigned i = 0; i < EXPLAIN_WORDS; i++) {
        question.words[i] = odd_word();
    }
    for (unsigned i = 0; i < EXPLAIN_REGISTERS; i++) {
        registers.general[i] = odd_word();
    }
    explain_find(&question, &facts);
    explain_text(&facts, put, &text);
    explain_json(&facts, put, &json);
    expect(text.length && text.text[text.length - 1] == '\n', "nonsense", "whole lines", text.text);
    expect(strstr(json.text, "}\n") == json.text + json.length - 2, "nonsense", "one JSON line",
           json.text);
}

int main(void)
{
    struct test test;

    if (!build(&test)) {
        return EXIT_FAILURE;
    }
    for (unsigned i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        check_fault(&test, &faults[i]);
    }
    check_trace(&test);
    check_trace_of_call(&test);
    for (unsigned i = 0; i < NONSENSE_ROUNDS; i++) {
        check_nonsense(&test);
    }
    job_fini(&test.job);
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
