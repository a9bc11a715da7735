// SPDX-License-Identifier: BSD-2-Clause
/*
 * From a system and its programs to objects, capabilities and mappings.
 *
 * compile_system() makes the whole plan; programs are patched already, except for physical
 * addresses that memory.c chooses afterwards. The order of everything depends on the system file
 * alone, so the same inputs give the same bytes.
 */
#pragma once
#include "plan.h"

/* programs[i] belongs to component i. The finished block will have image_pages pages. */
struct plan *compile_system(const struct system_source *source, const struct system *system,
                            struct program **programs, struct program *monitor,
                            uint64_t image_pages);

/* Parts of it. Private to compile*.c. */
void compile_objects(struct plan *plan);
void compile_spaces(struct plan *plan);
void compile_caps(struct plan *plan);
void compile_monitor_caps(struct plan *plan);
/* Where the monitor writes; refuses what the system does not allow. */
enum system_console compile_console(const struct plan *plan, enum console_wish wish);
void compile_threads(struct plan *plan);

/* One range to map, before page tables are known. */
struct mapped_frames {
    uint32_t object; /* SYSTEM_NONE: only page tables for a page at vaddr */
    uint64_t vaddr;
    unsigned rights;
    enum system_mapping_use use;
    uint32_t region;
    uint32_t line;
    bool copies; /* the frames' own capabilities are used for another mapping */
};

/* An address space: whose it is and what will be mapped. */
struct space_plan {
    uint32_t vspace, component;
    enum system_object_kind table_kind;
    const char *name;
    const struct place *place;
    struct mapped_frames *frames;
    size_t count;
};

/* Maps everything with the page tables it needs: tables first, outer ones before inner ones. */
void compile_space(struct plan *plan, const struct space_plan *space);
