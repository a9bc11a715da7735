// SPDX-License-Identifier: BSD-2-Clause
/*
 * The machine's state as a list of named words, to be compared with another machine's
 * that should be in the same: as a number that is quick to compare, or as text that
 * says where two differ.
 *
 * Only what counts is in it: what can still have an effect on anything a user sees.
 * The same state always gives the same list, wherever in memory it came from: queues are
 * listed in their order, rings from their heads, and what has no meaning at the moment
 * (the fault details of a thread without a fault) is left out.
 */
#pragma once

#include <stdio.h>

#include "object/cap.h"

struct state {
    uint64_t hash;
    FILE *text; /* NULL: only the hash is wanted */
};

void state_put(struct state *state, const char *name, word_t value);
void state_put_pointer(struct state *state, const char *name, const void *value);

/* Words of memory; those that are 0 are not listed. */
void state_put_words(struct state *state, const char *name, const word_t *words, size_t count);

/* The processor, time, who runs, and the scheduler's queues. */
void state_add_core(struct state *state);

/* A TCB (with its registers, not its IPC buffer), endpoint, notification, reply object or
 * scheduling context; nothing for others. */
void state_add_object(struct state *state, enum cap_type type, const void *object);

/* Where two texts differ, one line each, as many as fit. Returns how many there are. */
unsigned state_differences(const char *first, const char *second, char *to, size_t size_bytes);
