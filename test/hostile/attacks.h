// SPDX-License-Identifier: BSD-2-Clause
/* Attacks that need several exact steps, which random calls would never take. */
#pragma once

#include <sel4/sel4.h>

/*
 * An interrupted Retype leaves notes on how far it got. Memory that user code
 * could write before must not pass for such notes: new frames are zero.
 * `wake` is signalled by the ticker.
 */
void attack_clearing(seL4_CPtr wake);
