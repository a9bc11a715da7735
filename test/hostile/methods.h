// SPDX-License-Identifier: BSD-2-Clause
/* Every invocation: on what, with what kinds of arguments and further capabilities. */
#pragma once

#include <stdint.h>

/*
 * arguments: one letter per message word.
 *   .  anything            0  zero (mostly)        s  slot that is used    e  empty slot
 *   d  depth of a slot     r  rights               b  badge or guard       t  object type
 *   z  size in bits        n  small number         v  address of a page    m  memory attributes
 *   p  priority            u  microseconds         f  flags                q  interrupt or pin
 *   o  I/O port            B  address of a buffer  x  register             l  register count
 * capabilities: one kind per extra capability.
 */
struct method {
    uint16_t label;
    uint8_t kind;
    uint8_t weight;
    const char *arguments;
    const char *capabilities;
};

extern const struct method methods[];
extern const unsigned method_count;
