// SPDX-License-Identifier: BSD-2-Clause
#include "compare.h"

#include <stdio.h>
#include <string.h>

#include "arch/host/host.h"
#include "arch/host/state.h"
#include "model.h"
#include "object/tcb.h"
#include <arch/kernel_map.h>

enum { BUFFERS_EVERY = 16, MEMORY_BYTES = 4096 };

/* ---- the state after a step ---- */

static void add_buffer(struct state *state, const struct tcb *tcb)
{
    const struct ipc_buffer *buffer = tcb_ipc_buffer(tcb, false);

    if (buffer != NULL) {
        state_put_words(state, "IPC buffer", (const word_t *)buffer,
                        sizeof(*buffer) / sizeof(word_t));
    }
}

/* Threads by the kernel's list, which has none that is being deleted. All buffers are much to look
 * at, so that is done now and then. */
static void add_objects(struct state *state, bool with_buffers)
{
    for (const struct tcb *tcb = sys.all_tcbs; tcb != NULL; tcb = tcb->all_next) {
        state_add_object(state, CAP_TCB, tcb);
        if (with_buffers || tcb == host_core->current) {
            add_buffer(state, tcb);
        }
    }
    for (struct object *o = model_next_object(NULL); o != NULL; o = model_next_object(o)) {
        if (o->type != CAP_TCB) {
            state_add_object(state, (enum cap_type)o->type, (const void *)o->base);
        }
    }
}

static void add_memory(struct state *state)
{
    for (struct object *o = model_next_object(NULL); o != NULL; o = model_next_object(o)) {
        const paddr_t paddr = virt_to_phys((const void *)o->base);

        if ((o->type == CAP_FRAME || o->type == CAP_TABLE) && paddr >= sys.ram[0].start &&
            paddr < sys.ram[0].end) {
            state_put_pointer(state, "= memory at", (const void *)o->base);
            state_put_words(state, "word", (const word_t *)o->base,
                            MIN(o->size_bytes, (word_t)MEMORY_BYTES) / sizeof(word_t));
        }
    }
}

static void add_caps(struct state *state)
{
    const struct node_list all = model_all();

    for (unsigned i = 0; i < all.count; i++) {
        const struct slot *slot = all.nodes[i]->slot;

        state_put_pointer(state, "= slot", slot);
        state_put(state, "capability", slot->cap.word);
        state_put(state, "data", slot->cap.data);
    }
}

static void add_all(struct state *state, unsigned step)
{
    const bool is_full = (step + 1) % run->full_every == 0;

    state_add_core(state);
    state_put(state, "capability events", model_event_count());
    add_objects(state, is_full || step % BUFFERS_EVERY == 0);
    if (is_full) {
        add_caps(state);
        add_memory(state);
    }
}

static void list_state(unsigned step)
{
    struct state state = {.text = fmemopen(run->listing, sizeof(run->listing), "w")};

    if (state.text != NULL) {
        add_all(&state, step);
        fclose(state.text);
    }
}

void compare_step(unsigned step)
{
    struct state state = {0};

    add_all(&state, step);
    if (step == run->list_at) {
        list_state(step);
    }
    if (!run->is_second) {
        run->digests[step] = state.hash;
    } else if (run->digests[step] != state.hash) {
        list_state(step);
        run->differs = true;
        fail("with the fast paths off this step leaves another state");
    }
}

/* ---- the two runs ---- */

/* The states after the step at which they differ; the second run has listed its own. */
static void explain(struct run *r, void (*start)(struct run *r))
{
    static char slow[LISTING_BYTES];
    const unsigned count = r->op_count;

    memcpy(slow, r->listing, sizeof(slow));
    r->is_second = false;
    r->list_at = count - 1;
    start(r);
    r->list_at = OPS_MAX;
    r->failed = true;
    r->op_count = count;
    const size_t length = (size_t)snprintf(r->failure, FAILURE_BYTES,
                                           "fast and slow path (first and second) leave "
                                           "different states after this step:\n");

    state_differences(r->listing, slow, r->failure + length, FAILURE_BYTES - length);
}

void compare_paths(struct run *r, void (*start)(struct run *r))
{
    const struct counts counts = r->counts;
    const unsigned op_limit = r->op_limit;
    const bool replays = r->replays;

    if (r->failed || r->setting.paths != PATHS_BOTH) {
        return;
    }
    r->is_second = r->replays = true;
    r->op_limit = r->op_count;
    r->differs = false;
    start(r);
    if (r->differs) {
        explain(r, start);
    }
    r->is_second = false;
    r->replays = replays;
    r->op_limit = op_limit;
    r->counts = counts;
}
