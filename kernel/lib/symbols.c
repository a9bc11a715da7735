// SPDX-License-Identifier: BSD-2-Clause
#include "lib/symbols.h"

/* Made from the linked kernel and linked in a second time (tool/ksyms); absent in the first pass
 * and on the host. */
struct symbol {
    uint32_t offset; /* of the function, from kernel_symbol_base */
    uint32_t name;   /* of its name, in kernel_symbol_names */
};

extern const word_t kernel_symbol_base __attribute__((weak));
extern const word_t kernel_symbol_count __attribute__((weak));
extern const struct symbol kernel_symbols[] __attribute__((weak));
extern const char kernel_symbol_names[] __attribute__((weak));

const char *symbol_of(word_t address, word_t *offset)
{
    if (&kernel_symbol_count == NULL || address < kernel_symbol_base) {
        return NULL;
    }
    const word_t wanted = address - kernel_symbol_base;
    word_t low = 0, high = kernel_symbol_count;

    while (high - low > 1) {
        word_t middle = low + (high - low) / 2;

        if (kernel_symbols[middle].offset <= wanted) {
            low = middle;
        } else {
            high = middle;
        }
    }
    *offset = wanted - kernel_symbols[low].offset;
    return &kernel_symbol_names[kernel_symbols[low].name];
}
