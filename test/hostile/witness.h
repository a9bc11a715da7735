// SPDX-License-Identifier: BSD-2-Clause
/*
 * Threads that do ordinary things beside the hostile ones and notice when
 * anything is other than it should be. They are made once and live through all
 * generations.
 */
#pragma once

#include <stdint.h>

#include "dice.h"
#include "exchange.h"
#include "report.h"

/* Faults of witnesses arrive at the endpoint: there must be none. */
void witness_start(uint64_t seed, uint64_t fault_endpoint);
/* Rounds that all witnesses have made so far. */
uint64_t witness_rounds(void);

/* Fills registers and FPU state with random but legal values. */
void exchange_randomise(struct exchange *exchange, struct dice *dice);
/* Checks that registers but those in `may_change` (a bit each) and the FPU state came back. */
void exchange_check(const struct exchange *exchange, uint32_t may_change, const char *who);
