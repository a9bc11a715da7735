// SPDX-License-Identifier: BSD-2-Clause
#include "pointer_priv.h"

void *pointer_to(seL4_Word address)
{
    return (void *)address;
}
