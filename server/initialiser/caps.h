// SPDX-License-Identifier: BSD-2-Clause
/* Fills the CNodes of components. */
#pragma once
#include "job.h"

/* All that are copied or minted, and untyped memory that the monitor is to have itself. */
void caps_copy(struct job *job);

/* Control over interrupts and I/O ports, of which there is one capability: the initialiser has none
 * afterwards. */
void caps_move_control(struct job *job);
