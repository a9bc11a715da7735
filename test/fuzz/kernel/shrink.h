// SPDX-License-Identifier: BSD-2-Clause
/* Running sequences in processes of their own, and making a failing one short. */
#pragma once

#include "fuzz.h"

/* Memory that a run in another process can write to. */
struct run *child_new_run(void);

/* Runs it; what was found is in run->failed and run->failure, crashes included. */
void child_run(struct run *r);

/* Takes out steps as long as it still fails; fails in the end and has notes. */
void shrink(struct run *r, bool is_talkative);
