// SPDX-License-Identifier: BSD-2-Clause
/*
 * Files of lib/ext4 in an image. What is written stays in a cache of the disk until a flush; a cut
 * leaves of it what chance wants, whole or torn at sectors, and ends the program.
 */
#pragma once

#include "test/ext4/worker/files.h"

/* Reads the image, mounts it and says on standard error what the library logs. Ends the program if
 * that fails. `cut_at`: the event (write or flush) before which the power goes, or 0. */
void image_open(struct files *files, const char *path, uint32_t cut_at, uint32_t seed);

/* Unmounts it and writes the image; ends the program if that fails. */
void image_close(const char *path);
