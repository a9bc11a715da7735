// SPDX-License-Identifier: BSD-2-Clause
/* Shared by the files of the simulated machine. */
#pragma once

#include "lib/base.h"

struct core;
struct state;

/* The interrupt lines and ports, as after power on. */
void host_irq_reset(void);
void host_io_reset(void);
void host_tlb_reset(void);

/* The interrupt enters the kernel. */
void host_take_interrupt(unsigned irq);

/* What waits, is masked and is being served, for state.h. */
void host_irq_put_state(struct state *state);
