// SPDX-License-Identifier: BSD-2-Clause
/* The scenes, in the order in which they are played: later ones use what earlier ones made. */
#pragma once

#include <sel4/sel4.h>

void scenes_of_memory(const seL4_BootInfo *info);
void scenes_of_rights(void);
void scenes_of_servers(void);
void scenes_of_signals(void);
void scenes_of_faults(void);
void scenes_of_time(void);
void scene_of_revocation(void);
