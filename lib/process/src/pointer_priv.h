// SPDX-License-Identifier: BSD-2-Clause
/* Memory at an address of the caller's own space. A simulated machine has it somewhere else. */
#pragma once

#include <sel4/sel4.h>

void *pointer_to(seL4_Word address);
