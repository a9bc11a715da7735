// SPDX-License-Identifier: BSD-2-Clause
#include "limit.h"

uint32_t limit_recent(const struct limit *limit, uint64_t now_ms)
{
    uint32_t known = limit->next < LIMIT_MAX ? limit->next : LIMIT_MAX;
    uint32_t recent = 0;

    while (recent < known &&
           now_ms - limit->times_ms[(limit->next - 1 - recent) % LIMIT_MAX] < LIMIT_WINDOW_MS) {
        recent++;
    }
    return recent;
}

bool limit_take(struct limit *limit, uint32_t allowed, uint64_t now_ms)
{
    if (limit_recent(limit, now_ms) >= allowed) {
        return false;
    }
    limit->times_ms[limit->next % LIMIT_MAX] = now_ms;
    limit->next++;
    return true;
}
