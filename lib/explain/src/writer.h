// SPDX-License-Identifier: BSD-2-Clause
/* Text with a limit, and names that nobody has looked at. Private to the library. */
#pragma once

#include <explain/explain.h>

struct writer {
    tiny_put put;
    void *context;
    unsigned left; /* characters; what comes behind is dropped */
};

void writer_print(struct writer *writer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A name as it is, but short and on one line. */
void writer_name(struct writer *writer, const char *name);

/* The same between double quotes, as a JSON text. */
void writer_quoted(struct writer *writer, const char *name);
