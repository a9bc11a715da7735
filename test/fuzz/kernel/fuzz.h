// SPDX-License-Identifier: BSD-2-Clause
/* How a run tells what it found; what its parts share. */
#pragma once

#include "lib/base.h"
#include "op.h"
#include "reach.h"

enum { OPS_MAX = 20000, FAILURE_BYTES = 1500, NOTE_BYTES = 96, LISTING_BYTES = 1 << 20 };

/* What a run has done and seen. */
struct counts {
    uint64_t reached[REACH_COUNT];
    unsigned full_checks, live_objects_max;
    uint64_t methods_tried[4], methods_done[4]; /* bit sets over enum abi_method */
};

/* Lives in memory shared with the parent process: whatever becomes of the run, this stays. */
struct run {
    struct setting setting;
    /* in */
    bool replays;        /* ops[] are given; otherwise they are made */
    bool wants_notes;    /* fill notes[] */
    bool is_second;      /* of two that are compared: fast paths are off, digests[] given */
    unsigned op_limit;   /* how many to run */
    unsigned full_every; /* steps between full checks */
    unsigned list_at;    /* fill listing[] after this step */
    /* out */
    unsigned op_count;
    struct counts counts;
    bool failed;
    bool differs; /* it is the second and in another state than the first */
    char failure[FAILURE_BYTES];
    struct op ops[OPS_MAX];
    uint64_t digests[OPS_MAX]; /* of the state after each step */
    char notes[OPS_MAX][NOTE_BYTES];
    char listing[LISTING_BYTES];
};

extern struct run *run;

/* Ends the run. */
NORETURN void fail(const char *format, ...) PRINTF_LIKE(1, 2);

#define EXPECT(condition, ...)                                                                     \
    do {                                                                                           \
        if (unlikely(!(condition))) {                                                              \
            fail(__VA_ARGS__);                                                                     \
        }                                                                                          \
    } while (0)

/* Runs run->ops, or makes them; returns if nothing is wrong. In a process of its own. */
void run_sequence(void);

/* The next step for the state the kernel is in (generate.c). */
struct rng;
void generate_start(uint64_t seed);
/* False: nothing can happen any more. */
bool generate_op(struct op *op, unsigned step);
