// SPDX-License-Identifier: BSD-2-Clause
/*
 * What a run is to do: plan.txt, which the image has in it and tool/metrics rewrites there, letter
 * for letter, so that one build serves every run. Every component reads it, none writes it.
 */
#pragma once

#include <microkit.h>

extern const char *plan; /* filled in by the builder */

/* Where the word ends in the plan; there is no plan without the word. */
static inline const char *plan_after(const char *word)
{
    for (const char *at = plan;; at++) {
        const char *end = at;

        for (const char *letter = word; *letter == *end || *letter == '\0'; letter++, end++) {
            if (*letter == '\0') {
                return end;
            }
        }
    }
}

static inline seL4_Word plan_iterations(void)
{
    seL4_Word number = 0;

    for (const char *digit = plan_after("iterations="); *digit >= '0' && *digit <= '9'; digit++) {
        number = 10 * number + (seL4_Word)(*digit - '0');
    }
    return number;
}

/* 'c', 's', 'l' for client, server, logger; 'n' for nobody: nothing crashes, IPC is measured. */
static inline char plan_victim(void)
{
    return *plan_after("victim=");
}
