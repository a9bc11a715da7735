// SPDX-License-Identifier: BSD-2-Clause
/* Where messages go: the processor's folder knows. */
#pragma once
#include "job.h"

/* Sets the output of tiny_printf. */
void console_open(struct job *job);

/* Gives back what console_open() took. */
void console_close(void);
