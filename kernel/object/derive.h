// SPDX-License-Identifier: BSD-2-Clause
/* What a copy of a capability is: docs/kernel/capabilities.md. */
#pragma once

#include <abi/errors.h>

#include "object/slot.h"

/* `cap` is the capability of `source`, perhaps with fewer rights or new data. On success *copy is
 * what may be put elsewhere: null for those that cannot be copied. */
enum abi_error derive_cap(const struct slot *source, struct cap cap, struct cap *copy) MUST_USE;
