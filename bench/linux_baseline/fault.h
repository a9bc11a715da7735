// SPDX-License-Identifier: BSD-2-Clause
/* One component crashes under load: what do the others notice?
 *
 * The client asks the server over UNIX datagram sockets with names, one question after the
 * other; the server tells the logger of each. The client gives up a question after a
 * millisecond, or at once if the system says that nobody is there; then it computes for a tenth
 * of a millisecond and asks the next. */
#pragma once
#include "bench/linux_baseline/shared.h"

/* Components that leave notes. `victim`: whom the client is to have crashed, ROLES for nobody. */
_Noreturn void fault_server_main(void);
_Noreturn void fault_logger_main(void);
void fault_client_main(enum role victim);

/* Prints fault.*; README.md lists them. */
void run_faults(unsigned rounds);
