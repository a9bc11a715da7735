// SPDX-License-Identifier: BSD-2-Clause
/* Shared by the files of the simulated machine. */
#pragma once

#include "lib/base.h"

struct core;

/* The interrupt lines and ports, as after power on. */
void host_irq_reset(void);
void host_io_reset(void);
void host_tlb_reset(void);

/* The interrupt enters the kernel. */
void host_take_interrupt(unsigned irq);
