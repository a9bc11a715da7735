// SPDX-License-Identifier: BSD-2-Clause
/*
 * What this program does in a Linux machine: to each of its disks at the same time, mounts it,
 * judges the promises it finds in the notes, writes a manifest, works, unmounts, and writes what
 * there is then.
 *
 * The notes are a disk of that serial number: for the nth of the other disks three parts of
 * NOTES_PART_BYTES, each a text that ends with a zero byte: promises; before; after. What is said
 * at once goes to the second serial port, a line at a time, with the disk's serial number before
 * it.
 */
#pragma once

#include <stdint.h>

enum { NOTES_PART_BYTES = 4 << 20, NOTES_PARTS = 3 };

/* `verb`: "work" or "promise"; for the latter, 0 rounds are endless. */
int guest_run(const char *verb, uint32_t seed, uint32_t rounds);
