// SPDX-License-Identifier: BSD-2-Clause
/* Bitmaps of groups: those that were never used are made when they are needed. */
#pragma once

#include "group.h"
#include "txn.h"

/* Make sure that the group's bitmap is on the disk (or will be). */
EXT4_RESULT ext4_block_bitmap_init(struct ext4_handle *handle, struct ext4_group *group);
EXT4_RESULT ext4_inode_bitmap_init(struct ext4_handle *handle, struct ext4_group *group);
