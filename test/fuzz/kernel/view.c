// SPDX-License-Identifier: BSD-2-Clause
#include "view.h"

#include <stdio.h>

#include <abi/syscalls.h>

#include "core/core.h"
#include "core/cspace.h"
#include "core/ipc.h"
#include "op.h"

static struct slot *find(const struct tcb *tcb, word_t address)
{
    struct lookup_failure ignored;

    return cspace_lookup(tcb, address, &ignored);
}

static struct cap cap_at(const struct tcb *tcb, word_t address)
{
    const struct slot *slot = find(tcb, address);

    return slot == NULL ? cap_null() : slot->cap;
}

static void view_invocation(struct view *view)
{
    const struct tcb *tcb = view->caller;
    const word_t info = context_info(&tcb->context);
    const word_t label = info >> INFO_LABEL_SHIFT;
    const struct ipc_buffer *buffer = tcb_ipc_buffer(tcb, false);
    const unsigned extras =
        buffer == NULL ? 0 : info >> INFO_EXTRA_CAPS_SHIFT & MASK(INFO_EXTRA_CAPS_BITS);

    view->cap = view->slot->cap;
    view->method = label < ARRAY_SIZE(sys.method_of_label)
                       ? (enum abi_method)sys.method_of_label[label]
                       : METHOD_NONE;
    view->length = info_length(info);
    for (unsigned i = 0; i < ARRAY_SIZE(view->argument); i++) {
        view->argument[i] = tcb_message_word(tcb, buffer, i);
    }
    for (unsigned i = 0; i < extras; i++) {
        view->extra[i] = cap_at(tcb, buffer->caps_or_badges[i]);
    }
    if (view->cap.type == CAP_CNODE && view->argument[1] >= 1 && view->argument[1] <= WORD_BITS) {
        struct lookup_failure ignored;

        view->target = cspace_resolve_exactly(view->cap, view->argument[0],
                                              (unsigned)view->argument[1], &ignored);
    }
}

struct view view_of(struct tcb *caller, int64_t number)
{
    const struct user_context *context = &caller->context;
    struct view view = {.caller = caller, .number = number};
    word_t to = context_capability(context);

    switch (number) {
    case SYS_CALL:
    case SYS_SEND:
    case SYS_NB_SEND: view.sends = true; break;
    case SYS_REPLY_RECV:
    case SYS_NB_SEND_WAIT:
        view.sends = true;
        to = context_reply(context);
        view.receives_on = cap_at(caller, context_capability(context));
        break;
    case SYS_NB_SEND_RECV:
        view.sends = true;
        to = context_destination(context);
        view.receives_on = cap_at(caller, context_capability(context));
        break;
    case SYS_RECV:
    case SYS_NB_RECV:
    case SYS_WAIT:
    case SYS_NB_WAIT: view.receives_on = cap_at(caller, to); break;
    default: break;
    }
    view.reply = cap_at(caller, context_reply(context));
    view.slot = view.sends ? find(caller, to) : NULL;
    if (view.slot != NULL) {
        view_invocation(&view);
    }
    return view;
}

void view_print(const struct view *view, char *text, size_t size_bytes)
{
#define NAME(method, name) [method] = (name),
    static const char *const names[METHOD_COUNT] = {ABI_METHOD_NAMES(NAME)};
#undef NAME
    const char *method = "";

    if (view->slot != NULL && view->cap.type != CAP_ENDPOINT &&
        view->cap.type != CAP_NOTIFICATION && view->cap.type != CAP_REPLY) {
        method = view->method < METHOD_COUNT && names[view->method] != NULL ? names[view->method]
                                                                            : "no method";
    }
    snprintf(text, size_bytes, "%lx %s %s %s%s%s%s", (word_t)(uint32_t)(uintptr_t)view->caller,
             op_call_name(view->number), view->slot == NULL ? "" : cap_name(view->cap), method,
             view->receives_on.type == CAP_NULL ? "" : " on ",
             view->receives_on.type == CAP_NULL ? "" : cap_name(view->receives_on),
             view->reply.type == CAP_REPLY && view->receives_on.type != CAP_NULL ? " with reply"
                                                                                 : "");
}
