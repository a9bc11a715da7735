// SPDX-License-Identifier: BSD-2-Clause
/* One run of the workload, and the images that are built from it and judged. */
#pragma once

#include <ext4/ext4.h>

#include <stdint.h>

struct options {
    uint32_t images, seed, steps, workers, fsck_every, mib;
    const char *mkfs; /* options for mkfs.ext4, with spaces between them */
    const char *keep; /* where a bad image goes */
    enum ext4_data_mode data_mode;
};

/* Prints what was found; gives an exit status. */
int trial_run(const struct options *options);
