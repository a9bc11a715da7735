// SPDX-License-Identifier: BSD-2-Clause
/* A server in another address space that works on its clients' time. */
#include "scenes.h"
#include "space.h"
#include "story.h"
#include "worker.h"
#include "workshop.h"

/* The server's CSpace: all that it can reach. */
enum { SERVER_ENDPOINT = 2, SERVER_REPLY = 3, SERVER_READY = 4 };

/* What can be asked, as the label of the message. */
enum request { REQUEST_SUM, REQUEST_SECRET, REQUEST_WHO_AM_I };

enum { SECRET = 4711, CLIENT_BADGE = 7, ROUNDS = 1000 };

static seL4_Word answer(seL4_MessageInfo_t request, seL4_Word badge)
{
    switch ((enum request)seL4_MessageInfo_get_label(request)) {
    case REQUEST_SUM: return seL4_GetMR(0) + seL4_GetMR(1);
    case REQUEST_SECRET: return *(const volatile seL4_Word *)PLACE_A;
    case REQUEST_WHO_AM_I: return badge;
    }
    return 0;
}

static void serve(void *argument)
{
    const seL4_MessageInfo_t one_word = seL4_MessageInfo_new(0, 0, 0, 1);
    seL4_Word badge;
    seL4_MessageInfo_t request = seL4_NBSendRecv(SERVER_READY, seL4_MessageInfo_new(0, 0, 0, 0),
                                                 SERVER_ENDPOINT, &badge, SERVER_REPLY);

    (void)argument;
    for (;;) {
        seL4_SetMR(0, answer(request, badge));
        request = seL4_ReplyRecv(SERVER_ENDPOINT, one_word, &badge, SERVER_REPLY);
    }
}

static seL4_Word ask(seL4_CPtr server, enum request request, seL4_Word a, seL4_Word b)
{
    seL4_SetMR(0, a);
    seL4_SetMR(1, b);
    seL4_Call(server, seL4_MessageInfo_new(request, 0, 0, 2));
    return seL4_GetMR(0);
}

/* A page that only the server has, with the secret in it; I see it only while I write it. */
static void hide_secret(seL4_CPtr space)
{
    const seL4_CPtr frame = object_new(seL4_X86_4K, 0);

    space_map(seL4_CapInitThreadVSpace, frame, PLACE_A, seL4_ReadWrite);
    *(volatile seL4_Word *)PLACE_A = SECRET;
    expect(seL4_X86_Page_Unmap(frame) == seL4_NoError, "an unmapped page");
    space_map(space, frame, PLACE_A, seL4_CanRead);
}

/* Returns the endpoint to call. The server gives back its time once it waits. */
static seL4_CPtr start_server(void)
{
    const seL4_CPtr endpoint = object_new(seL4_EndpointObject, 0);
    const seL4_CPtr ready = object_new(seL4_NotificationObject, 0);
    const struct worker_setup setup = {.name = "server",
                                       .entry = serve,
                                       .space = space_new(),
                                       .budget_us = 5000,
                                       .period_us = 5000};
    const struct worker server = worker_new(&setup);

    hide_secret(setup.space);
    worker_give(&server, SERVER_ENDPOINT, endpoint, seL4_CanRead);
    worker_give(&server, SERVER_REPLY, object_new(seL4_ReplyObject, 0), seL4_AllRights);
    worker_give(&server, SERVER_READY, ready, seL4_CanWrite);
    worker_resume(&server);
    seL4_Wait(ready, NULL);
    expect(seL4_SchedContext_UnbindObject(server.sched_context, server.tcb) == seL4_NoError,
           "a server without time of its own");
    return cap_copy(endpoint, seL4_AllRights, CLIENT_BADGE);
}

static seL4_Word timestamp(void)
{
    seL4_Word low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return high << 32 | low;
}

void scenes_of_servers(void)
{
    const seL4_CPtr server = start_server();
    const seL4_Word sum = ask(server, REQUEST_SUM, 20, 22);
    const seL4_Word secret = ask(server, REQUEST_SECRET, 0, 0);
    const seL4_Word badge = ask(server, REQUEST_WHO_AM_I, 0, 0);

    expect(sum == 42 && secret == SECRET && badge == CLIENT_BADGE, "right answers");
    scene("A server in another address space");
    say("I started a second thread. It has its own address space with this program in it, and its "
        "own table of 16 capabilities, of which I filled three: an endpoint, a place for the "
        "caller to wait, and a bell to tell me that it is ready.");
    say("I asked it for 20 + 22 and it answered %lu. I asked what is in its page at %#llx, where "
        "I have nothing, and it answered %lu. I asked who I am, and it answered %lu, the badge of "
        "the capability I called with.",
        (unsigned long)sum, PLACE_A, (unsigned long)secret, (unsigned long)badge);

    const seL4_Word start = timestamp();

    for (unsigned i = 0; i < ROUNDS; i++) {
        ask(server, REQUEST_SUM, i, i);
    }
    const seL4_Word ticks = (timestamp() - start) / ROUNDS;

    scene("The caller pays");
    say("The server has no time of its own: I took it back when it was ready. While it works for "
        "me it runs on my budget, and the answer brings that back.");
    say("%u calls and answers took %lu clock ticks each, both switches of address space included. "
        "(An emulator's clock says little; ./sofa bench kernel counts instructions.)",
        ROUNDS, (unsigned long)ticks);
}
