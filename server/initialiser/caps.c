// SPDX-License-Identifier: BSD-2-Clause
#include "caps.h"

#include "report.h"

static bool is_control(const struct system_object *run)
{
    return run->kind == SYSTEM_IRQ_CONTROL || run->kind == SYSTEM_IO_PORT_CONTROL;
}

/* Made of the monitor's, the component's copy goes when the monitor revokes. */
static bool is_moved(const struct system_object *run, const struct system_cap *cap)
{
    return is_control(run) || (run->kind == SYSTEM_UNTYPED && cap->meaning == SYSTEM_CAP_RESTART);
}

/* From slot `from` of the initialiser into slot `to` of a CNode. */
static seL4_Error put(const struct job *job, const struct system_cap *cap, seL4_CPtr from,
                      seL4_Word to)
{
    const seL4_CPtr cnode = job_cap(job, cap->cnode, 0);
    const seL4_Uint8 depth = (seL4_Uint8)job->objects[cap->cnode].argument;

    if (is_moved(&job->objects[cap->object], cap)) {
        return seL4_CNode_Move(cnode, to, depth, seL4_CapInitThreadCNode, from, seL4_WordBits);
    }
    if (cap->badge) {
        return seL4_CNode_Mint(cnode, to, depth, seL4_CapInitThreadCNode, from, seL4_WordBits,
                               job_rights(cap->rights), cap->badge);
    }
    return seL4_CNode_Copy(cnode, to, depth, seL4_CapInitThreadCNode, from, seL4_WordBits,
                           job_rights(cap->rights));
}

static void put_run(const struct job *job, const struct system_cap *cap)
{
    for (uint32_t i = 0; i < cap->count; i++) {
        report_answer(put(job, cap, job_cap(job, cap->object, cap->index + i), cap->slot + i),
                      "granting it", cap->object, job->objects[cap->cnode].component, cap->line);
    }
}

static void put_all(struct job *job, bool control)
{
    const struct system_cap *caps = system_table(job->image, SYSTEM_TABLE_CAPS);

    for (uint32_t i = 0; i < system_count(job->image, SYSTEM_TABLE_CAPS); i++) {
        if (is_control(&job->objects[caps[i].object]) == control) {
            put_run(job, &caps[i]);
        }
    }
}

void caps_copy(struct job *job)
{
    put_all(job, false);
}

void caps_move_control(struct job *job)
{
    put_all(job, true);
}
