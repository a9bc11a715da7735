// SPDX-License-Identifier: BSD-2-Clause
/*
 * kernel.core.fastpath: every case of fastpath.c, and every reason not to take it, with the
 * fast paths on and off. Both machines must end up in the same state (arch/host/state.h),
 * at once and after the timer has fired; and with them on, the fast path must have been
 * taken exactly when the case says so.
 */
#include "core/fastpath.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arch/host/state.h"
#include "arch/host/unit_test.h"
#include "core/fastpath_scenarios.h"
#include "core/sched.h"
#include "object/endpoint.h"
#include "object/notification.h"
#include "object/reply.h"
#include <abi/limits.h>
#include <arch/clock.h>
#include <arch/irq.h>

enum {
    LISTING_BYTES = 1 << 18,
    BADGE = 77,
    SELF_PRIORITY = 100,
    IRQ = IRQ_USER_OFFSET + 3,
    PIN = 5
};

/* ---- the world: objects by their slots ---- */

enum { SERVER, SECOND, READY, READY_TOO, SENDER, THREADS };

static word_t tcbs, endpoints, notifications, replies, contexts, frames, badged, weak, handler;
static word_t signals; /* two capabilities to the first notification, of different badges */
static word_t deep;    /* a CNode whose slot 1 is a copy of what would be called */
static bool is_on;     /* the fast paths */
static struct tcb *self;
static struct slot *slots; /* of the CSpace, whoever is current */

static void *object(word_t slot)
{
    return cap_object(slots[slot].cap);
}

static struct tcb *thread(unsigned n)
{
    return object(tcbs + n);
}

static word_t find(enum cap_type type, unsigned nth)
{
    for (word_t i = 0; i < 1024; i++) {
        if (slots[i].cap.type == type && nth-- == 0) {
            return i;
        }
    }
    return 0;
}

static word_t make(word_t *next, word_t type, word_t size_bits, word_t count)
{
    const word_t slot = *next;

    CHECK(unit_retype(unit_largest_untyped(), type, size_bits, slot, count) == ERR_NONE);
    *next += count;
    return slot;
}

static void configure_context(word_t control, word_t context, word_t budget_us, word_t period_us,
                              bool is_sporadic)
{
    CHECK(unit_call((struct unit_call){.cap = control,
                                       .method = METHOD_SCHED_CONTROL_CONFIGURE_FLAGS,
                                       .arguments = {budget_us, period_us, 0, 5, is_sporadic},
                                       .length = 5,
                                       .extra = {context},
                                       .extra_count = 1}) == ERR_NONE);
}

static void configure_thread(const struct scenario *s, unsigned n)
{
    const bool is_server = n == SERVER;

    CHECK(unit_call((struct unit_call){
              .cap = tcbs + n,
              .method = METHOD_TCB_CONFIGURE,
              .arguments = {0, 0, is_server && s->lacks_buffer ? 0 : 0x800000 + n * 4096},
              .length = 3,
              .extra = {SLOT_INIT_CNODE, SLOT_INIT_VSPACE, frames + n},
              .extra_count = 3}) == ERR_NONE);
    if (is_server && s->lacks_buffer) {
        thread(n)->slots[TCB_SLOT_BUFFER].cap.rights = RIGHT_READ;
    }
    if (is_server && s->lacks_space) {
        thread(n)->slots[TCB_SLOT_VSPACE].cap.data = 0;
    }
    thread(n)->priority = SELF_PRIORITY;
}

static void mint(word_t slot, word_t source, word_t rights, word_t badge)
{
    CHECK(unit_call(
              (struct unit_call){.cap = SLOT_INIT_CNODE,
                                 .method = METHOD_CNODE_MINT,
                                 .arguments = {slot, WORD_BITS, source, WORD_BITS, rights, badge},
                                 .length = 6,
                                 .extra = {SLOT_INIT_CNODE},
                                 .extra_count = 1}) == ERR_NONE);
}

static void make_objects(const struct scenario *s)
{
    word_t next = unit_first_free() + 8;

    tcbs = make(&next, TYPE_TCB, 0, THREADS);
    endpoints = make(&next, TYPE_ENDPOINT, 0, 2);
    notifications = make(&next, TYPE_NOTIFICATION, 0, 2);
    replies = make(&next, TYPE_REPLY, 0, 3);
    contexts = make(&next, TYPE_SCHED_CONTEXT, 8, THREADS);
    frames = make(&next, TYPE_PAGE_4K, 0, THREADS);
    badged = next++;
    mint(badged, endpoints, RIGHT_ALL, BADGE);
    weak = next++;
    mint(weak, endpoints,
         s->lacks_write  ? RIGHT_READ | RIGHT_GRANT
         : s->lacks_read ? RIGHT_WRITE | RIGHT_GRANT
                         : RIGHT_READ | RIGHT_WRITE,
         BADGE);
    handler = next++;
    signals = next;
    next += 2;
    mint(signals, notifications, s->lacks_write ? RIGHT_READ : RIGHT_ALL, 0x11);
    mint(signals + 1, notifications, RIGHT_ALL, 0x21);
    for (unsigned n = 0; n < THREADS; n++) {
        configure_thread(s, n);
        configure_context(find(CAP_SCHED_CONTROL, 0), contexts + n, 5000,
                          n == SERVER || s->is_sporadic ? 9000 : 5000, s->is_sporadic);
    }
}

/* ---- who waits, who is ready ---- */

static void give_context(unsigned n)
{
    sched_context_bind_tcb(object(contexts + n), thread(n));
}

static void receive(unsigned n, word_t endpoint, struct reply *reply)
{
    endpoint_receive(object(endpoint), thread(n), true, reply);
}

static void make_ready(unsigned n, unsigned priority)
{
    thread(n)->priority = (uint8_t)priority;
    give_context(n);
    tcb_set_state(thread(n), THREAD_RUNNING);
    sched_enqueue_tail(thread(n));
}

static bool is_about_notifications(const struct scenario *s)
{
    return s->act == SIGNAL || s->act == SIGNAL_TWICE || s->act == INTERRUPT;
}

static void place_server(const struct scenario *s)
{
    struct tcb *server = thread(SERVER);

    server->domain = (uint8_t)s->domain;
    server->priority = s->priority == 0 ? SELF_PRIORITY : s->priority;
    if (s->was_elsewhere) {
        configure_context(find(CAP_SCHED_CONTROL, 1), contexts + SERVER, 5000, 9000, false);
        give_context(SERVER);
        sched_context_unbind_tcb(object(contexts + SERVER));
    }
    if (s->bound != NOT_BOUND) {
        tcb_bind_notification(
            server, object(is_about_notifications(s) ? notifications : notifications + 1));
    }
    if (s->is_absent) {
        return;
    }
    if (is_about_notifications(s) && s->bound == NOT_BOUND) {
        notification_receive(object(notifications), server, true);
    } else {
        receive(SERVER, endpoints, s->lacks_reply ? NULL : object(replies));
    }
    if (s->is_active) {
        give_context(SERVER);
    }
}

static void set_ready_state(const struct scenario *s, struct tcb *tcb)
{
    struct sched_context *target = object(contexts + SERVER);

    if (s->restarts) {
        tcb_set_state(tcb, THREAD_RESTART);
    }
    if (s->yields) {
        tcb->wait.is_call = true;
        tcb->yield_to = target;
        target->yield_from = tcb;
    }
}

static void place_others(const struct scenario *s)
{
    thread(SECOND)->priority -= s->second_is_lower;
    if (s->second_waits && is_about_notifications(s)) {
        notification_receive(object(notifications), thread(SECOND), true);
    } else if (s->second_waits || s->act == CALL_TWICE || s->act == REPLY_TWICE) {
        receive(SECOND, s->second_waits ? endpoints : endpoints + 1, object(replies + 1));
    }
    for (unsigned i = 0; i < ARRAY_SIZE(s->ready); i++) {
        if (s->ready[i] != 0) {
            make_ready(READY + i, s->ready[i]);
            set_ready_state(s, thread(READY + i));
        }
    }
}

/* Through which endpoint capability. */
static word_t called(const struct scenario *s)
{
    return s->lacks_grant || s->lacks_write ? weak : badged;
}

/* The handler of foreign system calls and interrupts. */
static void make_handlers(const struct scenario *s)
{
    struct slot *const slot = &self->slots[TCB_SLOT_FAULT_HANDLER];

    slot->cap = slots[called(s)].cap;
    if (s->act == INTERRUPT) {
        CHECK(unit_call((struct unit_call){
                  .cap = SLOT_IRQ_CONTROL,
                  .method = METHOD_X86_IRQ_ISSUE_IRQ_HANDLER_IOAPIC,
                  .arguments = {handler, WORD_BITS, 0, PIN, 0, 0, IRQ - IRQ_USER_OFFSET},
                  .length = 7,
                  .extra = {SLOT_INIT_CNODE},
                  .extra_count = 1}) == ERR_NONE);
        CHECK(unit_call((struct unit_call){.cap = handler,
                                           .method = METHOD_IRQ_SET_IRQ_HANDLER,
                                           .extra = {signals},
                                           .extra_count = 1}) == ERR_NONE);
    }
}

/* All capabilities of the thread are two steps away. */
static void deepen(struct tcb *tcb)
{
    struct cap *const root = &tcb->slots[TCB_SLOT_CSPACE].cap;

    deep = deep == 0 ? unit_first_free() : deep;
    CHECK(unit_retype(unit_largest_untyped(), TYPE_CNODE, 1, deep, 1) == ERR_NONE);
    struct slot *const outer = object(deep);

    outer[1].cap = *root;
    outer[1].cap.data = WORD_BITS - 1 - (word_t)root->bits;
    outer[1].cap.rights = 0;
    *root = cap_cnode(outer, 1, 0, 0);
}

/* The current context has been charged for a part of its budget. */
static void use_some_time(void)
{
    host_advance(700);
    sched_enter(host_core);
    sched_commit_time(host_core);
    sched_reschedule(host_core);
    host_core->deadline_changed = true;
    sched_exit(host_core);
}

static void build(const struct scenario *s)
{
    const struct host_machine machine = {
        .ram_bytes = 16 << 20,
        .node_count = 2,
        .command_line = is_on ? "abi=hwdebug:0,domains:2,schedules:4 root_cnode_bits=10 "
                                "report=none fastpath=on"
                              : "abi=hwdebug:0,domains:2,schedules:4 root_cnode_bits=10 "
                                "report=none fastpath=off"};

    CHECK(host_boot(&machine));
    self = host_core->current;
    slots = unit_slot(0);
    make_objects(s);
    make_handlers(s);
    configure_context(find(CAP_SCHED_CONTROL, 0), SLOT_INIT_SC, 5000, s->is_periodic ? 8000 : 5000,
                      false);
    tcb_set_priority(self, SELF_PRIORITY);
    place_server(s);
    place_others(s);
    if (s->is_deep_cspace) {
        deepen(self);
    }
    use_some_time();
    CHECK(host_core->current == self);
}

/* ---- what happens ---- */

static word_t address(const struct scenario *s, word_t slot)
{
    return s->is_deep_cspace ? BIT(WORD_BITS - 1) | slot : slot;
}

/* No two messages are the same. */
static void syscall_by(struct tcb *tcb, int64_t number, word_t cap, word_t info, word_t reply)
{
    struct ipc_buffer *buffer = tcb_ipc_buffer(tcb, true);
    static word_t next_word;

    CHECK(host_core->current == tcb);
    tcb->context.rdi = cap;
    tcb->context.rsi = info;
    tcb->context.r12 = reply;
    for (unsigned i = 0; buffer != NULL && i < MSG_MAX_LENGTH; i++) {
        tcb_set_message_word(tcb, buffer, i, ++next_word);
    }
    for (unsigned i = 0; buffer != NULL && i < MSG_MAX_EXTRA_CAPS; i++) {
        buffer->caps_or_badges[i] = notifications;
    }
    host_syscall((word_t)number);
}

static word_t info_of(const struct scenario *s)
{
    return (word_t)s->label << INFO_LABEL_SHIFT | (word_t)s->extras << INFO_EXTRA_CAPS_SHIFT |
           s->length;
}

/* What has to happen before the decisive step. */
static void prepare(const struct scenario *s)
{
    switch (s->act) {
    case CALL_TWICE:
    case REPLY:
    case REPLY_TO_PLAIN: syscall_by(self, SYS_CALL, address(s, endpoints), 0, 0); break;
    case REPLY_TWICE:
        syscall_by(self, SYS_CALL, address(s, endpoints), 0, 0);
        syscall_by(thread(SERVER), SYS_CALL, endpoints + 1, 0, 0);
        if (!s->answers_lower) {
            syscall_by(thread(SECOND), SYS_REPLY_RECV, endpoints + 1, 0, replies + 1);
        }
        break;
    case FOREIGN_REPLIED: syscall_by(self, 33, 1, 2, 3); break;
    case VM_FAULT_REPLIED: host_fault(fault_vm(0x1234, 6, false)); break;
    case SIGNAL_TWICE: syscall_by(self, SYS_SEND, address(s, signals + 1), 0, 0); break;
    default: break;
    }
    if (s->ready_later != 0) {
        make_ready(READY, s->ready_later);
    }
    if (s->has_got_context) {
        sched_context_bind_tcb(object(contexts + SENDER), self);
    }
    if (s->sender_waits) {
        endpoint_send(object(endpoints), thread(SENDER), (struct send_mode){.blocking = true});
    }
    if (s->bound == BOUND_AND_ACTIVE) {
        notification_signal(thread(SERVER)->bound_notification, 8);
    }
}

static void set_clock(const struct scenario *s)
{
    if (s->clock != IN_TIME) {
        if (host_timer < host_core->slice_end) { /* set for somebody before, and kept */
            host_now = host_timer;
            CHECK(host_interrupts(20));
        }
        host_now = host_core->slice_end - (s->clock == JUST_IN_TIME);
        CHECK(host_now < host_timer);
    } else {
        host_advance(30);
    }
}

static void act(const struct scenario *s)
{
    const word_t endpoint = address(s, called(s));
    struct tcb *const current = host_core->current;

    switch (s->act) {
    case CALL: syscall_by(current, SYS_CALL, endpoint, info_of(s), 0); break;
    case CALL_TWICE: syscall_by(current, SYS_CALL, endpoints + 1, info_of(s), 0); break;
    case CALL_OBJECT: syscall_by(current, SYS_CALL, SLOT_INIT_TCB, info_of(s), 0); break;
    case REPLY:
    case REPLY_TWICE:
    case REPLY_TO_PLAIN:
    case FOREIGN_REPLIED:
    case VM_FAULT_REPLIED:
        syscall_by(current, SYS_REPLY_RECV, s->lacks_read ? weak : endpoints + s->goes_elsewhere,
                   info_of(s), s->answers_wrongly ? notifications + 1 : replies);
        break;
    case FOREIGN: syscall_by(current, 33, 1, 2, 3); break;
    case VM_FAULT: host_fault(fault_vm(0x1234, 6, false)); break;
    case SEND: syscall_by(current, SYS_SEND, endpoint, info_of(s), 0); break;
    case SIGNAL:
    case SIGNAL_TWICE: syscall_by(current, SYS_SEND, address(s, signals), info_of(s), 0); break;
    case YIELD: syscall_by(current, SYS_YIELD, 0, 0, 0); break;
    case INTERRUPT:
        host_raise_pin(PIN);
        CHECK(host_interrupts(1) || host_interrupts(10));
        break;
    }
}

/* ---- the states that are left ---- */

static void list(FILE *to)
{
    struct state state = {.text = to};

    state_add_core(&state);
    for (word_t slot = 0; slot < 1024; slot++) {
        const struct cap cap = slots[slot].cap;

        state_put(&state, "capability", cap.word);
        state_put(&state, "data", cap.data);
        state_add_object(&state, cap.type, cap_object(cap));
    }
    for (unsigned n = 0; n < THREADS; n++) {
        state_put_words(&state, "IPC buffer", phys_to_virt(cap_paddr(slots[frames + n].cap)),
                        sizeof(struct ipc_buffer) / sizeof(word_t));
    }
}

struct result {
    bool is_good;  /* the child got to the end without a failed check */
    bool was_fast; /* the decisive step took a fast path */
    char text[LISTING_BYTES];
};

static void run_child(const struct scenario *s, struct result *result)
{
    enum { HANG_S = 20 };
    FILE *to = fmemopen(result->text, sizeof(result->text), "w");

    alarm(HANG_S);
    build(s);
    prepare(s);
    set_clock(s);
    host_fast_exits = 0;
    act(s);
    result->was_fast = host_fast_exits == 1;
    list(to);
    host_now = host_timer;
    CHECK(host_interrupts(20));
    list(to);
    fclose(to);
    result->is_good = unit_failures == 0;
    fflush(stdout);
    _exit(0);
}

static struct result *results; /* slow, fast */

static void run_both(const struct scenario *s)
{
    static char differences[2000];

    for (unsigned on = 0; on < 2; on++) {
        is_on = on;
        results[on].is_good = false;
        const pid_t child = fork();

        if (child == 0) {
            run_child(s, &results[on]);
        }
        waitpid(child, NULL, 0);
        CHECK(results[on].is_good);
    }
    const struct result *const slow = &results[0], *const fast = &results[1];

    CHECK(!slow->was_fast);
    CHECK(fast->was_fast == s->is_fast);
    CHECK(strlen(slow->text) > 1000);
    if (strcmp(slow->text, fast->text) != 0) {
        state_differences(slow->text, fast->text, differences, sizeof(differences));
        printf("slow / fast:\n%s", differences);
        CHECK(!"the states differ");
    }
}

int main(void)
{
    unsigned failed = 0;

    results =
        mmap(NULL, 2 * sizeof(*results), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    printf("suite kernel.core.fastpath\n");
    for (size_t i = 0; i < ARRAY_SIZE(scenarios); i++) {
        unit_now = scenarios[i].name;
        unit_failures = 0;
        printf("run fastpath.%s\n", unit_now);
        fflush(stdout);
        run_both(&scenarios[i]);
        if (unit_failures == 0) {
            printf("pass fastpath.%s\n", unit_now);
        }
        failed += unit_failures != 0;
    }
    printf("done\n");
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
