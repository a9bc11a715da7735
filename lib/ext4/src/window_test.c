// SPDX-License-Identifier: BSD-2-Clause
#include "fs.h"
#include "window.h"

#include <stdio.h>

static unsigned failures;

static void expect_clip(const struct ext4_fs *fs, uint32_t owner, uint64_t first, uint64_t end,
                        uint64_t clipped_first, uint64_t clipped_end)
{
    uint64_t got_first = first, got_end = end;

    ext4_window_clip(fs, owner, &got_first, &got_end);
    if (got_first == clipped_first && got_end == clipped_end) {
        return;
    }
    fprintf(stderr, "[%u, %u) for %u: [%u, %u), expected [%u, %u)\n", (unsigned)first,
            (unsigned)end, owner, (unsigned)got_first, (unsigned)got_end, (unsigned)clipped_first,
            (unsigned)clipped_end);
    failures++;
}

static void test_clip(struct ext4_fs *fs)
{
    ext4_window_set(fs, 7, 110, 5);
    ext4_window_set(fs, 8, 100, 10); /* in front of it, without a gap */
    expect_clip(fs, 9, 50, 100, 50, 100);
    expect_clip(fs, 9, 50, 120, 50, 100);
    expect_clip(fs, 9, 104, 130, 115, 130);
    expect_clip(fs, 9, 104, 115, 115, 115);
    expect_clip(fs, 9, 102, 112, 112, 112);
    expect_clip(fs, 9, 115, 120, 115, 120);
    expect_clip(fs, 8, 100, 120, 100, 110);
    expect_clip(fs, 7, 105, 120, 110, 120);
    expect_clip(fs, 0, 100, 115, 115, 115);
    ext4_window_set(fs, 8, 0, 0);
    expect_clip(fs, 9, 100, 120, 100, 110);
    ext4_window_set(fs, 7, 200, 1); /* moves it */
    expect_clip(fs, 9, 100, 120, 100, 120);
    ext4_windows_forget(fs);
    expect_clip(fs, 9, 100, 300, 100, 300);
}

/* The one that was set longest ago gives way. */
static void test_many(struct ext4_fs *fs)
{
    for (uint32_t i = 1; i <= EXT4_WINDOWS; i++) {
        ext4_window_set(fs, i, i * 10, 5);
    }
    ext4_window_set(fs, 1, 10, 5);
    ext4_window_set(fs, 1000, 5000, 5);
    expect_clip(fs, 9999, 10, 15, 15, 15);
    expect_clip(fs, 9999, 20, 25, 20, 25);
    expect_clip(fs, 9999, 30, 35, 35, 35);
    expect_clip(fs, 9999, 5000, 5010, 5005, 5010);
    ext4_windows_forget(fs);
}

int main(void)
{
    static struct ext4_fs fs;

    test_clip(&fs);
    test_many(&fs);
    return failures ? 1 : 0;
}
