// SPDX-License-Identifier: BSD-2-Clause
/* The domain schedule. */
#pragma once
#include "job.h"

void domains_schedule(struct job *job);
