// SPDX-License-Identifier: BSD-2-Clause
/* Programs of e2fsprogs, which know the format from others than us. */
#pragma once

/* Also looks where only root does. */
void program_find_all(void);

/* Runs the words, the last of which is null. What the program says goes to the file `output`, from
 * its beginning. Gives the exit status. */
int program_run(char *const *words, int output);
