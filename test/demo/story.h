// SPDX-License-Identifier: BSD-2-Clause
/* How the tour speaks: numbered scenes, sentences broken into lines, and what it relies on. */
#pragma once

#include <stdbool.h>

/* Begins a scene. */
void scene(const char *title);

/* A sentence or two. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The tour goes on only if things are as the text says. */
void expect(bool ok, const char *what);
