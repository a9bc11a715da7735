// SPDX-License-Identifier: BSD-2-Clause
/* One sequence on a fresh machine: performing steps, and checking after each. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <abi/syscalls.h>

#include "arch/host/host.h"
#include "check.h"
#include "compare.h"
#include "core/sched.h"
#include "fuzz.h"
#include "object/endpoint.h"
#include "object/irq.h"
#include "object/notification.h"
#include "object/reply.h"
#include "object/sched_context.h"
#include "object/untyped.h"
#include "resolve.h"
#include "rng.h"
#include "view.h"
#include "watch.h"
#include <arch/clock.h>
#include <arch/irq.h>
#include <arch/kernel_map.h>

enum { INTERRUPTS_MAX = 2000, EXIT_FAILED = 77 };

struct run *run;

static const struct tcb *initial_thread;

/* ---- failing ---- */

void fail(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(run->failure, sizeof(run->failure), format, arguments);
    va_end(arguments);
    run->failed = true;
    _exit(EXIT_FAILED);
}

/* DebugHalt and its like end a sequence like any other; a panic is what is looked for. */
static void stopped(enum host_stop why, const char *text)
{
    if (why == HOST_STOP_HALT) {
        _exit(0);
    }
    fail("%s: %s", why == HOST_STOP_PANIC ? "panic" : "boot", text);
}

static void discard(char c)
{
    (void)c;
}

/* ---- interrupts at preemption points ---- */

static struct rng preempt_rng;
static unsigned preempt_chance;

static bool preempt(void)
{
    if (preempt_chance == 0) {
        return false;
    }
    host_core->work = PREEMPTION_WORK; /* the next point looks as well */
    const unsigned dice = rng_below(&preempt_rng, 1 << 16);

    host_advance(dice >> 11);
    return (dice & 255) < preempt_chance;
}

static void arm_preemption(const struct op *op)
{
    preempt_rng.state = op->seed;
    preempt_chance = op->preempt;
    host_core->work = op->preempt != 0 ? PREEMPTION_WORK : 0;
}

/* ---- what may be removed ---- */

static bool replaces_held_caps(enum abi_method method)
{
    switch (method) {
    case METHOD_TCB_CONFIGURE:
    case METHOD_TCB_SET_SPACE:
    case METHOD_TCB_SET_IPC_BUFFER:
    case METHOD_TCB_SET_SCHED_PARAMS:
    case METHOD_TCB_SET_TIMEOUT_ENDPOINT:
    case METHOD_IRQ_SET_IRQ_HANDLER:
    case METHOD_IRQ_CLEAR_IRQ_HANDLER: return true;
    default: return false;
    }
}

static void expect_removals(const struct view *view)
{
    if (view->slot == NULL) {
        watch_expect(REMOVE_NOTHING, NULL);
    } else if (view->cap.type == CAP_CNODE && view->method == METHOD_CNODE_REVOKE) {
        watch_expect(view->target == NULL ? REMOVE_NOTHING : REMOVE_BELOW, view->target);
    } else if (view->cap.type == CAP_CNODE && view->method == METHOD_CNODE_DELETE) {
        watch_expect(REMOVE_TARGET, view->target);
    } else if (replaces_held_caps(view->method)) {
        watch_expect(REMOVE_HELD, NULL);
    } else {
        watch_expect(REMOVE_NOTHING, NULL);
    }
}

/* ---- what a call should have answered ---- */

struct expectation {
    struct view view;
    unsigned caller_epoch;
    unsigned events;
    bool may_configure;
    ticks_t new_budget;
    word_t free_bytes; /* of the untyped invoked */
};

static struct expectation expectation_of(const struct view *view)
{
    struct expectation e = {.view = *view, .events = model_event_count()};
    const struct object *caller = model_object(view->caller);

    e.caller_epoch = caller == NULL ? 0 : caller->epoch;
    if (view->slot != NULL && view->cap.type == CAP_SCHED_CONTROL &&
        view->method == METHOD_SCHED_CONTROL_CONFIGURE_FLAGS &&
        view->extra[0].type == CAP_SCHED_CONTEXT) {
        e.may_configure = true;
        e.new_budget = clock_from_us(view->argument[0]);
    }
    if (view->slot != NULL && view->cap.type == CAP_UNTYPED) {
        e.free_bytes = model_free_bytes(model_find(view->slot));
    }
    return e;
}

static ticks_t refill_sum(const struct sched_context *sc)
{
    ticks_t sum = 0;

    for (word_t i = 0; sched_context_is_active(sc) && i < sc->refill_count; i++) {
        sum += sc->refills[(sc->refill_first + i) % sc->refill_max].amount;
    }
    return sum;
}

/* Whether the call was carried out is not always told, so either budget will do. */
static void note_budget(const struct expectation *e)
{
    struct object *object = model_object(cap_object(e->view.extra[0]));

    if (object != NULL && refill_sum((struct sched_context *)object->base) == e->new_budget) {
        object->budget = e->new_budget;
    }
}

/* Done means that nothing is left of what was to be removed. */
static void check_removed(const struct view *view)
{
    const struct node *target = view->target == NULL ? NULL : model_find(view->target);

    if (view->cap.type == CAP_CNODE && view->method == METHOD_CNODE_DELETE) {
        EXPECT(target == NULL, "slot %p was deleted and holds a %s", (void *)view->target,
               cap_name(view->target->cap));
    } else if (view->cap.type == CAP_CNODE && view->method == METHOD_CNODE_REVOKE) {
        EXPECT(target == NULL || target->first_child == NULL,
               "slot %p was revoked and has children", (void *)view->target);
    }
}

static void check_answer(const struct expectation *e, word_t error)
{
    const struct view *view = &e->view;

    reach(REACH_ANSWERED);
    EXPECT(error < ERR_COUNT, "a call was answered with error %lu", error);
    run->counts.methods_tried[view->method / 64] |= BIT(view->method % 64);
    if (error == ERR_NONE) {
        run->counts.methods_done[view->method / 64] |= BIT(view->method % 64);
        check_removed(view);
        return;
    }
    reach(REACH_REFUSED);
    EXPECT(model_event_count() == e->events, "a refused call (error %lu) changed capabilities",
           error);
    if (view->cap.type == CAP_UNTYPED && error == ERR_NOT_ENOUGH_MEMORY) {
        const word_t told = context_message_register(&view->caller->context, 0);

        EXPECT(told == e->free_bytes, "untyped with %lu free bytes says it has %lu", e->free_bytes,
               told);
    }
}

/* Did the caller get an answer from the kernel itself? */
static bool is_answered(const struct expectation *e)
{
    const struct view *view = &e->view;
    const struct object *caller = model_object(view->caller);

    return view->number == SYS_CALL && view->slot != NULL && view->cap.type != CAP_ENDPOINT &&
           view->cap.type != CAP_NOTIFICATION && view->cap.type != CAP_REPLY && caller != NULL &&
           caller->type == CAP_TCB && caller->epoch == e->caller_epoch &&
           view->caller->state == THREAD_RUNNING && view->caller->yield_to == NULL &&
           view->caller->context.entry == ENTRY_SYSCALL &&
           view->method != METHOD_SCHED_CONTEXT_YIELD_TO;
}

static void check_touched(struct cap cap)
{
    struct object *object = cap.type == CAP_NULL || cap.type == CAP_UNTYPED || cap.type == CAP_FRAME
                                ? NULL
                                : model_object(cap_object(cap));

    if (object != NULL && !object->is_zombie && object->type == cap.type) {
        check_object(object);
    }
}

static void note(const char *format, ...) PRINTF_LIKE(1, 2);
static void note(const char *format, ...)
{
    va_list arguments;

    if (run->wants_notes) {
        char *text = run->notes[run->op_count - 1];
        const size_t at = strlen(text);

        va_start(arguments, format);
        vsnprintf(text + at, NOTE_BYTES - at, format, arguments);
        va_end(arguments);
    }
}

/* A Retype that gave way has spent the gap before the region it clears. */
static void note_clearing(const struct view *view)
{
    const struct node *node = view->slot == NULL ? NULL : model_find(view->slot);

    if (node != NULL && node->type == CAP_UNTYPED && view->method == METHOD_UNTYPED_RETYPE &&
        (view->slot->cap.data & UNTYPED_CLEARING)) {
        model_begin_clearing(view->slot, untyped_watermark(view->slot->cap));
    }
}

/* The addresses of this call, and the CNode it uses with other depths. */
static void check_lookups(const struct view *view)
{
    const struct user_context *context = &view->caller->context;
    const struct ipc_buffer *buffer = tcb_ipc_buffer(view->caller, false);

    resolve_check_address(view->caller, context_capability(context));
    resolve_check_address(view->caller, context_reply(context));
    for (unsigned i = 0; buffer != NULL && i < MSG_MAX_EXTRA_CAPS; i++) {
        resolve_check_address(view->caller, buffer->caps_or_badges[i]);
    }
    if (view->slot != NULL && view->cap.type == CAP_CNODE) {
        const unsigned depth = (unsigned)(view->argument[1] ^ view->argument[0]) % WORD_BITS + 1;

        resolve_check_slot(view->cap, view->argument[0], depth);
        resolve_check_slot(view->cap, view->argument[0], view->cap.bits);
    }
}

static void perform_call(int64_t number)
{
    struct tcb *caller = host_core->current;
    const struct view view = view_of(caller, number);
    struct expectation e = expectation_of(&view);

    if (run->wants_notes) {
        char text[NOTE_BYTES];

        view_print(&view, text, sizeof(text));
        note("%s", text);
    }
    check_lookups(&view);
    expect_removals(&view);
    reach_before_call(&view);
    host_syscall((word_t)number);
    reach_after_call(&view);
    watch_expect(REMOVE_NOTHING, NULL);
    note_clearing(&view);
    if (e.may_configure) {
        note_budget(&e);
    }
    if (is_answered(&e)) {
        const word_t error = context_info(&caller->context) >> INFO_LABEL_SHIFT;

        note(" -> %lu", error);
        check_answer(&e, error);
    } else {
        note(" -> now %lx", (word_t)(uint32_t)(uintptr_t)host_core->current);
    }
    check_touched(view.cap);
    check_touched(view.receives_on);
    check_touched(view.reply);
    for (unsigned i = 0; i < ARRAY_SIZE(view.extra); i++) {
        check_touched(view.extra[i]);
    }
}

/* ---- steps ---- */

static void set_registers(const struct op *op, struct tcb *tcb)
{
    struct user_context *context = &tcb->context;
    struct ipc_buffer *buffer = tcb_ipc_buffer(tcb, true);

    context->rdi = op->word[WORD_CAP];
    context->rsi = op->word[WORD_INFO];
    for (unsigned i = 0; i < MSG_REGISTERS; i++) {
        context_set_message_register(context, i, op->word[WORD_MR0 + i]);
    }
    context->r12 = op->word[WORD_REPLY];
    context->r13 = op->word[WORD_DESTINATION];
    for (unsigned i = 0; buffer != NULL && i < op->buffer_count; i++) {
        if (op->buffer[i].index < sizeof(*buffer) / sizeof(word_t)) {
            ((word_t *)buffer)[op->buffer[i].index] = op->buffer[i].value;
        }
    }
}

static void perform_fault(const struct op *op)
{
    const word_t *w = op->word;

    switch (w[0] % 4) {
    case 0: host_fault(fault_vm(w[1], w[2] & 0x1f, w[2] & 0x10)); break;
    case 1: host_fault(fault_user_exception(w[1] % 32, w[2] & MASK(28))); break;
    case 2: host_fault(fault_debug(w[1] % 4, w[2], w[2] % 4)); break;
    default: host_fault(fault_unknown_syscall(w[1])); break;
    }
}

static void perform_fpu(const struct op *op)
{
    struct object *object = model_object(host_core->current);
    uint64_t found;

    if (object != NULL && host_use_fpu(op->word[0], &found)) {
        EXPECT(found == object->fpu_token, "thread %p finds %lu in the FPU, had left %lu",
               (void *)host_core->current, found, object->fpu_token);
        object->fpu_token = op->word[0];
    }
}

static void resume(const struct slot *slot)
{
    if (slot->cap.type == CAP_TCB) {
        sched_enter(host_core);
        sched_check_budget(host_core);
        tcb_resume(cap_object(slot->cap));
        sched_exit(host_core);
    }
}

/* Word 0: the initial thread, if it still exists. */
static void perform_rescue(const struct op *op)
{
    const struct node_list tcbs = model_list(CAP_TCB);

    for (unsigned i = 0; op->word[0] == 0 && i < tcbs.count; i++) {
        if (tcbs.nodes[i]->object->base == (word_t)initial_thread) {
            resume(tcbs.nodes[i]->slot);
            return;
        }
    }
    if (tcbs.count > 0) {
        resume(tcbs.nodes[op->word[0] % tcbs.count]->slot);
    }
}

static bool is_restarted(const struct tcb *tcb)
{
    return tcb->context.entry == ENTRY_TRAP && tcb->context.rip == HOST_USER_IP;
}

static void perform_by_thread(const struct op *op, struct tcb *tcb)
{
    paddr_t paddr;

    switch ((enum op_kind)op->kind) {
    case OP_CALL:
        set_registers(op, tcb);
        perform_call(op->number);
        break;
    case OP_REPEAT:
        if (is_restarted(tcb)) {
            perform_call((int64_t)tcb->context.rdx);
        }
        break;
    case OP_FAULT: perform_fault(op); break;
    case OP_FPU: perform_fpu(op); break;
    case OP_TOUCH: (void)host_touch(op->word[0], &paddr); break;
    default: break;
    }
}

static void take_interrupts(void)
{
    const unsigned before = host_fast_exits;

    EXPECT(host_interrupts(INTERRUPTS_MAX), "the timer does not stop firing");
    run->counts.reached[REACH_FAST_INTERRUPTS] += host_fast_exits - before;
}

/* User mode goes on until the timer fires, never late by more than a little, as on a machine that
 * nothing stops. On time when paths are compared: whatever is due while the timer still is on its
 * way, a slow path may find first. */
static void pass_time(ticks_t ticks)
{
    enum { LATE_TICKS = 25 };
    const ticks_t late = run->setting.paths == PATHS_BOTH ? 0 : LATE_TICKS;

    while (host_timer != CLOCK_NEVER && ticks > 0) {
        const ticks_t to_timer = (host_timer > host_now ? host_timer - host_now : 0) + late;

        if (to_timer > ticks) {
            break;
        }
        host_advance(to_timer);
        ticks -= to_timer;
        take_interrupts();
    }
    host_advance(ticks);
}

static void perform_message(unsigned irq)
{
    if (irq_notification(irq)->cap.type == CAP_NOTIFICATION) {
        reach(REACH_INTERRUPTS);
    }
    host_raise_message(irq);
}

static void perform(const struct op *op)
{
    pass_time(op->ticks);
    arm_preemption(op);
    switch ((enum op_kind)op->kind) {
    case OP_TIME: break;
    case OP_PIN: host_raise_pin((unsigned)(op->word[0] % HOST_IRQ_PINS)); break;
    case OP_MESSAGE:
        perform_message(IRQ_USER_OFFSET + (unsigned)(op->word[0] % (IRQ_USER_LAST + 1)));
        break;
    case OP_RESCUE: perform_rescue(op); break;
    default:
        if (host_core->current != host_core->idle) {
            perform_by_thread(op, host_core->current);
        }
        break;
    }
    preempt_chance = 0;
    take_interrupts();
}

/* What no capability names is overwritten: whoever still uses it will be noticed. The first words
 * are what an attacker would leave in a frame to look like the kernel's own notes of how far a
 * region has been cleared (object/untyped.c). */
static void poison(struct object *o)
{
    enum { POISON = 0xa5, POISON_BYTES = 4096 };
    const paddr_t paddr = virt_to_phys((void *)o->base);

    if (paddr >= sys.ram[0].start && paddr < sys.ram[0].end) {
        word_t *words = (word_t *)o->base;

        memset(words, POISON, MIN(o->size_bytes, (word_t)POISON_BYTES));
        words[0] = paddr + o->size_bytes;
        words[1] = paddr;
    }
}

static void poison_dead_objects(void)
{
    for (struct object *o = model_take_dead(); o != NULL; o = o->next_dead) {
        poison(o);
    }
}

static void check_step(unsigned step)
{
    struct object *current = model_object(host_core->current);

    check_core();
    if (current != NULL) {
        check_object(current);
    }
    if ((step + 1) % run->full_every == 0) {
        run->counts.full_checks++;
        check_all();
    }
}

static bool boot(void)
{
    const struct setting *s = &run->setting;
    const bool is_slow = s->paths == PATHS_SLOW || run->is_second;
    char command_line[sizeof(s->command_line) + 16];
    const struct host_machine machine = {.ram_bytes = (word_t)s->ram_mib << 20,
                                         .command_line = command_line,
                                         .node_count = s->node_count};

    snprintf(command_line, sizeof(command_line), "%s fastpath=%s", s->command_line,
             is_slow ? "off" : "on");

    host_hooks = (struct host_hooks){.preempt = preempt, .stop = stopped, .put_char = discard};
    host_huge_pages = s->huge_pages;
    model_reset();
    if (!host_boot(&machine)) {
        return false;
    }
    initial_thread = host_core->current;
    model_object(host_core->current->sched_context)->budget =
        refill_sum(host_core->current->sched_context);
    return true;
}

void run_sequence(void)
{
    EXPECT(boot(), "the machine does not boot");
    check_all();
    generate_start(run->setting.seed);
    for (unsigned i = 0; i < run->op_limit; i++) {
        if (!run->replays && !generate_op(&run->ops[i], i)) {
            break;
        }
        run->op_count = i + 1;
        reach_before_step();
        perform(&run->ops[i]);
        poison_dead_objects();
        reach_after_step(i);
        if (!run->is_second) {
            check_step(i);
        }
        if (run->setting.paths == PATHS_BOTH) {
            compare_step(i);
        }
        run->counts.live_objects_max = MAX(run->counts.live_objects_max, model_object_count());
    }
    check_all();
    run->counts.reached[REACH_EVENTS] = model_event_count();
}
