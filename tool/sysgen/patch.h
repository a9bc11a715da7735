// SPDX-License-Identifier: BSD-2-Clause
/* Writes what a component's program has to know into its symbols: the library's own, and those of
 * setvar attributes. May be repeated when physical addresses have been chosen. */
#pragma once
#include "elf.h"
#include "model.h"

void patch_program(struct job *job, const struct system *system, const struct component *component,
                   struct program *program);

/* Every bit that the component's notification can carry. */
uint64_t component_bits(const struct system *system, const struct component *component);
