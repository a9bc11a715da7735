// SPDX-License-Identifier: BSD-2-Clause
/* What a call is made with: things that exist, rather such that the call can mean something. */
#pragma once

#include "build.h"

/* The initial thread's own things are seldom touched, or little else would happen. */
bool choose_is_precious(const struct slot *slot);
bool choose_is_precious_thread(const struct tcb *tcb);

/* ---- addresses of capabilities ---- */

/* A TCB that is not the initial thread's, most of the time. */
word_t choose_tcb(struct build *b);

/* A thread that lacks something, if there is one. */
enum need { NEEDS_SPACE, NEEDS_CONTEXT, NEEDS_RESUME };
word_t choose_needy_tcb(struct build *b, enum need need);

word_t choose_endpoint_or_null(struct build *b);
word_t choose_root(struct build *b);
word_t choose_cspace(struct build *b);

/* Some capability that fits; false: there is none that the thread can name. */
bool choose_that(struct build *b, enum cap_type type, bool (*fits)(struct build *b, struct cap cap),
                 word_t *address);

/* The n-th capability of a type that has the right, or one of those behind it. */
word_t choose_nth(struct build *b, enum cap_type type, uint64_t n, unsigned right);

/* Somewhere to call: rather where somebody waits for calls, without a context of its own. */
word_t choose_callee(struct build *b);

/* Where a server waits that has no context of its own. */
bool choose_passive_callee(struct build *b, word_t *address);

/* Where somebody waits who has one. */
bool choose_active_receiver(struct build *b, word_t *address);

/* Whose signal wakes nobody who has no context to run on. */
bool choose_signal_target(struct build *b, word_t *address);

/* ---- other arguments ---- */

/* Some slot in use, NULL if none was found. */
struct slot *choose_slot(struct build *b, bool is_to_go);

/* The data word of Mint and its like. */
word_t choose_data(struct build *b, struct cap cap);

/* Few different ones, so that equals meet. */
unsigned choose_priority(struct build *b);

word_t choose_us(struct build *b);
word_t choose_buffer(struct build *b);
vaddr_t choose_vaddr(struct build *b);
