// SPDX-License-Identifier: BSD-2-Clause
/* Contents of files and symbolic links, for other modules. */
#pragma once

#include "inode.h"
#include "txn.h"

/* Whether the target lies in the inode itself. */
bool ext4_symlink_is_fast(const struct ext4_inode *inode);
