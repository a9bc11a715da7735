// SPDX-License-Identifier: BSD-2-Clause
#include <sel4/functions.h>

/* Thread-local: whoever starts a thread sets its own copy. */
__thread seL4_IPCBuffer *__sel4_ipc_buffer __attribute__((weak));
