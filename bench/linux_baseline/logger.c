// SPDX-License-Identifier: BSD-2-Clause
/* Counts what the server does. */
#include "bench/linux_baseline/components.h"
#include <sys/socket.h>

void logger_main(void)
{
    struct notes *notes = &shared_map()->notes[LOGGER];
    struct message message;

    for (;;) {
        if (recv(FD_LOG + 1, &message, sizeof(message), 0) != sizeof(message)) {
            give_up("logger: receive");
        }
        atomic_fetch_add(&notes->events, 1);
    }
}
