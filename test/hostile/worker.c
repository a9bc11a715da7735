// SPDX-License-Identifier: BSD-2-Clause
#include "worker.h"

#include "instructions.h"
#include "methods.h"
#include "values.h"

enum { LABEL_SHIFT = 12, CAPS_SHIFT = 7, BUFFER_WORDS = 120, LABEL_LIMIT = 96 };

static struct shared *shared(void)
{
    return (struct shared *)SHARED_ADDRESS;
}

static seL4_IPCBuffer *buffer_of(const struct worker *worker)
{
    return (seL4_IPCBuffer *)worker_page_address((unsigned)worker->index, PAGE_BUFFER);
}

/* ---- one call ---- */

static void trap(struct worker *worker, uint64_t number)
{
    worker->exchange.in[RDX] = number;
    worker->calls++;
    exchange(&worker->exchange);
}

static void any_registers(struct worker *worker)
{
    for (unsigned i = 0; i < REGISTER_COUNT; i++) {
        worker->exchange.in[i] = value_odd(&worker->dice);
    }
    worker->exchange.in[RSP] = worker->exchange.in[RBP];
}

static void set_message_word(struct worker *worker, unsigned index, uint64_t word)
{
    static const enum exchange_register registers[] = {R10, R8, R9, R15};

    if (index < 4) {
        worker->exchange.in[registers[index]] = word;
    } else if (index < BUFFER_WORDS) {
        buffer_of(worker)->msg[index] = word;
    }
}

/* ---- invocations ---- */

static const struct method *choose_method(struct dice *dice)
{
    for (;;) {
        const struct method *method = &methods[dice_below(dice, method_count)];

        if (dice_below(dice, 12) < method->weight) {
            return method;
        }
    }
}

static unsigned put_arguments(struct worker *worker, const char *letters)
{
    unsigned length = 0;

    for (; letters[length] != '\0'; length++) {
        set_message_word(worker, length, value_argument(&worker->dice, shared(), letters[length]));
    }
    return length;
}

static unsigned put_capabilities(struct worker *worker, const char *kinds)
{
    unsigned count = 0;

    for (; kinds[count] != '\0'; count++) {
        buffer_of(worker)->caps_or_badges[count] =
            value_cap(&worker->dice, shared(), (enum kind)kinds[count]);
    }
    return count;
}

static uint64_t info_word(struct dice *dice, uint64_t label, unsigned caps, unsigned length)
{
    switch (dice_below(dice, 40)) {
    case 0: length = dice_below(dice, 128); break;
    case 1: caps = dice_below(dice, 4); break;
    case 2: label = dice_below(dice, LABEL_LIMIT); break;
    case 3: return dice_word(dice);
    default: break;
    }
    return label << LABEL_SHIFT | (uint64_t)caps << CAPS_SHIFT | length;
}

/* What a new object of this type would be called in the hints. */
static enum kind kind_of_type(uint64_t type)
{
    static const uint8_t kinds[] = {
        [seL4_UntypedObject] = KIND_UNTYPED,
        [seL4_TCBObject] = KIND_TCB,
        [seL4_EndpointObject] = KIND_ENDPOINT,
        [seL4_NotificationObject] = KIND_NOTIFICATION,
        [seL4_CapTableObject] = KIND_CNODE,
        [seL4_SchedContextObject] = KIND_SCHED_CONTEXT,
        [seL4_ReplyObject] = KIND_REPLY,
        [seL4_X86_PDPTObject] = KIND_PDPT,
        [seL4_X64_PML4Object] = KIND_VSPACE,
        [seL4_X86_4K] = KIND_FRAME,
        [seL4_X86_LargePageObject] = KIND_FRAME,
        [seL4_X86_PageTableObject] = KIND_TABLE,
        [seL4_X86_PageDirectoryObject] = KIND_DIRECTORY,
    };

    return type < sizeof(kinds) && kinds[type] != 0 ? (enum kind)kinds[type] : KIND_ANY;
}

static void hint(uint64_t slot, uint8_t kind)
{
    if (slot < HOSTILE_SLOTS) {
        shared()->kind[slot] = kind;
    }
}

static void hint_copy(uint64_t to, uint64_t from, bool moved)
{
    hint(to, from < HOSTILE_SLOTS ? shared()->kind[from] : (uint8_t)KIND_ANY);
    if (moved) {
        hint(from, KIND_NONE);
    }
}

/* An invocation was answered without error: what is where now, if the roots were the usual ones. */
static void note_success(struct worker *worker, unsigned label)
{
    const uint64_t *in = worker->exchange.in;
    const uint64_t mr[4] = {in[R10], in[R8], in[R9], in[R15]};
    const seL4_Word *msg = buffer_of(worker)->msg;

    worker->success++;
    switch (label) {
    case UntypedRetype:
        for (uint64_t i = 0; i < (msg[5] & 0xff); i++) {
            hint(msg[4] + i, (uint8_t)kind_of_type(mr[0]));
        }
        break;
    case CNodeDelete: hint(mr[0], KIND_NONE); break;
    case CNodeCopy:
    case CNodeMint: hint_copy(mr[0], mr[2], false); break;
    case CNodeMove:
    case CNodeMutate: hint_copy(mr[0], mr[2], true); break;
    case X86ASIDControlMakePool: hint(mr[0], KIND_ASID_POOL); break;
    case X86IOPortControlIssue: hint(mr[2], KIND_IO_PORT); break;
    case IRQIssueIRQHandler: hint(mr[1], KIND_IRQ_HANDLER); break;
    case X86IRQIssueIRQHandlerIOAPIC:
    case X86IRQIssueIRQHandlerMSI: hint(mr[0], KIND_IRQ_HANDLER); break;
    default: break;
    }
}

static void invoke(struct worker *worker, const struct method *method)
{
    struct dice *dice = &worker->dice;
    uint64_t *in = worker->exchange.in;
    const seL4_CPtr cap = value_cap(dice, shared(), (enum kind)method->kind);
    const unsigned length = put_arguments(worker, method->arguments);
    const unsigned caps = put_capabilities(worker, method->capabilities);

    in[RDI] = cap;
    in[RSI] = info_word(dice, method->label, caps, length);
    if (dice_percent(dice, 88)) {
        trap(worker, (uint64_t)seL4_SysCall);
        if (worker->exchange.out[RSI] >> LABEL_SHIFT == 0) {
            note_success(worker, method->label);
            worker->done[method - methods]++;
        } else {
            worker->refused++;
        }
        return;
    }
    /* The other ways to invoke: plain sends, and the first half of a combined call. */
    in[R12] = in[R13] = cap;
    switch (dice_below(dice, 5)) {
    case 0: trap(worker, (uint64_t)seL4_SysSend); break;
    case 1: trap(worker, (uint64_t)seL4_SysNBSend); break;
    case 2:
        in[RDI] = value_cap(dice, shared(), KIND_NOTIFICATION);
        trap(worker, (uint64_t)seL4_SysNBSendWait);
        break;
    case 3:
        in[RDI] = value_cap(dice, shared(), KIND_NOTIFICATION);
        trap(worker, (uint64_t)seL4_SysReplyRecv);
        break;
    default:
        in[RDI] = value_cap(dice, shared(), KIND_ENDPOINT);
        in[R12] = value_cap(dice, shared(), KIND_REPLY);
        trap(worker, (uint64_t)seL4_SysNBSendRecv);
        break;
    }
}

/* ---- IPC ---- */

static void set_receive_path(struct worker *worker)
{
    seL4_IPCBuffer *buffer = buffer_of(worker);

    buffer->receiveCNode = value_cap(&worker->dice, shared(), KIND_CNODE);
    buffer->receiveIndex = value_argument(&worker->dice, shared(), 'e');
    buffer->receiveDepth = value_argument(&worker->dice, shared(), 'd');
}

static void communicate(struct worker *worker)
{
    struct dice *dice = &worker->dice;
    uint64_t *in = worker->exchange.in;
    /* Calls that do not block are twice as likely as those that do. */
    static const int8_t numbers[] = {
        seL4_SysCall,   seL4_SysReplyRecv, seL4_SysNBSendRecv, seL4_SysNBSendWait, seL4_SysSend,
        seL4_SysNBSend, seL4_SysNBSend,    seL4_SysRecv,       seL4_SysNBRecv,     seL4_SysNBRecv,
        seL4_SysWait,   seL4_SysNBWait,    seL4_SysNBWait,     seL4_SysYield,
    };
    const bool signals = dice_percent(dice, 40);
    const enum kind kind = signals ? KIND_NOTIFICATION : KIND_ENDPOINT;
    const unsigned caps = dice_percent(dice, 20) ? 1 + dice_below(dice, 3) : 0;

    for (unsigned i = 0; i < caps; i++) {
        buffer_of(worker)->caps_or_badges[i] = value_cap(dice, shared(), KIND_ANY);
    }
    if (dice_percent(dice, 20)) {
        set_receive_path(worker);
    }
    in[RDI] = value_cap(dice, shared(), kind);
    in[R12] = value_cap(dice, shared(), KIND_REPLY);
    in[R13] = value_cap(dice, shared(), dice_percent(dice, 50) ? KIND_ENDPOINT : KIND_REPLY);
    in[RSI] = info_word(dice, dice_below(dice, 4), caps, dice_below(dice, 14));
    trap(worker, (uint64_t)(int64_t)numbers[dice_below(dice, sizeof(numbers))]);
}

/* ---- other nuisances ---- */

static void make_noise(struct worker *worker)
{
    struct dice *dice = &worker->dice;

    any_registers(worker);
    if (dice_percent(dice, 50)) {
        worker->exchange.in[RDI] = value_cap(dice, shared(), KIND_ANY);
        worker->exchange.in[RSI] = info_word(dice, dice_below(dice, LABEL_LIMIT),
                                             dice_below(dice, 4), dice_below(dice, 128));
        worker->exchange.in[R12] = value_cap(dice, shared(), KIND_ANY);
    }
    trap(worker, value_call_number(dice));
}

/* Calls of debug and benchmark kernels; those that print a lot are rare. */
static void debug_call(struct worker *worker)
{
    struct dice *dice = &worker->dice;
    uint64_t number = (uint64_t)-12 - dice_below(dice, 22);

    if ((number == (uint64_t)-13 || number == (uint64_t)-16) && !dice_percent(dice, 2)) {
        number = (uint64_t)-15;
    }
    worker->exchange.in[RDI] =
        dice_percent(dice, 70) ? value_cap(dice, shared(), KIND_TCB) : value_odd(dice);
    trap(worker, value_forbidden_call(number) ? (uint64_t)-25 : number);
}

static void fill_buffer(struct worker *worker)
{
    seL4_Word *words = (seL4_Word *)buffer_of(worker);

    for (unsigned i = 0; i < sizeof(seL4_IPCBuffer) / sizeof(seL4_Word); i++) {
        words[i] = value_odd(&worker->dice);
    }
}

static void misbehave(struct worker *worker)
{
    struct dice *dice = &worker->dice;
    const uint64_t a = dice_percent(dice, 60) ? value_address(dice) : dice_below(dice, 0x100);

    worker->instructions++;
    instruction_run(instruction_table[dice_below(dice, (unsigned)instruction_count)], a,
                    value_address(dice), value_odd(dice) | 1ull << 62);
}

static void run_noise(struct worker *worker)
{
    const uint64_t at = NOISE_ADDRESS + dice_below(&worker->dice, PAGE_BYTES);

    worker->instructions++;
    instruction_run((instruction)at, value_address(&worker->dice), value_address(&worker->dice),
                    0x0123456789abcdefull);
}

static void step(struct worker *worker)
{
    const unsigned choice = dice_below(&worker->dice, 1000);

    if (choice < 600) {
        invoke(worker, choose_method(&worker->dice));
    } else if (choice < 890) {
        communicate(worker);
    } else if (choice < 930) {
        make_noise(worker);
    } else if (choice < 950) {
        debug_call(worker);
    } else if (choice < 960) {
        fill_buffer(worker);
    } else if (choice < 995) {
        misbehave(worker);
    } else {
        run_noise(worker);
    }
}

void worker_begin(struct worker *worker)
{
    for (;;) {
        step(worker);
    }
}
