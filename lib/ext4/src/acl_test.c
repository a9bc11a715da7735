// SPDX-License-Identifier: BSD-2-Clause
#include <ext4/acl.h>

#include <stdio.h>
#include <string.h>

#define NO_ID 0xff, 0xff, 0xff, 0xff

/* user::rw-, user:1000:r--, group::r--, mask::r--, other::--- */
static const uint8_t programs[] = {2,  0, 0,    0, 1,     0,  6, 0, NO_ID, 2,    0,
                                   4,  0, 0xe8, 3, 0,     0,  4, 0, 4,     0,    NO_ID,
                                   16, 0, 4,    0, NO_ID, 32, 0, 0, 0,     NO_ID};
static const uint8_t disks[] = {1, 0, 0, 0, 1, 0, 6,  0, 2, 0, 4,  0, 0xe8, 3,
                                0, 0, 4, 0, 4, 0, 16, 0, 4, 0, 32, 0, 0,    0};

static unsigned failures;

static void expect(const char *what, bool good)
{
    if (!good) {
        fprintf(stderr, "acl: %s\n", what);
        failures++;
    }
}

int main(void)
{
    uint8_t got[200];
    size_t bytes;

    bytes = ext4_acl_to_disk(programs, sizeof(programs), got, sizeof(got));
    expect("to the disk", bytes == sizeof(disks) && memcmp(got, disks, bytes) == 0);
    bytes = ext4_acl_from_disk(disks, sizeof(disks), got, sizeof(got));
    expect("from the disk", bytes == sizeof(programs) && memcmp(got, programs, bytes) == 0);

    expect("a list of the disk is none of programs",
           ext4_acl_to_disk(disks, sizeof(disks), got, sizeof(got)) == 0);
    expect("a list of programs is none of the disk",
           ext4_acl_from_disk(programs, sizeof(programs), got, sizeof(got)) == 0);
    for (size_t i = 0; i < sizeof(programs); i++) {
        bytes = ext4_acl_to_disk(programs, i, got, sizeof(got));
        expect("part of an entry for the disk", (bytes > 0) == (i >= 4 && i % 8 == 4));
    }
    for (size_t i = 0; i < sizeof(disks); i++) {
        bytes = ext4_acl_from_disk(disks, i, got, sizeof(got));
        expect("part of an entry from the disk", (bytes > 0) == (i >= 4 && i % 4 == 0 && i != 12));
    }
    expect("no room for the disk", ext4_acl_to_disk(programs, sizeof(programs), got, 43) == 0);
    expect("no room for programs", ext4_acl_from_disk(disks, sizeof(disks), got, 55) == 0);
    expect("names", ext4_acl_is_name("system.posix_acl_access") &&
                        ext4_acl_is_name("system.posix_acl_default") &&
                        !ext4_acl_is_name("system.posix_acl_") && !ext4_acl_is_name("user.a"));
    return failures ? 1 : 0;
}
