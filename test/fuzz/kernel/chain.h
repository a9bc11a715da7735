// SPDX-License-Identifier: BSD-2-Clause
/* Call chains: contexts that are lent, and who has a part in it. */
#pragma once

#include "object/sched_context.h"

/* How often the context has been lent on; 0 for NULL. */
unsigned chain_depth(const struct sched_context *sc);

/* Does the capability name somebody or something that a lent context depends on? */
bool chain_has(struct cap cap);
