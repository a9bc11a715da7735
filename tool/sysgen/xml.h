// SPDX-License-Identifier: BSD-2-Clause
/*
 * A document as a tree in which everything knows its place. expat reads the XML; this keeps what
 * it reports, within limits (rules xml.size, xml.depth, xml.count). Names are without namespace
 * prefix. Attributes keep the order of the file.
 */
#pragma once
#include "job.h"

struct attribute {
    const char *name, *value;
    struct place place;
};

struct element {
    const char *name;
    struct place place;
    struct attribute *attributes;
    size_t attribute_count;
    struct element *parent, *first_child, *last_child, *next;
    struct place text; /* the first text directly inside it that is not white space; line 0: none */
};

/* Parses the text of the file called `name`; refuses what is no document. */
struct element *xml_parse(struct job *job, const char *name, const void *bytes, size_t length);

/* The attribute called `name`, or null. */
const struct attribute *xml_attribute(const struct element *element, const char *name);
