// SPDX-License-Identifier: BSD-2-Clause
/*
 * kernel.core.fastpath: every case of fastpath.c, and every reason not to take it, with the
 * fast paths on and off. Both machines must end up in the same state (arch/host/state.h),
 * at once and after the timer has fired; and with them on, the fast path must have been
 * taken exactly when the case says so.
 *
 * The initial thread (priority 100, round robin) is the one that calls, sends and signals.
 * A case says what is special about the others.
 */
#include "core/fastpath.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arch/host/state.h"
#include "arch/host/unit_test.h"
#include "core/sched.h"
#include "object/endpoint.h"
#include "object/notification.h"
#include "object/reply.h"
#include <abi/limits.h>
#include <arch/clock.h>
#include <arch/irq.h>

enum { LISTING_BYTES = 1 << 18, BADGE = 77, SELF_PRIORITY = 100, IRQ = IRQ_USER_OFFSET + 3 };

enum act {
    CALL,
    CALL_TWICE,      /* the server calls the second server */
    CALL_OBJECT,     /* no IPC */
    REPLY,           /* a call, and its answer with a receive */
    REPLY_TWICE,     /* two nested calls, both answered */
    REPLY_TO_PLAIN,  /* the answer to a call without a context */
    FOREIGN,         /* a foreign system call */
    FOREIGN_REPLIED, /* and its answer */
    VM_FAULT,
    VM_FAULT_REPLIED,
    SEND,
    SIGNAL,
    SIGNAL_TWICE,
    YIELD,
    INTERRUPT,
};

enum clock { IN_TIME, JUST_IN_TIME, TOO_LATE };
enum bound { NOT_BOUND, BOUND, BOUND_AND_ACTIVE };

struct scenario {
    const char *name;
    const char *what; /* one sentence: what is the case */
    enum act act;
    bool is_fast;
    unsigned length, label, extras; /* of the message, or of the answer */
    enum clock clock;
    enum bound bound;    /* the server's notification */
    uint8_t priority;    /* of the server, receiver, waiter; 0: 100 */
    uint8_t ready[2];    /* priorities of threads that can run */
    uint8_t ready_later; /* of one that can run when the server has been called */
    unsigned domain;     /* of the server */
    bool is_active;      /* the server has a context of its own */
    bool is_sporadic;    /* which is a sporadic one */
    bool is_periodic;    /* the calling thread's context has refills */
    bool lacks_reply;    /* the server waits without a reply object */
    bool lacks_buffer;   /* the server has none */
    bool lacks_space;    /* the server has no valid address space */
    bool lacks_grant;    /* the capability gives no right to be answered */
    bool is_absent;      /* nobody waits */
    bool second_waits;   /* another one waits as well */
    bool sender_waits;   /* a sender waits where the server goes on receiving */
    bool was_elsewhere;  /* the server once had a context of another core */
    bool is_deep_cspace; /* capabilities are two steps away */
};

/* ---- the world: objects by their slots ---- */

enum { SERVER, SECOND, READY, READY_TOO, SENDER, THREADS };

static word_t tcbs, endpoints, notifications, replies, contexts, frames, badged, weak, handler;
static word_t deep; /* a CNode whose slot 1 is a copy of what would be called */
static bool is_on;  /* the fast paths */
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
    mint(weak, endpoints, RIGHT_READ | RIGHT_WRITE, BADGE);
    handler = next++;
    for (unsigned n = 0; n < THREADS; n++) {
        configure_thread(s, n);
        configure_context(find(CAP_SCHED_CONTROL, 0), contexts + n, 5000, n == 0 ? 9000 : 5000,
                          s->is_sporadic);
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

static void place_others(const struct scenario *s)
{
    if (s->second_waits && is_about_notifications(s)) {
        notification_receive(object(notifications), thread(SECOND), true);
    } else if (s->second_waits || s->act == CALL_TWICE || s->act == REPLY_TWICE) {
        receive(SECOND, s->second_waits ? endpoints : endpoints + 1, object(replies + 1));
    }
    for (unsigned i = 0; i < ARRAY_SIZE(s->ready); i++) {
        if (s->ready[i] != 0) {
            make_ready(READY + i, s->ready[i]);
        }
    }
}

/* The handler of foreign system calls and interrupts. */
static void make_handlers(const struct scenario *s)
{
    struct slot *const slot = &self->slots[TCB_SLOT_FAULT_HANDLER];

    slot->cap = slots[s->lacks_grant ? weak : badged].cap;
    if (s->act == INTERRUPT) {
        CHECK(unit_call((struct unit_call){
                  .cap = SLOT_IRQ_CONTROL,
                  .method = METHOD_X86_IRQ_ISSUE_IRQ_HANDLER_MSI,
                  .arguments = {handler, WORD_BITS, 0, 0, 0, 0, IRQ - IRQ_USER_OFFSET},
                  .length = 7,
                  .extra = {SLOT_INIT_CNODE},
                  .extra_count = 1}) == ERR_NONE);
        CHECK(unit_call((struct unit_call){.cap = handler,
                                           .method = METHOD_IRQ_SET_IRQ_HANDLER,
                                           .extra = {notifications},
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
    sched_reschedule(host_core);
    sched_exit(host_core);
    CHECK(host_core->current == self);
}

/* ---- what happens ---- */

static word_t address(const struct scenario *s, word_t slot)
{
    return s->is_deep_cspace ? BIT(WORD_BITS - 1) | slot : slot;
}

static void syscall_by(struct tcb *tcb, int64_t number, word_t cap, word_t info, word_t reply)
{
    struct ipc_buffer *buffer = tcb_ipc_buffer(tcb, true);

    CHECK(host_core->current == tcb);
    tcb->context.rdi = cap;
    tcb->context.rsi = info;
    tcb->context.r12 = reply;
    for (unsigned i = 0; buffer != NULL && i < MSG_MAX_LENGTH; i++) {
        tcb_set_message_word(tcb, buffer, i, 1000 + i);
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
        syscall_by(thread(SECOND), SYS_REPLY_RECV, endpoints + 1, 0, replies + 1);
        break;
    case FOREIGN_REPLIED: syscall_by(self, 33, 1, 2, 3); break;
    case VM_FAULT_REPLIED: host_fault(fault_vm(0x1234, 6, false)); break;
    case SIGNAL_TWICE: syscall_by(self, SYS_SEND, address(s, notifications), 0, 0); break;
    default: break;
    }
    if (s->ready_later != 0) {
        make_ready(READY, s->ready_later);
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
        host_now = host_core->slice_end - (s->clock == JUST_IN_TIME);
        CHECK(host_now < host_timer);
    } else {
        host_advance(30);
    }
}

static void act(const struct scenario *s)
{
    const word_t endpoint = address(s, s->lacks_grant ? weak : badged);
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
        syscall_by(current, SYS_REPLY_RECV, endpoints, info_of(s), replies);
        break;
    case FOREIGN: syscall_by(current, 33, 1, 2, 3); break;
    case VM_FAULT: host_fault(fault_vm(0x1234, 6, false)); break;
    case SEND: syscall_by(current, SYS_SEND, endpoint, info_of(s), 0); break;
    case SIGNAL:
    case SIGNAL_TWICE:
        syscall_by(current, SYS_SEND, address(s, notifications), info_of(s), 0);
        break;
    case YIELD: syscall_by(current, SYS_YIELD, 0, 0, 0); break;
    case INTERRUPT:
        host_raise_message(IRQ);
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

/* ---- the scenarios ---- */

#define CASE(title, sentence, ...)                                                                 \
    {                                                                                              \
        .name = (title), .what = (sentence), __VA_ARGS__                                           \
    }
#define FAST .is_fast = true

static const struct scenario scenarios[] = {
    CASE("call", "without words", .act = CALL, FAST),
    CASE("call.registers", "with words in registers", .act = CALL, FAST, .length = 4),
    CASE("call.buffer", "with words in the buffer", .act = CALL, FAST, .length = 20, .label = 9),
    CASE("call.longest", "with as many words as there can be", .act = CALL, FAST,
         .length = MSG_MAX_LENGTH),
    CASE("call.deep", "through a CSpace of two levels", .act = CALL, FAST, .is_deep_cspace = true),
    CASE("call.higher", "to a more important server", .act = CALL, FAST, .priority = 150),
    CASE("call.lower", "to a less important server", .act = CALL, FAST, .priority = 50),
    CASE("call.second_waits", "two servers wait", .act = CALL, FAST, .second_waits = true),
    CASE("call.equal_is_ready", "an equal could run", .act = CALL, FAST, .ready = {100}),
    CASE("call.nested", "the server calls another", .act = CALL_TWICE, FAST),
    CASE("call.bound", "the server's notification is idle", .act = CALL, FAST, .bound = BOUND),
    CASE("call.periodic", "the context has refills", .act = CALL, FAST, .is_periodic = true),
    CASE("call.elsewhere", "the server has been on another core", .act = CALL, FAST,
         .was_elsewhere = true),
    CASE("call.just_in_time", "the budget lasts for one tick", .act = CALL, FAST,
         .clock = JUST_IN_TIME),
    CASE("call.too_late", "the budget is gone", .act = CALL, .clock = TOO_LATE),
    CASE("call.too_late_periodic", "that of a context with refills", .act = CALL, .clock = TOO_LATE,
         .is_periodic = true),
    CASE("call.higher_is_ready", "a more important one than the server could run", .act = CALL,
         .priority = 50, .ready = {70}),
    CASE("call.other_domain", "the server is of another domain", .act = CALL, .domain = 1),
    CASE("call.active_higher", "a more important server has its own context", .act = CALL, FAST,
         .is_active = true, .priority = 150),
    CASE("call.active_equal", "an equal one", .act = CALL, FAST, .is_active = true, .ready = {100}),
    CASE("call.active_lower", "a less important one", .act = CALL, FAST, .is_active = true,
         .priority = 50),
    CASE("call.active_buffer", "with words in the buffer", .act = CALL, FAST, .is_active = true,
         .length = 20, .priority = 150),
    CASE("call.active_periodic", "from one context with refills to another", .act = CALL, FAST,
         .is_active = true, .is_periodic = true, .priority = 150),
    CASE("call.active_second_waits", "two such servers wait", .act = CALL, FAST, .is_active = true,
         .second_waits = true),
    CASE("call.active_just_in_time", "the budget lasts for one tick", .act = CALL, FAST,
         .is_active = true, .clock = JUST_IN_TIME),
    CASE("call.active_too_late", "the budget is gone", .act = CALL, .is_active = true,
         .clock = TOO_LATE),
    CASE("call.active_higher_is_ready", "a more important one could run", .act = CALL,
         .is_active = true, .priority = 50, .ready = {80}),
    CASE("call.active_other_domain", "the server is of another domain", .act = CALL,
         .is_active = true, .domain = 1),
    CASE("call.active_sporadic", "its context is sporadic", .act = CALL, .is_active = true,
         .is_sporadic = true),
    CASE("call.active_no_reply", "it has no reply object", .act = CALL, .is_active = true,
         .lacks_reply = true),
    CASE("call.no_reply", "the server has no reply object", .act = CALL, .lacks_reply = true),
    CASE("call.no_grant", "the caller may not be answered", .act = CALL, .lacks_grant = true),
    CASE("call.no_buffer", "the words have no place to go", .act = CALL, .length = 20,
         .lacks_buffer = true),
    CASE("call.no_buffer_needed", "they need none", .act = CALL, FAST, .length = 4,
         .lacks_buffer = true),
    CASE("call.no_space", "the server has no address space", .act = CALL, .lacks_space = true),
    CASE("call.caps", "a capability comes along", .act = CALL, .extras = 1),
    CASE("call.nobody", "nobody waits", .act = CALL, .is_absent = true),
    CASE("call.object", "an invocation, not IPC", .act = CALL_OBJECT, .label = 200),

    CASE("reply", "without words", .act = REPLY, FAST),
    CASE("reply.registers", "with words in registers", .act = REPLY, FAST, .length = 3),
    CASE("reply.buffer", "with words in the buffer", .act = REPLY, FAST, .length = 30, .label = 4),
    CASE("reply.deep", "the caller's CSpace has two levels", .act = REPLY, FAST,
         .is_deep_cspace = true),
    CASE("reply.second_waits", "another server waits already", .act = REPLY, FAST,
         .second_waits = true),
    CASE("reply.to_lower", "to a less important caller", .act = REPLY, FAST, .priority = 150),
    CASE("reply.to_higher", "to a more important caller", .act = REPLY, FAST, .priority = 50),
    CASE("reply.nested", "of the lower of two calls", .act = REPLY_TWICE, FAST),
    CASE("reply.bound", "the server's notification is idle", .act = REPLY, FAST, .bound = BOUND),
    CASE("reply.periodic", "the context has refills", .act = REPLY, FAST, .is_periodic = true),
    CASE("reply.equal_is_ready", "an equal could run", .act = REPLY, FAST, .ready = {100, 100}),
    CASE("reply.elsewhere", "the server has been on another core", .act = REPLY, FAST,
         .was_elsewhere = true),
    CASE("reply.just_in_time", "the budget lasts for one tick", .act = REPLY, FAST,
         .clock = JUST_IN_TIME),
    CASE("reply.too_late", "the budget is gone", .act = REPLY, .clock = TOO_LATE),
    CASE("reply.signalled", "the server's notification is active", .act = REPLY,
         .bound = BOUND_AND_ACTIVE),
    CASE("reply.sender_waits", "a sender waits", .act = REPLY, .sender_waits = true),
    CASE("reply.higher_is_ready", "a more important one than the caller could run", .act = REPLY,
         .priority = 150, .ready_later = 130),
    CASE("reply.nothing_lent", "no context came with the call", .act = REPLY_TO_PLAIN, FAST,
         .is_active = true, .priority = 150),
    CASE("reply.nothing_lent_higher", "and the caller is more important", .act = REPLY_TO_PLAIN,
         FAST, .is_active = true, .priority = 50),
    CASE("reply.nothing_lent_buffer", "with words in the buffer", .act = REPLY_TO_PLAIN, FAST,
         .is_active = true, .priority = 150, .length = 30),
    CASE("reply.nothing_lent_periodic", "contexts with refills", .act = REPLY_TO_PLAIN, FAST,
         .is_active = true, .is_periodic = true, .priority = 150),
    CASE("reply.nothing_lent_bound", "the server's notification is idle", .act = REPLY_TO_PLAIN,
         FAST, .is_active = true, .bound = BOUND, .priority = 150),
    CASE("reply.nothing_lent_second_waits", "another server waits already", .act = REPLY_TO_PLAIN,
         FAST, .is_active = true, .second_waits = true),
    CASE("reply.nothing_lent_just_in_time", "the budget lasts for one tick", .act = REPLY_TO_PLAIN,
         FAST, .is_active = true, .clock = JUST_IN_TIME),
    CASE("reply.nothing_lent_too_late", "the budget is gone", .act = REPLY_TO_PLAIN,
         .is_active = true, .clock = TOO_LATE),
    CASE("reply.nothing_lent_signalled", "the server's notification is active",
         .act = REPLY_TO_PLAIN, .is_active = true, .bound = BOUND_AND_ACTIVE),
    CASE("reply.nothing_lent_sender_waits", "a sender waits", .act = REPLY_TO_PLAIN,
         .is_active = true, .sender_waits = true),
    CASE("reply.nothing_lent_higher_is_ready", "a more important one than the caller could run",
         .act = REPLY_TO_PLAIN, .is_active = true, .priority = 150, .ready_later = 120),
    CASE("reply.nothing_lent_caps", "a capability comes along", .act = REPLY_TO_PLAIN,
         .is_active = true, .extras = 1),
    CASE("reply.caps", "a capability comes along", .act = REPLY, .extras = 1),
    CASE("reply.no_buffer", "the words come from nowhere", .act = REPLY, .length = 20,
         .lacks_buffer = true),

    CASE("fault", "a foreign system call, to its handler", .act = FOREIGN, FAST),
    CASE("fault.higher", "to a more important handler", .act = FOREIGN, FAST, .priority = 150),
    CASE("fault.second_waits", "two handlers wait", .act = FOREIGN, FAST, .second_waits = true),
    CASE("fault.just_in_time", "the budget lasts for one tick", .act = FOREIGN, FAST,
         .clock = JUST_IN_TIME),
    CASE("fault.too_late", "the budget is gone", .act = FOREIGN, .clock = TOO_LATE),
    CASE("fault.active_handler", "the handler has its own context", .act = FOREIGN,
         .is_active = true),
    CASE("fault.no_buffer", "the registers have no place to go", .act = FOREIGN,
         .lacks_buffer = true),
    CASE("fault.no_reply", "the handler has no reply object", .act = FOREIGN, .lacks_reply = true),
    CASE("fault.no_grant", "there is no way to answer", .act = FOREIGN, .lacks_grant = true),
    CASE("fault.nobody", "no handler waits", .act = FOREIGN, .is_absent = true),
    CASE("fault.other_domain", "the handler is of another domain", .act = FOREIGN, .domain = 1),
    CASE("fault.vm", "a fault of another kind", .act = VM_FAULT),

    CASE("fault_reply.registers", "the answer sets all registers", .act = FOREIGN_REPLIED, FAST,
         .length = UNKNOWN_SYSCALL_REPLY_COUNT),
    CASE("fault_reply.more", "and has more words", .act = FOREIGN_REPLIED, FAST, .length = 40),
    CASE("fault_reply.none", "the answer sets none", .act = FOREIGN_REPLIED, FAST),
    CASE("fault_reply.just_in_time", "the budget lasts for one tick", .act = FOREIGN_REPLIED, FAST,
         .clock = JUST_IN_TIME),
    CASE("fault_reply.too_late", "the budget is gone", .act = FOREIGN_REPLIED, .clock = TOO_LATE),
    CASE("fault_reply.some", "the answer sets some", .act = FOREIGN_REPLIED, .length = 5),
    CASE("fault_reply.stop", "the answer stops the thread", .act = FOREIGN_REPLIED, .label = 1),
    CASE("fault_reply.vm", "to a fault of another kind", .act = VM_FAULT_REPLIED),

    CASE("send.higher", "to a more important receiver", .act = SEND, FAST, .is_active = true,
         .priority = 150),
    CASE("send.equal", "to an equal", .act = SEND, FAST, .is_active = true, .ready = {100}),
    CASE("send.lower", "to a less important receiver", .act = SEND, FAST, .is_active = true,
         .priority = 50, .ready = {50, 50}),
    CASE("send.registers", "with words in registers", .act = SEND, FAST, .is_active = true,
         .length = 2),
    CASE("send.buffer", "with words in the buffer", .act = SEND, FAST, .is_active = true,
         .length = 25, .label = 3),
    CASE("send.no_reply", "the receiver has no reply object", .act = SEND, FAST, .is_active = true,
         .lacks_reply = true),
    CASE("send.second_waits", "two receivers wait", .act = SEND, FAST, .is_active = true,
         .second_waits = true),
    CASE("send.higher_periodic", "from one context with refills to another", .act = SEND, FAST,
         .is_active = true, .priority = 150, .is_periodic = true),
    CASE("send.just_in_time", "the budget lasts for one tick", .act = SEND, FAST, .is_active = true,
         .clock = JUST_IN_TIME, .priority = 150),
    CASE("send.too_late", "the budget is gone", .act = SEND, .is_active = true, .clock = TOO_LATE),
    CASE("send.passive", "the receiver has no context", .act = SEND),
    CASE("send.sporadic", "the receiver's is sporadic", .act = SEND, .is_active = true,
         .is_sporadic = true),
    CASE("send.nobody", "nobody waits", .act = SEND, .is_absent = true),
    CASE("send.other_domain", "the receiver is of another domain", .act = SEND, .is_active = true,
         .domain = 1),
    CASE("send.caps", "a capability comes along", .act = SEND, .is_active = true, .extras = 1),
    CASE("send.no_buffer", "the words have no place to go", .act = SEND, .is_active = true,
         .length = 20, .lacks_buffer = true),
    CASE("send.no_space", "the receiver has no address space", .act = SEND, .is_active = true,
         .lacks_space = true),

    CASE("signal", "nobody waits", .act = SIGNAL, FAST, .is_absent = true),
    CASE("signal.twice", "the second one adds to the first", .act = SIGNAL_TWICE, FAST,
         .is_absent = true),
    CASE("signal.bound", "the bound thread does something else", .act = SIGNAL, FAST,
         .is_absent = true, .bound = BOUND),
    CASE("signal.higher", "to a more important waiter", .act = SIGNAL, FAST, .is_active = true,
         .priority = 150),
    CASE("signal.equal", "to an equal", .act = SIGNAL, FAST, .is_active = true, .ready = {100}),
    CASE("signal.lower", "to a less important waiter", .act = SIGNAL, FAST, .is_active = true,
         .priority = 50, .ready = {50, 60}),
    CASE("signal.second_waits", "two wait", .act = SIGNAL, FAST, .is_active = true,
         .second_waits = true),
    CASE("signal.deep", "through a CSpace of two levels", .act = SIGNAL, FAST, .is_absent = true,
         .is_deep_cspace = true),
    CASE("signal.just_in_time", "the budget lasts for one tick", .act = SIGNAL, FAST,
         .is_active = true, .clock = JUST_IN_TIME, .priority = 150),
    CASE("signal.too_late", "the budget is gone", .act = SIGNAL, .is_active = true,
         .clock = TOO_LATE),
    CASE("signal.bound_waits", "the bound thread waits for a message", .act = SIGNAL,
         .is_active = true, .bound = BOUND),
    CASE("signal.passive", "the waiter has no context", .act = SIGNAL),
    CASE("signal.sporadic", "the waiter's is sporadic", .act = SIGNAL, .is_active = true,
         .is_sporadic = true),
    CASE("signal.other_domain", "the waiter is of another domain", .act = SIGNAL, .is_active = true,
         .domain = 1),

    CASE("yield", "nobody else is ready", .act = YIELD, FAST, .is_absent = true),
    CASE("yield.lower", "only a less important one is", .act = YIELD, FAST, .ready = {50}),
    CASE("yield.equal", "to an equal", .act = YIELD, FAST, .ready = {100}),
    CASE("yield.equals", "to the first of two equals", .act = YIELD, FAST, .ready = {100, 100}),
    CASE("yield.just_in_time", "the slice lasts for one tick", .act = YIELD, FAST, .ready = {100},
         .clock = JUST_IN_TIME),
    CASE("yield.too_late", "the slice is over", .act = YIELD, .ready = {100}, .clock = TOO_LATE),
    CASE("yield.periodic", "the context has refills", .act = YIELD, .ready = {100},
         .is_periodic = true),

    CASE("interrupt", "its handler waits and is more important", .act = INTERRUPT, FAST,
         .is_active = true, .priority = 150),
    CASE("interrupt.periodic", "the interrupted context has refills", .act = INTERRUPT, FAST,
         .is_active = true, .priority = 150, .is_periodic = true),
    CASE("interrupt.second_waits", "two wait", .act = INTERRUPT, FAST, .is_active = true,
         .priority = 150, .second_waits = true),
    CASE("interrupt.just_in_time", "the budget lasts for one tick", .act = INTERRUPT, FAST,
         .is_active = true, .priority = 150, .clock = JUST_IN_TIME),
    CASE("interrupt.too_late", "the budget is gone", .act = INTERRUPT, .is_active = true,
         .priority = 150, .clock = TOO_LATE),
    CASE("interrupt.equal", "the handler is an equal", .act = INTERRUPT, .is_active = true),
    CASE("interrupt.lower", "the handler is less important", .act = INTERRUPT, .is_active = true,
         .priority = 50),
    CASE("interrupt.nobody", "nobody waits", .act = INTERRUPT, .is_absent = true),
    CASE("interrupt.passive", "the handler has no context", .act = INTERRUPT, .priority = 150),
    CASE("interrupt.sporadic", "the handler's is sporadic", .act = INTERRUPT, .is_active = true,
         .priority = 150, .is_sporadic = true),
    CASE("interrupt.bound_waits", "the bound thread waits for a message", .act = INTERRUPT,
         .is_active = true, .priority = 150, .bound = BOUND),
};

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
