// SPDX-License-Identifier: BSD-2-Clause
#include "base.h"
#include "bytes.h"

#include <ext4/acl.h>

#include <tiny/string.h>

enum {
    VERSION_BYTES = 4,
    ENTRY_BYTES = 8,
    SHORT_ENTRY_BYTES = 4,
    VERSION = 2,
    VERSION_ON_DISK = 1,
    TAG_USER = 2,
    TAG_GROUP = 8,
};

static const uint32_t no_id = UINT32_MAX;

bool ext4_acl_is_name(const char *name)
{
    return strcmp(name, "system.posix_acl_access") == 0 ||
           strcmp(name, "system.posix_acl_default") == 0;
}

static bool has_version(const uint8_t *acl, size_t bytes, uint32_t version)
{
    return bytes >= VERSION_BYTES && le32_get((const struct le32 *)acl) == version;
}

static bool has_id(const uint8_t *entry)
{
    uint32_t tag = le16_get((const struct le16 *)entry);

    return tag == TAG_USER || tag == TAG_GROUP;
}

size_t ext4_acl_to_disk(const uint8_t *acl, size_t bytes, uint8_t *to, size_t size)
{
    size_t used = VERSION_BYTES;

    if (!has_version(acl, bytes, VERSION) || bytes % ENTRY_BYTES != VERSION_BYTES || size < bytes) {
        return 0;
    }
    le32_set((struct le32 *)to, VERSION_ON_DISK);
    for (size_t at = VERSION_BYTES; at < bytes; at += ENTRY_BYTES) {
        size_t length = has_id(acl + at) ? ENTRY_BYTES : SHORT_ENTRY_BYTES;

        memcpy(to + used, acl + at, length);
        used += length;
    }
    return used;
}

size_t ext4_acl_from_disk(const uint8_t *stored, size_t bytes, uint8_t *to, size_t size)
{
    size_t used = VERSION_BYTES, length;

    if (!has_version(stored, bytes, VERSION_ON_DISK) || size < 2 * bytes) {
        return 0;
    }
    le32_set((struct le32 *)to, VERSION);
    for (size_t at = VERSION_BYTES; at < bytes; at += length) {
        if (bytes - at < SHORT_ENTRY_BYTES) {
            return 0;
        }
        length = has_id(stored + at) ? ENTRY_BYTES : SHORT_ENTRY_BYTES;
        if (bytes - at < length) {
            return 0;
        }
        le32_set((struct le32 *)(to + used + SHORT_ENTRY_BYTES), no_id);
        memcpy(to + used, stored + at, length);
        used += ENTRY_BYTES;
    }
    return used;
}
