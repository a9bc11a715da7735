// SPDX-License-Identifier: BSD-2-Clause
/*
 * The C API of the kernel, whole: what most programs include. The parts that
 * depend on the processor or on the profile are generated from abi/.
 */
#pragma once

#include <sel4/bootinfo_types.h>
#include <sel4/client.h>
#include <sel4/config.h>
#include <sel4/constants.h>
#include <sel4/debug.h>
#include <sel4/errors.h>
#include <sel4/faults.h>
#include <sel4/functions.h>
#include <sel4/invocation.h>
#include <sel4/objecttype.h>
#include <sel4/syscalls.h>
#include <sel4/types.h>
