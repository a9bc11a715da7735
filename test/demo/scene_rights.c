// SPDX-License-Identifier: BSD-2-Clause
/* Copies of a capability that can do less, and what happens when they are asked for more. */
#include "scenes.h"
#include "story.h"
#include "workshop.h"

static unsigned long call_through(seL4_CPtr endpoint)
{
    const seL4_MessageInfo_t answer = seL4_Call(endpoint, seL4_MessageInfo_new(0, 0, 0, 0));

    return (unsigned long)seL4_MessageInfo_get_label(answer);
}

static void fewer_rights(void)
{
    const seL4_CPtr endpoint = object_new(seL4_EndpointObject, 0);
    const seL4_CPtr listener = cap_copy(endpoint, seL4_CanRead, 0);
    const unsigned long answer = call_through(listener);

    expect(answer == seL4_InvalidCapability, "a refusal");
    scene("A copy that can do less");
    say("An endpoint is a place where threads meet. I hold one with all rights, and made a copy "
        "that may only receive. Then I tried to call through the copy.");
    say("Refused, error %lu: invalid capability. Rights can be left out when a capability is "
        "copied; nothing can put them back.",
        answer);
}

static void badge_twice(void)
{
    const seL4_CPtr endpoint = object_new(seL4_EndpointObject, 0);
    const seL4_CPtr badged = cap_copy(endpoint, seL4_AllRights, 7);
    const seL4_Error again =
        seL4_CNode_Mint(seL4_CapInitThreadCNode, slot_new(), seL4_WordBits, seL4_CapInitThreadCNode,
                        badged, seL4_WordBits, seL4_AllRights, 8);

    expect(again == seL4_IllegalOperation, "a badge that stays");
    scene("A badge cannot be forged");
    say("A copy can carry a number, its badge, which the receiver sees and the sender cannot "
        "change. I made one with badge 7 and tried to copy it with badge 8.");
    say("Refused, error %d: illegal operation. That is how a server knows its clients apart.",
        (int)again);
}

void scenes_of_rights(void)
{
    fewer_rights();
    badge_twice();
}
