// SPDX-License-Identifier: BSD-2-Clause
#include "log.h"

struct log monitor_log = {.magic = LOG_MAGIC};

void log_put(char c)
{
    monitor_log.bytes[monitor_log.said % LOG_BYTES] = c;
    monitor_log.said++;
}
