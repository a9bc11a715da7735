// SPDX-License-Identifier: BSD-2-Clause
/* Contents of files and symbolic links, for other modules. */
#pragma once

#include "inode.h"
#include "txn.h"

/* As ext4_read(), of a file that nobody changes meanwhile. */
EXT4_RESULT ext4_read_held(struct ext4_inode *inode, uint64_t offset, void *data, size_t bytes,
                           size_t *done);
/* Whether the target lies in the inode itself. */
bool ext4_symlink_is_fast(const struct ext4_inode *inode);
