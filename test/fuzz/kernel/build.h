// SPDX-License-Identifier: BSD-2-Clause
/* Putting a system call together: the generator's hands. */
#pragma once

#include <abi/methods.h>

#include "model.h"
#include "object/tcb.h"
#include "op.h"
#include "rng.h"

/* The call being made, by the current thread. */
struct build {
    struct op *op;
    struct rng *rng;
    const struct tcb *tcb;
    unsigned length, extras;
    bool is_strict; /* nothing is made wrong on purpose */
};

struct build build_begin(struct op *op, struct rng *rng);

/* Takes back what has been put together so far. */
void build_reset(struct build *b);

/* The number of a method in the machine's profile; a wrong one if it has none. */
word_t build_label(enum abi_method method);

/* Argument word `index`, and extra capability number `index` by its address. */
void build_argument(struct build *b, unsigned index, word_t value);
void build_extra(struct build *b, word_t address);
void build_buffer(struct build *b, unsigned index, word_t value);

/* Makes it an invocation of `address`, by Call most of the time. */
void build_finish(struct build *b, word_t address, enum abi_method method);

/* ---- choosing ---- */

/* The address of a slot in the thread's CSpace; false: it has none. */
bool build_address(const struct tcb *tcb, const struct slot *slot, word_t *address);

/* The address of some capability of a type. False: there is none the thread can name. */
bool build_pick(struct build *b, enum cap_type type, word_t *address, struct slot **slot);

/* The same or, if there is none, the address of anything. */
word_t build_pick_or_any(struct build *b, enum cap_type type);

/* Some slot in use outside TCBs, and how CNode methods name a slot. */
struct slot *build_any_slot(struct build *b);
struct place {
    word_t cnode; /* address of the CNode capability */
    word_t index, depth;
};
bool build_place(struct build *b, const struct slot *slot, struct place *place);

/* An empty slot, with its place; prefers `run` empty ones in a row. */
struct slot *build_empty_slot(struct build *b, unsigned length, struct place *place);

/* A number that is likely to be a border of something. */
word_t build_odd_number(struct rng *rng);
