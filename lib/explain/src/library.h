// SPDX-License-Identifier: BSD-2-Clause
/* When the component's own library stopped it (lib/microkit). Private to the library. */
#pragma once

#include <explain/explain.h>

/* A null pointer may have been none; looks at the trace. */
void library_find(struct explain_facts *facts);

/* The kernel's name of an error number: "message too short". */
const char *library_error(uint64_t number);
