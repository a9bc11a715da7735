// SPDX-License-Identifier: BSD-2-Clause
/*
 * A system as a picture, in the language of Graphviz. Boxes are components, with frames around
 * families; thick arrows are calls, dashed ones notifications; yellow sheets are memory that
 * several components see; grey boxes are hardware. What belongs to one component alone is told
 * inside its box. There is one line for everything of a kind between two components.
 */
#pragma once
#include "model.h"

void graph_dot(struct text *out, const struct system *system);
