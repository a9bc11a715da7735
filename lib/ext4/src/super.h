// SPDX-License-Identifier: BSD-2-Clause
/* The superblock: what the file system is, and whether this library can work on it. */
#pragma once

#include "base.h"

#include <stdbool.h>

struct ext4_fs;
struct disk_super;

/* Reads and checks it, and fills in what struct ext4_fs takes from it. Before there is a cache. Its
 * two sectors may have been torn by a crash; the journal then has it whole. So before the replay,
 * not `strict`, a wrong checksum only sets `super_is_torn`. */
EXT4_RESULT ext4_super_load(struct ext4_fs *fs, bool strict);
/* Whether its features allow to write; names those that do not. */
bool ext4_super_may_write(struct ext4_fs *fs);
/* Where it lies in its buffer. */
struct disk_super *ext4_super(struct ext4_fs *fs);
/* Pins its buffer. */
EXT4_RESULT ext4_super_pin(struct ext4_fs *fs);
/* Puts counters and checksum into the buffer. */
void ext4_super_seal(struct ext4_fs *fs, struct disk_super *super);
/* Sets what says that the file system is in use (or no more, and makes it read-only), through the
 * journal, and also at home, where others look. No more: EXT4_BUSY unless all is home. */
EXT4_RESULT ext4_super_mark(struct ext4_fs *fs, bool in_use);
/* When nothing else is written any more: tells whoever comes next that there is damage. Goes home
 * past the journal, which may hold an older superblock and therefore says so, too. */
void ext4_super_write_errors(struct ext4_fs *fs);
