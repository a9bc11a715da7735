// SPDX-License-Identifier: BSD-2-Clause
#include "user.h"

#include <string.h>

#include <abi/errors.h>
#include <abi/methods.h>
#include <abi/syscalls.h>

#include "arch/host/host.h"
#include "core/sched.h"
#include "object/sched_context.h"
#include "object/tcb.h"
#include "test/fuzz/kernel/check.h"
#include "test/fuzz/kernel/fuzz.h"
#include "test/fuzz/kernel/view.h"
#include "test/fuzz/kernel/watch.h"
#include <arch/clock.h>
#include <arch/kernel_map.h>

/* Called by the user's side. */
void host_sys_null(word_t number);
void host_sys_notify(word_t number, word_t cap, word_t info);
void host_sys_send(word_t number, word_t cap, word_t info, word_t mr0, word_t mr1, word_t mr2,
                   word_t mr3);
void host_sys_call(word_t number, word_t *cap, word_t *info, word_t mr[4]);
void host_sys_recv(word_t number, word_t *cap, word_t *info, word_t mr[4], word_t reply);
void host_sys_send_recv(word_t number, word_t *cap, word_t *info, word_t mr[4], word_t reply,
                        word_t dest);
void *pointer_to(word_t vaddr);

enum { INTERRUPTS_MAX = 2000, PLAYED_MAX = 100000, SLOT_ENDPOINT = 1 };

struct user user = {.seed = 1};
static struct tcb *self;

static word_t dice(word_t below)
{
    user.seed ^= user.seed << 13;
    user.seed ^= user.seed >> 7;
    user.seed ^= user.seed << 17;
    return user.seed % below;
}

/* ---- the kernel's entries, watched ---- */

static bool replaces_held_caps(enum abi_method method)
{
    return method == METHOD_TCB_CONFIGURE || method == METHOD_TCB_SET_SPACE ||
           method == METHOD_TCB_SET_SCHED_PARAMS;
}

static void expect_removals(const struct view *view)
{
    if (view->slot != NULL && view->cap.type == CAP_CNODE && view->method == METHOD_CNODE_REVOKE) {
        watch_expect(view->target == NULL ? REMOVE_NOTHING : REMOVE_BELOW, view->target);
    } else if (view->slot != NULL && view->cap.type == CAP_CNODE &&
               view->method == METHOD_CNODE_DELETE) {
        watch_expect(REMOVE_TARGET, view->target);
    } else if (view->slot != NULL && view->cap.type == CAP_TCB &&
               replaces_held_caps(view->method)) {
        watch_expect(REMOVE_HELD, NULL);
    } else {
        watch_expect(REMOVE_NOTHING, NULL);
    }
}

/* The checks want to know what was configured. */
static void note_budget(const struct view *view)
{
    if (view->slot != NULL && view->method == METHOD_SCHED_CONTROL_CONFIGURE_FLAGS &&
        view->extra[0].type == CAP_SCHED_CONTEXT && context_info(&self->context) >> 12 == 0) {
        model_object(cap_object(view->extra[0]))->budget = clock_from_us(view->argument[0]);
    }
}

/* Memory of what exists no more is overwritten: who still uses it will be noticed. */
static void poison_dead_objects(void)
{
    enum { POISON = 0xa5, POISON_BYTES = 4096 };

    for (struct object *o = model_take_dead(); o != NULL; o = o->next_dead) {
        const paddr_t paddr = virt_to_phys((void *)o->base);

        if (paddr >= sys.ram[0].start && paddr < sys.ram[0].end) {
            memset((void *)o->base, POISON, MIN(o->size_bytes, (word_t)POISON_BYTES));
        }
    }
}

static void enter(word_t number)
{
    const struct view view = view_of(host_core->current, (int64_t)number);

    expect_removals(&view);
    host_syscall(number);
    watch_expect(REMOVE_NOTHING, NULL);
    note_budget(&view);
    poison_dead_objects();
    EXPECT(host_interrupts(INTERRUPTS_MAX), "the timer does not stop firing");
}

/* ---- others ---- */

/* They call, send or fault: what a message is worth to its receiver does not matter here. */
static void play(struct tcb *tcb)
{
    struct user_context *context = &tcb->context;
    const word_t what = dice(8);

    if (what == 0) {
        host_fault(fault_vm(0xdead000, 4, false));
        return;
    }
    context->rdi = what == 1 ? dice(16) : SLOT_ENDPOINT;
    context->rsi = 1;
    context->r10 = dice(1000);
    enter((word_t)(what == 2 ? SYS_SEND : what == 3 ? SYS_YIELD : SYS_CALL));
}

static void play_until_own_turn(void)
{
    for (unsigned i = 0; host_core->current != self; i++) {
        EXPECT(i < PLAYED_MAX, "the initial thread waits for good");
        if (host_core->current != host_core->idle) {
            play(host_core->current);
        } else {
            EXPECT(host_timer != CLOCK_NEVER, "nobody can ever run again");
            host_advance(host_timer > host_now ? host_timer - host_now : 1);
        }
        EXPECT(host_interrupts(INTERRUPTS_MAX), "the timer does not stop firing");
    }
}

/* ---- own calls ---- */

/* What can be refused in earnest: for want of memory, or of anything else. Taking away cannot. */
static bool is_refusable(const struct view *view)
{
    if (view->number != SYS_CALL || view->slot == NULL) {
        return false;
    }
    switch (view->method) {
    case METHOD_CNODE_REVOKE:
    case METHOD_CNODE_DELETE:
    case METHOD_X86_PAGE_UNMAP:
    case METHOD_TCB_SUSPEND:
    case METHOD_TCB_RESUME: return false;
    default:
        return view->cap.type != CAP_ENDPOINT && view->cap.type != CAP_REPLY &&
               view->cap.type != CAP_NOTIFICATION;
    }
}

static bool is_to_be_refused(void)
{
    const struct view view = view_of(self, SYS_CALL);

    if (!is_refusable(&view)) {
        return false;
    }
    user.refusable++;
    return user.refusable == user.refuse_at ||
           (user.refuse_one_in != 0 && dice(user.refuse_one_in) == 0);
}

static void load(word_t cap, word_t info, const word_t mr[4], word_t reply, word_t dest)
{
    struct user_context *context = &self->context;

    EXPECT(host_core->current == self, "a call by a thread that does not run");
    context->rdi = cap;
    context->rsi = info;
    context->r12 = reply;
    context->r13 = dest;
    for (unsigned i = 0; i < 4; i++) {
        context_set_message_register(context, i, mr[i]);
    }
    user.calls++;
}

static void perform(word_t number)
{
    enter(number);
    play_until_own_turn();
}

static void store(word_t *cap, word_t *info, word_t mr[4])
{
    *cap = self->context.rdi;
    *info = self->context.rsi;
    for (unsigned i = 0; i < 4; i++) {
        mr[i] = context_message_register(&self->context, i);
    }
}

void host_sys_null(word_t number)
{
    perform(number);
}

void host_sys_notify(word_t number, word_t cap, word_t info)
{
    host_sys_send(number, cap, info, 0, 0, 0, 0);
}

void host_sys_send(word_t number, word_t cap, word_t info, word_t mr0, word_t mr1, word_t mr2,
                   word_t mr3)
{
    load(cap, info, (const word_t[]){mr0, mr1, mr2, mr3}, 0, 0);
    perform(number);
}

void host_sys_call(word_t number, word_t *cap, word_t *info, word_t mr[4])
{
    load(*cap, *info, mr, 0, 0);
    if ((int64_t)number == SYS_CALL && is_to_be_refused()) {
        user.refused++;
        *info = (word_t)(dice(2) == 0 ? ERR_NOT_ENOUGH_MEMORY : ERR_ILLEGAL_OPERATION) << 12;
        return;
    }
    perform(number);
    store(cap, info, mr);
}

void host_sys_recv(word_t number, word_t *cap, word_t *info, word_t mr[4], word_t reply)
{
    host_sys_send_recv(number, cap, info, mr, reply, 0);
}

void host_sys_send_recv(word_t number, word_t *cap, word_t *info, word_t mr[4], word_t reply,
                        word_t dest)
{
    load(*cap, *info, mr, reply, dest);
    perform(number);
    store(cap, info, mr);
}

void *pointer_to(word_t vaddr)
{
    paddr_t paddr;

    EXPECT(host_touch(vaddr, &paddr), "the user's side reads at 0x%lx, where nothing is", vaddr);
    return phys_to_virt(paddr);
}

/* ---- boot ---- */

static void stopped(enum host_stop why, const char *text)
{
    fail("%s: %s", why == HOST_STOP_PANIC ? "panic" : "stopped", text);
}

static void discard(char c)
{
    (void)c;
}

void user_boot(uint64_t ram_bytes, void **bootinfo, void **ipc_buffer)
{
    /* The profile that lib/process is compiled for on the host. */
    const struct host_machine machine = {.ram_bytes = ram_bytes,
                                         .command_line = "abi=microkit-debug root_cnode_bits=9 "
                                                         "report=none"};

    host_hooks = (struct host_hooks){.stop = stopped, .put_char = discard};
    model_reset();
    EXPECT(host_boot(&machine), "the machine does not boot");
    self = host_core->current;
    model_object(self->sched_context)->budget = self->sched_context->refills[0].amount;
    *bootinfo = pointer_to(self->context.rdi);
    *ipc_buffer = tcb_ipc_buffer(self, true);
}
