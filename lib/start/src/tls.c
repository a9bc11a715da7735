// SPDX-License-Identifier: BSD-2-Clause
#include <start/layout.h>
#include <start/tls.h>
#include <tiny/string.h>

/* From the link script: initial values, their end, and the end of the variables that start as 0. */
extern const char tls_image[] __attribute__((visibility("hidden")));
extern const char tls_image_end[] __attribute__((visibility("hidden")));
extern const char tls_variables_end[] __attribute__((visibility("hidden")));

static size_t image_bytes(void)
{
    return (size_t)(tls_image_end - tls_image);
}

/* The linker counts from the aligned end of the variables. */
static size_t variables_bytes(void)
{
    const size_t bytes = (size_t)(tls_variables_end - tls_image);

    return (bytes + TLS_ALIGN - 1) & ~(size_t)(TLS_ALIGN - 1);
}

size_t tls_bytes(void)
{
    return layout_block_bytes(variables_bytes());
}

uintptr_t tls_init(void *memory)
{
    char *variables = (char *)memory + layout_variables_offset();

    memset(memory, 0, tls_bytes());
    memcpy(variables, tls_image, image_bytes());
    return layout_thread_pointer(memory, variables_bytes());
}

void *tls_other(uintptr_t thread_pointer, const void *mine)
{
    const uintptr_t offset = (uintptr_t)mine - layout_own_thread_pointer();

    return (void *)(thread_pointer + offset);
}
