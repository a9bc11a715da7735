// SPDX-License-Identifier: BSD-2-Clause
/* Makes the table of proto/system_code.h for a program. */
#pragma once
#include "elf.h"

/* No bytes: the program tells nothing. */
struct elf_section code_table(struct job *job, const struct elf *elf);
