// SPDX-License-Identifier: BSD-2-Clause
/*
 * The initial task of every static system: turns the compiled description that the builder put
 * behind it into objects, capabilities, address spaces and running threads, then stops for good.
 */
#include "caps.h"
#include "domains.h"
#include "irqs.h"
#include "job.h"
#include "objects.h"
#include "spaces.h"
#include "threads.h"

#include <start/root.h>

/* The builder writes here: it must have a place in the file. Volatile, since no code here does. */
extern volatile struct system_image_place system_image_place;
volatile struct system_image_place system_image_place __attribute__((section(".data")));

static void drop(seL4_CPtr slot)
{
    (void)seL4_CNode_Delete(seL4_CapInitThreadCNode, slot, seL4_WordBits);
}

static void drop_all(seL4_SlotRegion slots)
{
    for (seL4_CPtr slot = slots.start; slot < slots.end; slot++) {
        drop(slot);
    }
}

/*
 * Authority to make anything more. What stays are capabilities to objects in use (the ASID pool is
 * one), which live as long as somebody has one; and nobody has one to this thread.
 */
static void give_up_rights(const seL4_BootInfo *boot)
{
    static const seL4_CPtr controls[] = {seL4_CapIRQControl, seL4_CapASIDControl,
                                         seL4_CapIOPortControl, seL4_CapIOSpace, seL4_CapDomain};

    for (unsigned i = 0; i < sizeof(controls) / sizeof(controls[0]); i++) {
        drop(controls[i]);
    }
    drop_all(boot->schedcontrol);
    drop_all(boot->untyped);
}

int main(const seL4_BootInfo *boot)
{
    static struct job job;

    job_init(&job, boot,
             (struct system_image_place){system_image_place.address, system_image_place.length});
    objects_make(&job);
    objects_issue(&job);
    spaces_assign(&job);
    spaces_fill(&job);
    spaces_map(&job);
    threads_give_time(&job);
    threads_prepare(&job);
    caps_copy(&job);
    irqs_connect(&job);
    domains_write(&job);
    caps_move_control(&job);
    threads_start(&job);
    domains_begin(&job);
    give_up_rights(boot);
    return 0;
}
