// SPDX-License-Identifier: BSD-2-Clause
#include "test/ext4/worker/acl.h"

#include <string.h>

enum {
    VERSION_BYTES = 4,
    ENTRY_BYTES = 8,
    SHORT_ENTRY_BYTES = 4,
    VERSION = 2,
    VERSION_ON_DISK = 1
};
static const uint32_t no_id = UINT32_MAX;

bool acl_is_name(const char *name)
{
    return strncmp(name, "system.posix_acl_", 17) == 0;
}

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

size_t acl_to_disk(const uint8_t *acl, size_t bytes, uint8_t *stored)
{
    size_t used = VERSION_BYTES;

    put_version(stored, VERSION_ON_DISK);
    for (size_t at = VERSION_BYTES; at + ENTRY_BYTES <= bytes; at += ENTRY_BYTES) {
        size_t length = has_id(acl + at) ? ENTRY_BYTES : SHORT_ENTRY_BYTES;

        memcpy(stored + used, acl + at, length);
        used += length;
    }
    return used;
}

size_t acl_from_disk(uint8_t *acl, size_t bytes)
{
    uint8_t stored[ACL_BYTES];
    size_t used = VERSION_BYTES;

    bytes = bytes < sizeof(stored) / 2 ? bytes : sizeof(stored) / 2;
    memcpy(stored, acl, bytes);
    put_version(acl, VERSION);
    for (size_t at = VERSION_BYTES; at + SHORT_ENTRY_BYTES <= bytes;) {
        bool whole = has_id(stored + at);

        memcpy(acl + used, stored + at, SHORT_ENTRY_BYTES);
        memcpy(acl + used + SHORT_ENTRY_BYTES,
               whole ? stored + at + SHORT_ENTRY_BYTES : (const uint8_t *)&no_id, sizeof(no_id));
        used += ENTRY_BYTES;
        at += whole ? ENTRY_BYTES : SHORT_ENTRY_BYTES;
    }
    return used;
}
