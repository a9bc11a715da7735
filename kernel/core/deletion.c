// SPDX-License-Identifier: BSD-2-Clause
/*
 * How containers (CNodes and TCBs, both runs of slots) are emptied.
 *
 * When the last capability to a container is deleted, it becomes a *zombie* in
 * its slot: invisible to lookups, counting the slots that remain to be emptied.
 * A container may hold the last capability to another one, and so on to any
 * depth, while the kernel has one small stack and may be interrupted anywhere.
 * Two rules make that work with a constant number of steps between looks:
 *
 *  1. The slot that the user asked to delete (the top) keeps its zombie until
 *     everything below is gone, so a repeated call finds its way back.
 *  2. Nesting is handled in one slot of the top's container, the work slot. When
 *     the work slot's container B holds the last capability to a container C,
 *     the two zombies are turned round: C's goes into the work slot, B's into a
 *     slot of C, and what was in that slot takes C's place in B:
 *
 *         work: B ... B[i]: C ... C[0]: x    becomes    work: C ... C[0]: B ... B[i]: x
 *
 *     Nothing is lost, no path has to be remembered, and the number of
 *     containers that are not yet zombies has become smaller by one.
 *  3. When only one slot of the work slot's container is left in use, what it
 *     holds moves to the work slot and the container is done.
 *
 * Zombies of deletions that somebody else began, and was interrupted in, are met
 * and turned round like any other.
 */
#include "core/deletion.h"

#include "core/derivation.h"
#include "object/endpoint.h"
#include "object/finalise.h"
#include "object/tcb.h"

#define WORK_PER_SLOT 40
#define WORK_PER_CAP  400

/* ---- zombies: see the table in object/cap.h ---- */

static word_t zombie_slot_count(struct cap zombie)
{
    return zombie.flag ? (word_t)TCB_SLOT_COUNT : BIT(zombie.bits);
}

static struct slot *zombie_slots(struct cap zombie)
{
    return cap_object(zombie);
}

static bool is_container(struct cap cap)
{
    return cap.type == CAP_CNODE || cap.type == CAP_TCB;
}

static void become_zombie(struct slot *slot)
{
    struct cap zombie = cap_of_object(CAP_ZOMBIE, cap_object(slot->cap));

    zombie.flag = slot->cap.type == CAP_TCB;
    zombie.bits = zombie.flag ? 0 : slot->cap.bits;
    zombie.data = zombie_slot_count(zombie);
    slot->cap = zombie;
}

static bool is_zombie_or_becomes_one(struct slot *slot)
{
    if (slot->cap.type == CAP_ZOMBIE) {
        return true;
    }
    if (!is_container(slot->cap) || !slot_is_last(slot)) {
        return false;
    }
    finalise_container(slot->cap);
    become_zombie(slot);
    return true;
}

/* Deletes a capability that is not the last one to a container. */
static enum progress delete_simple(struct slot *slot)
{
    assert(!(is_container(slot->cap) && slot_is_last(slot)));

    if (finalise_cap(slot, slot_is_last(slot)) == PROGRESS_PREEMPTED) {
        return PROGRESS_PREEMPTED;
    }
    slot_clear(slot);
    return PROGRESS_DONE;
}

/* The first slot of a zombie's container that is neither of two others. */
static struct slot *spare_slot(struct cap zombie, const struct slot *not_this,
                               const struct slot *nor_this)
{
    struct slot *slot = zombie_slots(zombie);

    while (slot == not_this || slot == nor_this) {
        slot++;
    }
    assert(slot < zombie_slots(zombie) + zombie_slot_count(zombie));
    return slot;
}

/* Puts the capability in `moving` into a spare slot of the container whose zombie is in `holder`,
 * in exchange for what is there, and sees to it that the slot will be visited. */
static void stow_in_container(struct slot *holder, struct slot *moving, const struct slot *avoid)
{
    struct slot *spare = spare_slot(holder->cap, holder, avoid);
    word_t visited_from = (word_t)(spare - zombie_slots(holder->cap)) + 1;

    slot_swap(moving, spare);
    if (holder->cap.data < visited_from) {
        holder->cap.data = visited_from;
    }
}

/* Is `last` the only slot of work's container still to be visited, work itself aside? */
static bool is_only_one_left(const struct slot *work, const struct slot *last)
{
    const struct slot *first = zombie_slots(work->cap);

    return last == first || (last == first + 1 && work == first);
}

/*
 * One step of emptying the container whose zombie is in `work`. `top` is where the
 * user's deletion started; when it turns out to lie inside that container (the two
 * contain each other), the roles are exchanged so that the top still leads to both.
 */
static enum progress empty_one_slot(struct slot *top, struct slot *work)
{
    struct slot *last = zombie_slots(work->cap) + work->cap.data - 1;

    if (last == work || slot_is_empty(last)) {
        work->cap.data--;
        return PROGRESS_DONE;
    }
    if (last == top) {
        slot_swap(work, top);
        stow_in_container(top, work, NULL);
        return PROGRESS_DONE;
    }
    if (is_only_one_left(work, last)) {
        slot_clear(work);
        slot_move(work, last, last->cap);
        return PROGRESS_DONE;
    }
    if (is_zombie_or_becomes_one(last)) {
        slot_swap(work, last);
        stow_in_container(work, last, top);
        return PROGRESS_DONE;
    }
    return delete_simple(last);
}

/* Empties the work slot, which lies in top's container. May return early, with nothing amiss, when
 * the roles were exchanged: the caller looks at the top again. */
static enum progress empty_work_slot(struct slot *top, struct slot *work)
{
    const word_t top_container = (word_t)cap_object(top->cap);

    while (!slot_is_empty(work) && (word_t)cap_object(top->cap) == top_container) {
        enum progress progress = PROGRESS_DONE;

        if (!is_zombie_or_becomes_one(work)) {
            progress = delete_simple(work);
        } else if (work->cap.data == 0) {
            slot_clear(work);
        } else {
            progress = empty_one_slot(top, work);
        }
        if (progress == PROGRESS_PREEMPTED || preemption_point(WORK_PER_CAP)) {
            return PROGRESS_PREEMPTED;
        }
    }
    return PROGRESS_DONE;
}

enum progress slot_delete(struct slot *top)
{
    if (slot_is_empty(top)) {
        return PROGRESS_DONE;
    }
    if (!is_zombie_or_becomes_one(top)) {
        return delete_simple(top);
    }
    while (top->cap.type == CAP_ZOMBIE && top->cap.data > 0) {
        struct slot *last = zombie_slots(top->cap) + top->cap.data - 1;

        if (last == top || slot_is_empty(last)) {
            top->cap.data--;
            if (preemption_point(WORK_PER_SLOT)) {
                return PROGRESS_PREEMPTED;
            }
        } else if (empty_work_slot(top, last) == PROGRESS_PREEMPTED) {
            return PROGRESS_PREEMPTED;
        }
    }
    slot_clear(top);
    return PROGRESS_DONE;
}

enum progress slot_revoke(struct slot *slot)
{
    while (slot_has_children(slot)) {
        if (slot_delete(slot_next(slot)) == PROGRESS_PREEMPTED || preemption_point(WORK_PER_CAP)) {
            return PROGRESS_PREEMPTED;
        }
    }
    return PROGRESS_DONE;
}
