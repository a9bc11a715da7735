// SPDX-License-Identifier: BSD-2-Clause
/* The end: one call undoes all that came before it. */
#include "scenes.h"
#include "story.h"
#include "workshop.h"

void scene_of_revocation(void)
{
    const seL4_CPtr witness = object_new(seL4_EndpointObject, 0);
    const unsigned objects = workshop_objects();
    const unsigned long left = (unsigned long)workshop_free_bytes();

    expect(workshop_revoke() == seL4_NoError, "a revoked workshop");
    const seL4_MessageInfo_t answer = seL4_Call(witness, seL4_MessageInfo_new(0, 0, 0, 0));

    expect(seL4_MessageInfo_get_label(answer) == seL4_InvalidCapability, "an empty slot");
    expect(workshop_take_whole() == seL4_NoError, "the whole workshop as one piece");
    scene("Taking everything back");
    say("All threads, address spaces, pages and bells of this tour were made from the workshop: "
        "%u objects, with %lu bytes left over. Then I revoked the workshop's capability.",
        objects, left);
    say("Every capability derived from it is gone, in whatever table it was: the endpoint I made "
        "last is an empty slot. And the memory is whole again: I asked for all %lu bytes as one "
        "object and got it.",
        1ul << WORKSHOP_BITS);
}
