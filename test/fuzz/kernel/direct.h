// SPDX-License-Identifier: BSD-2-Clause
/*
 * The director: looks who lacks what and helps, so that threads go on meeting in spite of
 * all that is destroyed around them. Without it, most threads soon have no context, no
 * capabilities or nobody to talk to.
 */
#pragma once

#include "build.h"

/* A call that helps somebody; false: nobody lacks anything, or there is nothing to give. */
bool direct_make(struct build *b);
