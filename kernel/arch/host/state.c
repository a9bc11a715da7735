// SPDX-License-Identifier: BSD-2-Clause
#include "arch/host/state.h"

#include <string.h>

#include "arch/host/host.h"
#include "arch/host/host_priv.h"
#include "core/sched.h"
#include "object/endpoint.h"
#include "object/notification.h"
#include "object/reply.h"
#include "object/sched_context.h"
#include "object/wait_queue.h"
#include <arch/clock.h>

/* ---- words ---- */

ALWAYS_INLINE void put(struct state *state, const char *name, word_t value)
{
    state->hash = (state->hash << 7 | state->hash >> 57) ^ (value + 1) * 0x9e3779b97f4a7c15ull;
    if (unlikely(state->text != NULL)) {
        fprintf(state->text, "%s 0x%lx\n", name, value);
    }
}

ALWAYS_INLINE void put_pointer(struct state *state, const char *name, const void *value)
{
    put(state, name, (word_t)value);
}

void state_put(struct state *state, const char *name, word_t value)
{
    put(state, name, value);
}

void state_put_pointer(struct state *state, const char *name, const void *value)
{
    put_pointer(state, name, value);
}

void state_put_words(struct state *state, const char *name, const word_t *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        state->hash = (state->hash << 7 | state->hash >> 57) ^ words[i] * 0x9e3779b97f4a7c15ull;
        if (state->text != NULL && words[i] != 0) {
            fprintf(state->text, "%s[%zu] 0x%lx\n", name, i, words[i]);
        }
    }
}

/* The words that follow are this object's. */
static void begin(struct state *state, const char *kind, const void *object)
{
    if (state->text != NULL) {
        fprintf(state->text, "= %s %p\n", kind, object);
    }
    state->hash += (word_t)object;
}

/* ---- objects ---- */

static void put_waiters(struct state *state, const struct tcb *head)
{
    for (const struct tcb *tcb = head; tcb != NULL; tcb = wait_queue_next(head, tcb)) {
        put_pointer(state, "waiter", tcb);
    }
}

static void add_endpoint(struct state *state, const struct endpoint *endpoint)
{
    begin(state, "endpoint", endpoint);
    put(state, "state", endpoint_state(endpoint));
    put_waiters(state, endpoint_head(endpoint));
    put_pointer(state, "cancel_cursor", endpoint->cancel_cursor);
    if (endpoint->cancel_cursor != NULL) {
        put(state, "cancel_badge", endpoint->cancel_cursor->wait.cancel_badge);
    }
}

static void add_notification(struct state *state, const struct notification *n)
{
    begin(state, "notification", n);
    put(state, "state", n->state);
    put(state, "word", n->word);
    put_waiters(state, n->queue);
    put_pointer(state, "bound_tcb", n->bound_tcb);
    put_pointer(state, "sched_context", n->sched_context);
}

static void add_reply(struct state *state, const struct reply *reply)
{
    begin(state, "reply", reply);
    put_pointer(state, "tcb", reply->tcb);
    put_pointer(state, "older", reply->older);
    put_pointer(state, "newer", reply->newer);
    put_pointer(state, "sched_context", reply->sched_context);
}

static void add_sched_context(struct state *state, const struct sched_context *sc)
{
    begin(state, "sched_context", sc);
    put(state, "period", sc->period);
    put(state, "consumed", sc->consumed);
    put(state, "badge", sc->badge);
    put_pointer(state, "tcb", sc->tcb);
    put_pointer(state, "reply", sc->reply);
    put_pointer(state, "notification", sc->notification);
    put_pointer(state, "yield_from", sc->yield_from);
    put(state, "core", sc->core);
    put(state, "sporadic", sc->sporadic);
    put(state, "refill_max", sc->refill_max);
    for (word_t i = 0; i < sc->refill_max && i < sc->refill_count; i++) {
        const struct refill *refill = &sc->refills[(sc->refill_first + i) % sc->refill_max];

        put(state, "refill.time", refill->time);
        put(state, "refill.amount", refill->amount);
    }
}

/* ---- threads ---- */

static void put_fault(struct state *state, const struct fault *fault)
{
    put(state, "fault", fault->type);
    switch (fault->type) {
    case FAULT_CAP:
        put(state, "fault.address", fault->cap.address);
        put(state, "fault.in_receive_phase", fault->cap.in_receive_phase);
        put(state, "fault.lookup", fault->cap.failure.type);
        break;
    case FAULT_VM:
        put(state, "fault.address", fault->vm.address);
        put(state, "fault.status", fault->vm.status);
        break;
    case FAULT_UNKNOWN_SYSCALL: put(state, "fault.number", fault->unknown_syscall.number); break;
    case FAULT_USER_EXCEPTION:
        put(state, "fault.number", fault->user_exception.number);
        put(state, "fault.code", fault->user_exception.code);
        break;
    case FAULT_DEBUG_EXCEPTION:
        put(state, "fault.reason", fault->debug.reason);
        put(state, "fault.address", fault->debug.address);
        break;
    case FAULT_TIMEOUT: put(state, "fault.badge", fault->timeout.badge); break;
    default: break;
    }
}

static void put_wait(struct state *state, const struct tcb *tcb)
{
    const struct tcb_wait *wait = &tcb->wait;

    switch ((enum thread_state)tcb->state) {
    case THREAD_BLOCKED_ON_SEND:
        put_pointer(state, "wait.endpoint", wait->endpoint);
        put(state, "wait.badge", wait->badge);
        put(state, "wait.can_grant", wait->can_grant);
        put(state, "wait.can_grant_reply", wait->can_grant_reply);
        put(state, "wait.is_call", wait->is_call);
        break;
    case THREAD_BLOCKED_ON_RECEIVE: put_pointer(state, "wait.endpoint", wait->endpoint); break;
    case THREAD_BLOCKED_ON_NOTIFICATION:
        put_pointer(state, "wait.notification", wait->notification);
        break;
    default: break;
    }
    put_pointer(state, "yield_to", tcb->yield_to);
    if (tcb->yield_to != NULL) {
        put(state, "yield_is_call", wait->is_call);
    }
}

static void put_registers(struct state *state, const struct tcb *tcb)
{
    const struct core_arch *arch = &host_core->arch;
    const bool has_bases_loaded = arch->bases_of == tcb;
    const struct user_context *context = &tcb->context;

#define PUT(index, name)                                                                           \
    if (offsetof(struct user_context, name) > offsetof(struct user_context, entry)) {              \
        put(state, #name, context_get(context, offsetof(struct user_context, name)));              \
    }
    ABI_USER_CONTEXT(PUT)
#undef PUT
    put(state, "entry", context->entry);
    put(state, "goes on at", context->rip);
    put(state, "fs_base", has_bases_loaded ? arch->fs_base : context->fs_base);
    put(state, "gs_base", has_bases_loaded ? arch->gs_base : context->gs_base);
    put(state, "fpu", arch->fpu_owner == tcb ? arch->fpu_token : tcb->fpu.token);
}

static void add_tcb(struct state *state, const struct tcb *tcb)
{
    static const char *const slot_names[TCB_SLOT_COUNT] = {"cspace", "vspace", "buffer",
                                                           "fault_handler", "timeout_handler"};

    begin(state, "thread", tcb);
    put(state, "state", tcb->state);
    put(state, "priority", tcb->priority);
    put(state, "max_controlled_priority", tcb->max_controlled_priority);
    put(state, "domain", tcb->domain);
    put(state, "core", tcb->core);
    put(state, "is ready", tcb->in_ready_queue);
    put(state, "waits for release", tcb->in_release_queue);
    put(state, "flags", tcb->flags);
    put(state, "trap_all", tcb->trap_all);
    put(state, "ipc_buffer", tcb->ipc_buffer);
    put(state, "single steps", tcb->hwdebug.steps);
    put_pointer(state, "sched_context", tcb->sched_context);
    put_pointer(state, "reply", tcb->reply);
    put_pointer(state, "bound_notification", tcb->bound_notification);
    put_fault(state, &tcb->fault);
    put_wait(state, tcb);
    put_registers(state, tcb);
    for (unsigned i = 0; i < TCB_SLOT_COUNT; i++) {
        put(state, slot_names[i], tcb->slots[i].cap.word);
        put(state, slot_names[i], tcb->slots[i].cap.data);
    }
}

void state_add_object(struct state *state, enum cap_type type, const void *object)
{
    switch (type) {
    case CAP_ENDPOINT: add_endpoint(state, object); break;
    case CAP_NOTIFICATION: add_notification(state, object); break;
    case CAP_REPLY: add_reply(state, object); break;
    case CAP_SCHED_CONTEXT: add_sched_context(state, object); break;
    case CAP_TCB: add_tcb(state, object); break;
    default: break;
    }
}

/* ---- the core ---- */

static void put_ready(struct state *state, const struct ready_queues *queues)
{
    for (unsigned word = 0; word < PRIORITY_COUNT / 64; word++) {
        put(state, "occupied", queues->occupied[word]);
        for (uint64_t bits = queues->occupied[word]; bits != 0; bits &= bits - 1) {
            const struct tcb *head = queues->heads[word * 64 + count_trailing_zeros(bits)];
            const struct tcb *tcb = head;

            do {
                put_pointer(state, "ready", tcb);
                tcb = tcb->ready_next;
            } while (tcb != head);
        }
    }
}

/* In the heap's own order, which only insertions and removals decide. */
static void put_released(struct state *state, const struct time_node *node)
{
    if (node != NULL) {
        put_pointer(state, "release", CONTAINER_OF(node, const struct tcb, release));
        put(state, "release.time", node->time);
        put_released(state, node->left);
        put_released(state, node->right);
    }
}

void state_add_core(struct state *state)
{
    const struct core *core = host_core;

    begin(state, "core", NULL);
    put_pointer(state, "current", core->current);
    put_pointer(state, "sched_context", core->sched_context);
    put(state, "now", core->now);
    put(state, "charge_start", core->charge_start);
    put(state, "slice_end", core->slice_end);
    put(state, "clock", host_now);
    put(state, "timer", host_timer);
    put(state, "timer_deadline", core->timer_deadline);
    put(state, "deadline_changed", core->deadline_changed);
    put(state, "action", core->action);
    put(state, "domain", core->domain);
    put(state, "schedule_index", core->schedule_index);
    put(state, "domain_end", core->domain_end);
    put_pointer(state, "loaded root", core->arch.loaded_root);
    put_pointer(state, "loaded bases of", core->arch.bases_of);
    put(state, "fpu_is_on", core->arch.fpu_is_on);
    for (unsigned domain = 0; domain < sys.abi.domains; domain++) {
        put_ready(state, &core->ready[domain]);
    }
    put_released(state, core->release_queue.root);
    host_irq_put_state(state);
}

/* ---- comparing two texts ---- */

enum { LINE_BYTES = 120 };

struct reader {
    const char *at;
    char line[LINE_BYTES];
    char object[LINE_BYTES]; /* the line that began the present one */
    bool is_header, is_over;
};

static void read_line(struct reader *reader)
{
    const size_t length = strcspn(reader->at, "\n");

    reader->is_over = *reader->at == '\0';
    reader->is_header = *reader->at == '=' || reader->is_over;
    snprintf(reader->line, LINE_BYTES, "%.*s", (int)MIN(length, LINE_BYTES - 1ul), reader->at);
    reader->at += length + (reader->at[length] == '\n');
    if (reader->is_header) {
        memcpy(reader->object, reader->line, LINE_BYTES);
    }
}

static bool is_same(const struct reader *a, const struct reader *b)
{
    return a->is_header == b->is_header && strcmp(a->line, b->line) == 0;
}

/* Line by line inside an object; what one has more than the other comes alone. */
unsigned state_differences(const char *first, const char *second, char *to, size_t size_bytes)
{
    struct reader a = {.at = first}, b = {.at = second};
    unsigned count = 0;
    size_t length = 0;

    to[0] = '\0';
    read_line(&a);
    read_line(&b);
    while (!a.is_over || !b.is_over) {
        const bool takes_a = !a.is_header || b.is_header;
        const bool takes_b = !b.is_header || a.is_header;

        if (!is_same(&a, &b)) {
            count++;
            length += (size_t)snprintf(to + length, length < size_bytes ? size_bytes - length : 0,
                                       "%s: %s / %s\n", a.object, takes_a ? a.line : "nothing",
                                       takes_b ? b.line : "nothing");
            length = MIN(length, size_bytes);
        }
        if (takes_a) {
            read_line(&a);
        }
        if (takes_b) {
            read_line(&b);
        }
    }
    return count;
}
