// SPDX-License-Identifier: BSD-2-Clause
/*
 * The kernel's derivation primitives, each telling the model what it is asked to do and
 * comparing what it made of it.
 */
#pragma once

#include "object/slot.h"

/* Which capabilities may be removed now. */
enum removal {
    REMOVE_NOTHING,
    REMOVE_TARGET, /* one slot, and what lies in containers that go with it */
    REMOVE_BELOW,  /* what is marked in the model, likewise */
    REMOVE_HELD,   /* what TCBs and interrupts hold, likewise */
};

void watch_expect(enum removal removal, const struct slot *target);

/* Memory of containers that are being emptied. */
bool watch_is_dying(const struct slot *slot);
