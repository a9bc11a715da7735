// SPDX-License-Identifier: BSD-2-Clause
/* The build stage: from a valid description, programs and a kernel to the bytes of an image. */
#pragma once
#include "image.h"
#include "memory.h"
#include "plan.h"

struct build_inputs {
    struct system_source source;
    const char *system_path;
    const char *kernel_path, *initialiser_path, *monitor_path;
    uint64_t ram_bytes;
};

struct build {
    const struct system *system;
    struct plan *plan;
    struct memory_use memory;
    struct bytes block, task;
    uint64_t task_memory; /* of the initial task, with the block */
};

/* Does everything but write files; refuses at the first thing that is wrong. */
struct build build_image(const struct build_inputs *inputs);

/* Its last part, with everything in memory. programs[i] is component i's; the machine has RAM and
 * kernel. */
struct build build_programs(const struct system_source *source, const struct system *system,
                            struct program **programs, struct program *initialiser,
                            struct program *monitor, struct machine *machine);
