// SPDX-License-Identifier: BSD-2-Clause
/* The invariants. Each function ends the run with fail() if something is wrong. */
#pragma once

#include "model.h"

/* What a call may have touched: cheap, after every step. */
void check_core(void);
void check_object(struct object *object);

/* Everything. */
void check_all(void);

/* Its parts. */
void check_tree(void);
void check_memory(void);
void check_threads(void);
void check_spaces(void);

/* A pointer the kernel keeps must lead to an object that exists, of this type. */
struct object *check_alive(const void *pointer, enum cap_type type, const char *what,
                           const void *where);
