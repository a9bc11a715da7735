// SPDX-License-Identifier: BSD-2-Clause
/* The ways the Microkit format writes numbers. Each returns null, or why the text is none. */
#pragma once
#include <stdint.h>

/* Decimal or 0x hexadecimal, _ anywhere, 64 bits unsigned. */
const char *number_flexible(const char *text, uint64_t *value);
/* Decimal only, 64 bits signed. */
const char *number_plain(const char *text, int64_t *value);
/* A part of a PCI address: hexadecimal without prefix, blanks around it, perhaps a sign. */
const char *number_hex_part(const char *text, const char *end, int64_t *value);
