// SPDX-License-Identifier: BSD-2-Clause
/* Labels: which number of a profile stands for which method. */
#pragma once

#include "core/options.h"

/* Fills a table of 128 entries with enum abi_method; 0 where the profile has no such label. */
void profile_fill_labels(const struct abi_profile *profile, uint8_t method_of_label[128]);
