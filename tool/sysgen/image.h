// SPDX-License-Identifier: BSD-2-Clause
/* From a plan to bytes: the block of proto/system_image.h, and the ELF file of the initial task
 * that carries it. */
#pragma once
#include "plan.h"

struct bytes {
    unsigned char *bytes;
    uint64_t length;
};

/* The finished block; what programs were patched with until now is in it. */
struct bytes image_block(struct plan *plan);
/* Refuses a block that its readers would refuse. */
void image_check(struct plan *plan, struct bytes block);

/* Memory of the initial task with a block of that length: from its first to its last page. */
uint64_t image_task_bytes(const struct elf *initialiser, uint64_t block_bytes);

/* The initialiser with the block behind it, told where that is. */
struct bytes image_task(struct job *job, struct program *initialiser, struct bytes block);
/* The monitor learns where it sees the block. */
void image_tell_monitor(struct plan *plan, uint64_t block_bytes);
