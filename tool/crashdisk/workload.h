// SPDX-License-Identifier: BSD-2-Clause
/*
 * Work on a file system that says at every moment what must be on the disk, and the judge of images
 * that a power cut left.
 *
 * Four kinds of files:
 * - replaced: new content goes to another file, fsync, rename over the old one. What is found must
 *   be one whole version, none older than the last that was synced.
 * - logs: records are appended, sometimes with fsync. The length must be at least what was synced,
 *   and every byte what was appended.
 * - slots: one sector is written over and over, sometimes with fsync. It must be whole, and no
 *   older than what was synced.
 * - churn: directories, links, attributes, truncations, files that are open without a name, which
 *   come and go so that blocks change their use. Only soundness is judged.
 *
 * Syncing is fsync or fdatasync, but before a rename fsync. A worker that is alone also remounts
 * now and then.
 */
#pragma once

#include "disk.h"
#include "facts.h"

enum { REPLACED = 4, LOGS = 3, SLOTS = 3, LOG_MAX = 120000, WORKERS_MAX = 3 };

struct workload {
    struct disk *disk;
    struct ext4_fs *fs;
    uint32_t workers;
    struct facts versions[REPLACED];  /* the rename */
    struct facts lengths[LOGS];       /* the append */
    struct facts synced[LOGS];        /* the fsync; value: the length */
    struct facts slots[SLOTS];        /* the overwriting */
    struct facts slots_synced[SLOTS]; /* the fsync; value: the version */
    struct facts syncs;               /* everything */
    uint32_t churn;
};

/* Mounts the disk, works `steps` steps and unmounts. Ends the program if something fails. Several
 * workers are coroutines that go on in any order, while requests get done in any order. */
void workload_run(struct workload *workload, struct disk *disk, uint32_t seed, uint32_t steps,
                  uint32_t workers);

/* Judges an image that was cut off after `event` events; it is mounted and unmounted on the way.
 * Null if all is well, or what is wrong. */
const char *workload_judge(const struct workload *workload, struct disk *disk, uint32_t event);
