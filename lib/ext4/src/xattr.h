// SPDX-License-Identifier: BSD-2-Clause
/* Extended attributes in an inode and in a block: see xattr_area.h. ext4.h has the operations. */
#pragma once

#include "inode.h"
#include "txn.h"

/* Gives up the inode's block, which others may share. */
EXT4_RESULT ext4_xattr_free_block(struct ext4_handle *handle, struct ext4_inode *inode);
/* Structure and hashes. */
EXT4_RESULT ext4_xattr_check(struct ext4_inode *inode);
