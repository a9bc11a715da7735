// SPDX-License-Identifier: BSD-2-Clause
/* Access lists as programs give them to Linux; <ext4/acl.h> knows how the disk has them. */
#pragma once

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

/* One more entry at `used` of the form that programs use, after 4 bytes of version at first. */
size_t acl_add(uint8_t *acl, size_t used, enum acl_tag tag, uint16_t permissions, uint32_t id);
