// SPDX-License-Identifier: BSD-2-Clause
/*
 * Access lists are attributes (system.posix_acl_access and _default) whose values programs exchange
 * in one form and the disk has in a shorter one. The first number is the version, 2 or 1; then come
 * entries of tag, permissions and id, which the disk has only where it says something: for a named
 * user or group. The library stores what it is given: whoever copies between the two converts.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool ext4_acl_is_name(const char *name);

/* Both give the bytes that were written to `to`, or 0 if the value is no such list, or has no room.
 * Lists never get longer on their way to the disk, and at most twice as long on the way back. */
size_t ext4_acl_to_disk(const uint8_t *acl, size_t bytes, uint8_t *to, size_t size);
size_t ext4_acl_from_disk(const uint8_t *stored, size_t bytes, uint8_t *to, size_t size);
