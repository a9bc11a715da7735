// SPDX-License-Identifier: BSD-2-Clause
/* Checksums inside blocks: checked when a block comes from the disk, made when it goes to the
 * journal. Without the feature metadata_csum both do nothing. */
#pragma once

#include "cache.h"

/* Checks the content as `kind` and marks the buffer as verified. */
EXT4_RESULT ext4_seal_check(struct ext4_fs *fs, struct ext4_buf *buf, enum ext4_kind kind,
                            uint32_t seed);
void ext4_seal_make(struct ext4_fs *fs, struct ext4_buf *buf);
/* Only what lies in the block itself; false if the content has no place for a checksum. */
bool ext4_seal_put(struct ext4_fs *fs, struct ext4_buf *buf);
