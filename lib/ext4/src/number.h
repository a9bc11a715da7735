// SPDX-License-Identifier: BSD-2-Clause
/* Numbers of inodes are handed out and taken back, in handles. */
#pragma once

#include "txn.h"

EXT4_RESULT ext4_number_alloc(struct ext4_handle *handle, uint32_t parent, bool directory,
                              uint32_t *number);
EXT4_RESULT ext4_number_free(struct ext4_handle *handle, uint32_t number, bool directory);
/* Whether the inode bitmap says that it is in use. */
EXT4_RESULT ext4_number_used(struct ext4_fs *fs, uint32_t number, bool *used);
