// SPDX-License-Identifier: BSD-2-Clause
/*
 * Access lists: programs exchange them with Linux in one form, and the disk has a shorter one. The
 * first number is the version, 2 or 1; then entries of tag, permissions and id, which the disk has
 * only where it says something: for a named user or group.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ACL_BYTES = 1024 };

enum acl_tag {
    ACL_OWNER = 1,
    ACL_USER = 2,
    ACL_OWNING_GROUP = 4,
    ACL_GROUP = 8,
    ACL_MASK = 16,
    ACL_OTHERS = 32,
};

bool acl_is_name(const char *name);

/* One more entry at `used` of the form that programs use, after 4 bytes of version at first. */
size_t acl_add(uint8_t *acl, size_t used, enum acl_tag tag, uint16_t permissions, uint32_t id);

/* At most ACL_BYTES. */
size_t acl_to_disk(const uint8_t *acl, size_t bytes, uint8_t *stored);
/* In place; there must be ACL_BYTES. */
size_t acl_from_disk(uint8_t *acl, size_t bytes);
