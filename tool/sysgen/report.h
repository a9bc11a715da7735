// SPDX-License-Identifier: BSD-2-Clause
/* What is in a system, for people and for programs. */
#pragma once
#include "build.h"

/* The report of the microkit command. */
void report_text(struct text *out, const struct build *build);
/* Its figures and capabilities as one JSON object. */
void report_json(struct text *out, const struct build *build);
/* All objects, capabilities and mappings as one JSON object (--capdl-json). */
void report_objects_json(struct text *out, const struct plan *plan);
/* Predicates about one component for a program verifier (--viper-output). */
void report_viper(struct text *out, const struct plan *plan, const struct component *component);

/* A size in the largest fitting unit, with two decimals unless it is whole. */
const char *report_size(struct job *job, uint64_t bytes);

/* Where the memory of a component goes. */
struct component_memory {
    uint64_t code, data, stack, buffer, tables, objects, untyped, regions;
};

struct component_memory report_memory(const struct plan *plan, uint32_t component);
/* Whose CNode it is, and the address of a slot of it for that component's system calls. */
bool report_cap_owner(const struct plan *plan, const struct system_cap *cap, uint32_t *component,
                      uint64_t *address);
/* What a capability lets its holder do, in words. */
const char *report_cap_words(const struct plan *plan, const struct system_cap *cap);
const char *report_rights(struct job *job, unsigned rights);
const char *report_component_name(const struct plan *plan, uint32_t component);
const char *report_object_name(const struct plan *plan, uint32_t object);
