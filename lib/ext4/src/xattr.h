// SPDX-License-Identifier: BSD-2-Clause
/*
 * Extended attributes: in what an inode has left behind its fields, and in one block. Both hold
 * entries that grow from the start and values that grow from the end. ext4.h has the operations.
 */
#pragma once

#include "inode.h"
#include "txn.h"

/* Gives up the inode's block, which others may share. */
EXT4_RESULT ext4_xattr_free_block(struct ext4_handle *handle, struct ext4_inode *inode);
/* Structure and hashes. */
EXT4_RESULT ext4_xattr_check(struct ext4_inode *inode);
