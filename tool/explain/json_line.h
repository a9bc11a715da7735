// SPDX-License-Identifier: BSD-2-Clause
/* The monitor's JSON line (lib/explain/README.md lists its keys). */
#pragma once

#include "record.h"

/* False: it is torn, or none. Inside of texts every quote has a backslash before it, so that a key
 * with its quotes can be looked for as it is. */
bool json_line_read(struct record *record, const char *text);
