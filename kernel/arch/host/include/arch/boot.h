// SPDX-License-Identifier: BSD-2-Clause
/* What generic boot asks of the architecture. */
#pragma once

#include "core/core.h"

/* This core's state, zeroed, reachable through this_core() from now on. */
struct core *arch_boot_core(const struct options *options);

/* Control capabilities that only this architecture has. */
void arch_boot_control_caps(struct slot *cnode);

/* The initial thread is ready: chooses it and goes back to whoever called host_boot(). */
NORETURN void arch_boot_done(void);
