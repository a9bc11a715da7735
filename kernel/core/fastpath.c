// SPDX-License-Identifier: BSD-2-Clause
#include "core/fastpath.h"

bool fastpath(word_t number)
{
    (void)number;
    return false;
}
