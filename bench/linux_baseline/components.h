// SPDX-License-Identifier: BSD-2-Clause
/* The three programs of the demonstration. None returns, but the client when it has measured. */
#pragma once
#include "bench/linux_baseline/channel.h"
#include <stddef.h>

_Noreturn void server_main(const struct channel *channel);
_Noreturn void logger_main(void);
/* False: there is no such scene, or the system refused something; said on standard error. */
bool client_main(const struct channel *channel, const char *scene, size_t count);
