// SPDX-License-Identifier: BSD-2-Clause
/* The ways in which client and server reach each other. */
#pragma once
#include "bench/linux_baseline/shared.h"
#include <stdbool.h>

struct channel {
    const char *name;
    /* To the other side; false if the system refused. The message is copied. */
    bool (*send)(struct shared *shared, enum role to, const struct message *message);
    /* Waits for the next message to `at`. */
    bool (*receive)(struct shared *shared, enum role at, struct message *message);
};

/* unix, futex, eventfd; with the prefix notify- the last two carry no message, only the event.
 * Null if there is none of that name. */
const struct channel *channel_find(const char *name);
