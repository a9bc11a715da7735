// SPDX-License-Identifier: BSD-2-Clause
/* What the system file has to do with a fault, and what in it would change that. Private to the
 * library. */
#pragma once

#include "writer.h"

/* One line, or none where the file has nothing to do with it. */
void advice_write(struct writer *writer, const struct explain_facts *facts);
