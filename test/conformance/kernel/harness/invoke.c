// SPDX-License-Identifier: BSD-2-Clause
#include <harness/invoke.h>

/* What message registers hold that nobody set; a result must not depend on it. */
#define UNSET 0xbad0bad0bad0bad0ull

enum { REGISTERS = 4 };

bool invoke_slowly;

static seL4_Word load(seL4_Word mr[REGISTERS], seL4_Word label, const struct message *message)
{
    for (unsigned i = 0; i < REGISTERS; i++) {
        mr[i] = i < message->count ? message->words[i] : UNSET;
    }
    for (unsigned i = REGISTERS; i < message->count; i++) {
        seL4_SetMR((int)i, message->words[i]);
    }
    for (unsigned i = 0; i < message->cap_count; i++) {
        seL4_SetCap((int)i, message->caps[i]);
    }
    const seL4_Word length = message->count - message->cut;

    if (invoke_slowly && message->cap_count == 0 && seL4_GetIPCBuffer() != NULL) {
        seL4_SetCap(0, seL4_CapNull);
        return seL4_MessageInfo_new(label, 0, 1, length).words[0];
    }
    return seL4_MessageInfo_new(label, 0, message->cap_count, length).words[0];
}

static struct reply store(seL4_Word cap, seL4_Word info, const seL4_Word mr[REGISTERS])
{
    const seL4_MessageInfo_t tag = {{info}};
    struct reply reply = {.label = seL4_MessageInfo_get_label(tag),
                          .length = seL4_MessageInfo_get_length(tag),
                          .badge = cap,
                          .extra_caps = seL4_MessageInfo_get_extraCaps(tag),
                          .unwrapped = seL4_MessageInfo_get_capsUnwrapped(tag)};

    for (unsigned i = 0; i < MESSAGE_WORDS; i++) {
        reply.mr[i] = i < REGISTERS ? mr[i] : seL4_GetMR((int)i);
    }
    return reply;
}

struct reply invoke(seL4_CPtr cap, seL4_Word label, struct message message)
{
    seL4_Word mr[REGISTERS];
    seL4_Word info = load(mr, label, &message);

    sel4_sys_call(seL4_SysCall, &cap, &info, mr);
    return store(cap, info, mr);
}

void invoke_by_send(seL4_Word number, seL4_CPtr cap, seL4_Word label, struct message message)
{
    seL4_Word mr[REGISTERS];
    const seL4_Word info = load(mr, label, &message);

    sel4_sys_send(number, cap, info, mr[0], mr[1], mr[2], mr[3]);
}

void signal_to(seL4_CPtr cap)
{
    invoke_by_send((seL4_Word)seL4_SysSend, cap, 0, (struct message){.count = 0});
}

struct reply receive(seL4_Word number, seL4_CPtr cap, seL4_CPtr reply_cap)
{
    seL4_Word mr[REGISTERS] = {UNSET, UNSET, UNSET, UNSET};
    seL4_Word info = 0;

    sel4_sys_recv(number, &cap, &info, mr, reply_cap);
    return store(cap, info, mr);
}

struct reply exchange(seL4_Word number, seL4_CPtr dest, seL4_Word label, struct message message,
                      seL4_CPtr source, seL4_CPtr reply_cap)
{
    seL4_Word mr[REGISTERS];
    seL4_Word info = load(mr, label, &message);

    sel4_sys_send_recv(number, &source, &info, mr, reply_cap, dest);
    return store(source, info, mr);
}
