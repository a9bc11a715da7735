// SPDX-License-Identifier: BSD-2-Clause
/*
 * Making calls of a kind by the current thread, with what choose.h and chance say; each
 * is one row of the table of weights in generate.c.
 */
#pragma once

#include "build.h"

/* make_caps.c */
void make_objects(struct build *b, unsigned type, unsigned size_bits, unsigned count);
void make_retype(struct build *b);
void make_cnode(struct build *b);
void make_badged(struct build *b);
void make_nested(struct build *b);

/* make_threads.c */
void make_tcb(struct build *b);
void make_sched_control(struct build *b);
void make_sched_context(struct build *b);
void make_bind(struct build *b);
void make_yield_to(struct build *b);
void make_cut(struct build *b); /* something that a lent context depends on goes away */
void make_domain(struct build *b);

/* make_messages.c */
void make_ipc(struct build *b);
void make_reply(struct build *b);
word_t make_info(struct build *b);       /* a message info, and the capabilities it speaks of */
void make_receive_slot(struct build *b); /* sometimes a place for a capability is offered */

/* make_spaces.c */
void make_space(struct build *b);

/* make_others.c */
void make_irq(struct build *b);
void make_port(struct build *b);
void make_debug(struct build *b);
void make_anything(struct build *b);
void make_event(struct build *b); /* no call, but something else that user code or devices do */

/* beginning.c: the first steps of a sequence. */
enum { BEGINNING_STEPS = 70 };
void make_beginning(struct build *b, unsigned step);
