// SPDX-License-Identifier: BSD-2-Clause
/*
 * Everything there is to see of a file system, as text: a line for each name, in the order of
 * bytes, with all facts as KEY=VALUE. Two manifests of one disk must be the same whoever made them.
 */
#pragma once

#include "test/ext4/worker/files.h"

#include <stdio.h>

/* False, and a line that begins with "!", if something could not be read. */
bool manifest_write(const struct files *files, FILE *to);
