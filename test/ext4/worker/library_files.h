// SPDX-License-Identifier: BSD-2-Clause
/* Files of lib/ext4; the context is a struct rig with something mounted. */
#pragma once

#include "test/ext4/worker/files.h"

extern const struct files library_files;
