// SPDX-License-Identifier: BSD-2-Clause
#include "job.h"

#include "arch.h"
#include "report.h"

/* For windows, badged copies and pieces of memory. */
enum { SLOTS_BESIDES = 512, BOOT_PAGE_BYTES = seL4_BootInfoFrameSize };

/* The kernel maps the image as the builder laid it out, up to the IPC buffer. */
static const struct system_image *checked_image(const struct job *job,
                                                struct system_image_place place)
{
    const struct system_image *image = (const struct system_image *)(uintptr_t)place.address;
    const uintptr_t end = (uintptr_t)job->boot->ipcBuffer;
    const char *wrong;

    if (place.length == 0) {
        report_stop("no system was built into this image");
    }
    if (place.address % (1u << seL4_PageBits) || place.address > end ||
        place.length > end - place.address) {
        report_stop("the description of the system is not within the image");
    }
    wrong = system_image_check(image, place.length);
    if (wrong) {
        report_stop("the description of the system is damaged: %s", wrong);
    }
    if (image->arch != arch_number()) {
        report_stop("the system was built for another processor");
    }
    return image;
}

void job_init(struct job *job, const seL4_BootInfo *boot, struct system_image_place place)
{
    *job = (struct job){.boot = boot, .base = boot->empty.start};
    report_about(job);
    job->image = checked_image(job, place);
    job->objects = system_table(job->image, SYSTEM_TABLE_OBJECTS);
    job->components = system_table(job->image, SYSTEM_TABLE_COMPONENTS);
    job->next_slot = job->base + job->image->cap_total;
    if (job->next_slot + SLOTS_BESIDES > boot->empty.end) {
        report_stop("the system needs %lu capability slots, but only %lu are free",
                    (unsigned long)job->image->cap_total + SLOTS_BESIDES,
                    (unsigned long)(boot->empty.end - boot->empty.start));
    }
}

seL4_CPtr job_slot(struct job *job)
{
    if (job->next_slot == job->boot->empty.end - 1) { /* the last is the console's */
        report_stop("all %lu capability slots are taken",
                    (unsigned long)(job->boot->empty.end - job->boot->empty.start));
    }
    return job->next_slot++;
}

/* The kernel gives a frame for each page of the image, behind which it puts the IPC buffer. */
static seL4_CPtr image_frame(const struct job *job, uint64_t offset)
{
    const seL4_SlotRegion *frames = &job->boot->userImageFrames;
    const uintptr_t address = (uintptr_t)job->image + offset;

    return frames->end - (((uintptr_t)job->boot->ipcBuffer - address) >> seL4_PageBits);
}

seL4_CPtr job_cap(const struct job *job, uint32_t object, uint32_t index)
{
    const struct system_object *run = &job->objects[object];

    switch (run->kind) {
    case SYSTEM_IMAGE_FRAMES:
        return image_frame(job, run->argument + ((uint64_t)index << run->size_bits));
    case SYSTEM_SMC: return seL4_CapSMC;
    case SYSTEM_SCHED_CONTROL: return job->boot->schedcontrol.start + run->argument;
    case SYSTEM_IRQ_CONTROL: return seL4_CapIRQControl;
    case SYSTEM_IO_PORT_CONTROL: return seL4_CapIOPortControl;
    default: return job->base + run->id + index;
    }
}

seL4_CPtr job_mint(struct job *job, uint32_t object, seL4_CapRights_t rights, seL4_Word badge)
{
    const seL4_CPtr slot = job_slot(job);

    report_answer(seL4_CNode_Mint(seL4_CapInitThreadCNode, slot, seL4_WordBits,
                                  seL4_CapInitThreadCNode, job_cap(job, object, 0), seL4_WordBits,
                                  rights, badge),
                  "giving it a badge", object, SYSTEM_NONE, 0);
    return slot;
}

const seL4_BootInfoHeader *job_boot_record(const struct job *job, seL4_Word id)
{
    const char *at = (const char *)job->boot + BOOT_PAGE_BYTES;
    const char *end = at + job->boot->extraLen;

    while ((size_t)(end - at) >= sizeof(seL4_BootInfoHeader)) {
        const seL4_BootInfoHeader *record = (const seL4_BootInfoHeader *)(const void *)at;

        if (record->id == id) {
            return record;
        }
        if (record->len < sizeof(*record) || record->len > (size_t)(end - at)) {
            break;
        }
        at += record->len;
    }
    return NULL;
}
