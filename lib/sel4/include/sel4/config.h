// SPDX-License-Identifier: BSD-2-Clause
/* The options of the profile that this program is compiled for. */
#pragma once

#include <sel4/gen_config.h>
