// SPDX-License-Identifier: BSD-2-Clause
/* Connects interrupts with the notifications of components. */
#pragma once
#include "job.h"

void irqs_connect(struct job *job);
