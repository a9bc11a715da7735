// SPDX-License-Identifier: BSD-2-Clause
/*
 * A component's life: constructors, init(), then events for ever.
 *
 * Every entry into the kernel may carry one operation that the component deferred, so that a
 * signal or the acknowledgement of an interrupt costs no entry of its own. A passive component
 * hands its time over the same way: the message to the monitor goes out together with its first
 * receive, so that it waits already when the monitor takes its scheduling context away.
 */
#include "guest_priv.h"
#include <microkit.h>

/* Slots that only the loop uses. */
enum { INPUT_CAP = 1, REPLY_CAP = 4 };

/* Badges: who sends. Anything else is a set of channels. */
#define BADGE_FAULT      (1ull << 62)
#define BADGE_CALL       (1ull << 63)
#define BADGE_CHILD_MASK 0xffull
#define BADGE_CALL_MASK  0x3full

char microkit_name[MICROKIT_PD_NAME_LENGTH];
seL4_Bool microkit_passive;
seL4_Word microkit_irqs;
seL4_Word microkit_notifications;
seL4_Word microkit_pps;
seL4_Word microkit_ioports;

seL4_Bool microkit_have_signal;
seL4_CPtr microkit_signal_cap;
seL4_MessageInfo_t microkit_signal_msg;

#ifdef CONFIG_VTX
struct microkit_x86_vcpu_state microkit_x86_vcpu_state;
#endif

/* The builder maps the buffer at the last page of user addresses. */
seL4_IPCBuffer *__sel4_ipc_buffer =
    (seL4_IPCBuffer *)(seL4_UserVSpaceTop & ~((1ull << seL4_PageBits) - 1));

/* From the link script. */
extern void (*const __init_array_start[])(void);
extern void (*const __init_array_end[])(void);

void __assert_fail(const char *expression, const char *file, unsigned int line,
                   const char *function);

/* ---- for what the component leaves out ---- */

static __attribute__((noinline, noreturn)) void stop_without(const char *entry)
{
    microkit_internal_put_name();
    microkit_dbg_puts(" is entered at ");
    microkit_dbg_puts(entry);
    microkit_dbg_puts("(), which it does not have\n");
    microkit_internal_crash((seL4_Error)0);
}

__attribute__((weak)) microkit_msginfo protected(microkit_channel ch, microkit_msginfo msginfo)
{
    (void)ch;
    (void)msginfo;
    stop_without("protected");
}

__attribute__((weak)) seL4_Bool fault(microkit_child child, microkit_msginfo msginfo,
                                      microkit_msginfo *reply_msginfo)
{
    (void)child;
    (void)msginfo;
    (void)reply_msginfo;
    stop_without("fault");
}

__attribute__((weak)) void __assert_fail(const char *expression, const char *file,
                                         unsigned int line, const char *function)
{
    microkit_internal_put_name();
    microkit_dbg_puts(": assertion failed: ");
    microkit_dbg_puts(expression);
    microkit_dbg_puts(", ");
    microkit_dbg_puts(file);
    microkit_dbg_puts(":");
    microkit_dbg_put32(line);
    microkit_dbg_puts(", ");
    microkit_dbg_puts(function);
    microkit_dbg_puts("\n");
    microkit_internal_crash((seL4_Error)0);
}

/* ---- receiving ---- */

static seL4_Bool take_deferred(void)
{
    const seL4_Bool have = microkit_have_signal;

    microkit_have_signal = seL4_False;
    return have;
}

/* Where the operation cannot go along with the receive. */
static void send_deferred(void)
{
    if (take_deferred()) {
        seL4_Send(microkit_signal_cap, microkit_signal_msg);
    }
}

/* The next event. `reply` is the answer that is owed for the last one, or null. */
static seL4_MessageInfo_t receive(const seL4_MessageInfo_t *reply, seL4_Word *badge)
{
    if (guest_is_on()) {
        send_deferred();
        return guest_enter(badge);
    }
    if (reply != NULL) {
        send_deferred();
        return seL4_ReplyRecv(INPUT_CAP, *reply, badge, REPLY_CAP);
    }
    if (take_deferred()) {
        return seL4_NBSendRecv(microkit_signal_cap, microkit_signal_msg, INPUT_CAP, badge,
                               REPLY_CAP);
    }
    return seL4_Recv(INPUT_CAP, badge, REPLY_CAP);
}

/* ---- dispatch ---- */

static void notify_all(seL4_Word channels)
{
    for (microkit_channel ch = 0; channels != 0; ch++, channels >>= 1) {
        if (channels & 1) {
            notified(ch);
        }
    }
}

/* Does the event want an answer? `reply` keeps its value if nobody writes it. */
static seL4_Bool dispatch(seL4_Word badge, seL4_MessageInfo_t tag, seL4_MessageInfo_t *reply)
{
    if (badge & BADGE_FAULT) {
        return guest_after_fault(fault((microkit_child)(badge & BADGE_CHILD_MASK), tag, reply));
    }
    if (badge & BADGE_CALL) {
        *reply = protected((microkit_channel)(badge & BADGE_CALL_MASK), tag);
        return seL4_True;
    }
    notify_all(badge);
    return seL4_False;
}

static void serve(void)
{
    seL4_MessageInfo_t reply = seL4_MessageInfo_new(0, 0, 0, 0);
    seL4_Bool owed = seL4_False;

    for (;;) {
        seL4_Word badge = 0;
        const seL4_MessageInfo_t tag = receive(owed ? &reply : NULL, &badge);

        owed = dispatch(badge, tag, &reply);
    }
}

/* ---- start ---- */

static void run_constructors(void)
{
    for (void (*const *entry)(void) = __init_array_start; entry != __init_array_end; entry++) {
        (*entry)();
    }
}

/* An interrupt that came before its notification was set stays masked until somebody does this. */
static void acknowledge_irqs(void)
{
    for (microkit_channel ch = 0; ch <= MICROKIT_MAX_CHANNEL_ID; ch++) {
        if ((microkit_irqs >> ch) & 1) {
            (void)seL4_IRQHandler_Ack(BASE_IRQ_CAP + ch);
        }
    }
}

int main(void)
{
    run_constructors();
    init();
    if (microkit_passive) {
        microkit_internal_defer(MONITOR_EP, 0);
    }
    acknowledge_irqs();
    serve();
    return 0;
}
