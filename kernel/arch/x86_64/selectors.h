// SPDX-License-Identifier: BSD-2-Clause
/* Segment selectors, in the order that SYSCALL and SYSRET dictate. Also for assembly. */
#pragma once

#define SELECTOR_KERNEL_CODE 0x08
#define SELECTOR_KERNEL_DATA 0x10
#define SELECTOR_USER_DATA   0x1b
#define SELECTOR_USER_CODE   0x23
#define SELECTOR_TSS         0x28
