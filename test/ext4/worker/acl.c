// SPDX-License-Identifier: BSD-2-Clause
#include "test/ext4/worker/acl.h"

#include <stdbool.h>
#include <string.h>

enum { VERSION_BYTES = 4, ENTRY_BYTES = 8, VERSION = 2 };

static const uint32_t no_id = UINT32_MAX;

static void put_version(uint8_t *acl, uint32_t version)
{
    memcpy(acl, &version, sizeof(version));
}

static bool has_id(const uint8_t *entry)
{
    return entry[0] == ACL_USER || entry[0] == ACL_GROUP;
}

size_t acl_add(uint8_t *acl, size_t used, enum acl_tag tag, uint16_t permissions, uint32_t id)
{
    uint16_t head[2] = {(uint16_t)tag, permissions};

    if (used == 0) {
        put_version(acl, VERSION);
        used = VERSION_BYTES;
    }
    memcpy(acl + used, head, sizeof(head));
    id = has_id(acl + used) ? id : no_id;
    memcpy(acl + used + sizeof(head), &id, sizeof(id));
    return used + ENTRY_BYTES;
}
