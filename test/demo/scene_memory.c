// SPDX-License-Identifier: BSD-2-Clause
/* What the first program is given, and how memory becomes objects and pages. */
#include <tiny/string.h>

#include "scenes.h"
#include "space.h"
#include "story.h"
#include "workshop.h"

static void inventory(const seL4_BootInfo *info)
{
    const unsigned pieces = (unsigned)(info->untyped.end - info->untyped.start);
    unsigned ram_pieces = 0;
    seL4_Word ram_bytes = 0;

    for (unsigned i = 0; i < pieces; i++) {
        if (!info->untypedList[i].isDevice) {
            ram_pieces++;
            ram_bytes += 1ull << info->untypedList[i].sizeBits;
        }
    }
    scene("Everything there is");
    say("The kernel has started me and given away all it does not need itself. I hold %lu MiB of "
        "memory in %u pieces, and %u pieces of addresses where devices may be.",
        (unsigned long)(ram_bytes >> 20), ram_pieces, pieces - ram_pieces);
    say("I hold them as capabilities: numbers of slots in a table that only the kernel can write. "
        "My table has %lu slots; %lu are still empty. What has no capability there does not exist "
        "for me.",
        1ul << info->initThreadCNodeSizeBits, (unsigned long)(info->empty.end - info->empty.start));
}

static void objects(void)
{
    const seL4_Word before = workshop_free_bytes();

    scene("Memory becomes objects");
    say("From one piece I have cut a workshop of %lu bytes. The kernel allocates nothing by "
        "itself: who wants an object names the memory it is to be made of.",
        (unsigned long)before);
    object_new(seL4_EndpointObject, 0);
    object_new(seL4_NotificationObject, 0);
    object_new(seL4_TCBObject, 0);
    say("I made an endpoint (%u bytes), a notification (%u) and a thread (%u). Each lies at a "
        "multiple of its size, so %lu bytes are gone, gaps included.",
        1u << seL4_EndpointBits, 1u << seL4_NotificationBits, 1u << seL4_TCBBits,
        (unsigned long)(before - workshop_free_bytes()));
    say("Then I asked for more than there is. The answer was \"not enough memory, %lu bytes are "
        "left\": a request that is refused changes nothing and says why.",
        (unsigned long)workshop_free_bytes());
}

static void pages(void)
{
    const seL4_CPtr frame = object_new(seL4_X86_4K, 0);
    const seL4_CPtr second = cap_copy(frame, seL4_CanRead, 0);

    space_map(seL4_CapInitThreadVSpace, frame, PLACE_A, seL4_ReadWrite);
    space_map(seL4_CapInitThreadVSpace, second, PLACE_B, seL4_AllRights);
    tiny_strlcpy((char *)PLACE_A, "the same page", 4096);
    expect(tiny_strcmp((const char *)PLACE_B, "the same page") == 0, "one page at two places");
    scene("One page at two places");
    say("I made a page of memory and mapped it at %#llx. Three levels of tables were missing on "
        "the way; each refusal named the one, and I made it.",
        PLACE_A);
    say("A copy of the capability, with the right to read only, is mapped at %#llx. I wrote at the "
        "first place and read \"%s\" at the second.",
        PLACE_B, (const char *)PLACE_B);
    expect(seL4_X86_Page_Unmap(frame) == seL4_NoError && seL4_X86_Page_Unmap(second) == 0,
           "unmapped pages");
}

void scenes_of_memory(const seL4_BootInfo *info)
{
    inventory(info);
    objects();
    pages();
}
