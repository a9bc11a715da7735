// SPDX-License-Identifier: BSD-2-Clause
/*
 * The compiled description of a system (proto/system_image.h), found in the image that the builder
 * made: an ELF file of which one loadable segment is that block. The file is trusted with nothing.
 */
#pragma once

#include <proto/system_image.h>
#include <stdbool.h>
#include <stddef.h>

struct image {
    const struct system_image *system; /* checked; aligned as its readers want it */
    void *block;                       /* its memory */
};

/* False: *why says what is wrong with the file. The bytes are needed no longer afterwards. */
bool image_find(struct image *image, const unsigned char *bytes, size_t length, const char **why);

/* The same from a file. */
bool image_open(struct image *image, const char *path, const char **why);
void image_close(struct image *image);

/* By the name of a component, or of its thread, of which the log may have the beginning only;
 * false: there is none. */
bool image_component(const struct system_image *system, const char *name, uint32_t *component);
const char *image_name(const struct system_image *system, uint32_t component);

/* May the component execute what is at this address, as far as the description says? */
bool image_has_code(const struct system_image *system, uint32_t component, uint64_t address);
