// SPDX-License-Identifier: BSD-2-Clause
#include "xml.h"
#include <expat.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 200, NODES_MAX = 100000, FILE_BYTES_MAX = 16 << 20 };
/* Between namespace and name in what expat reports; not allowed in either. */
static const char separator = ' ';

/*
 * expat's handlers must not jump out of it. They note what was broken and stop the parser;
 * xml_parse() refuses when expat has returned.
 */
struct reader {
    struct job *job;
    XML_Parser parser;
    const char *file;
    const char *bytes;
    size_t length;
    struct element *root, *current;
    unsigned depth, nodes;
    bool stopped;
    enum rule broken;
    struct place where;
};

static struct place place_now(const struct reader *reader, const char *element)
{
    return (struct place){.file = reader->file,
                          .line = (unsigned)XML_GetCurrentLineNumber(reader->parser),
                          .column = (unsigned)XML_GetCurrentColumnNumber(reader->parser) + 1,
                          .element = element};
}

static void stop(struct reader *reader, enum rule rule, const char *element)
{
    if (!reader->stopped) {
        reader->stopped = true;
        reader->broken = rule;
        reader->where = place_now(reader, element);
        XML_StopParser(reader->parser, XML_FALSE);
    }
}

static const char *local_name(const char *name)
{
    const char *last = strrchr(name, separator);

    return last ? last + 1 : name;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Follows the text of a tag that expat has found well formed. */
struct tag_scan {
    const char *at, *end;
    unsigned line, column;
};

static void scan_step(struct tag_scan *scan)
{
    if (*scan->at == '\n') {
        scan->line++;
        scan->column = 1;
    } else if (((unsigned char)*scan->at & 0xc0) != 0x80) {
        scan->column++; /* not within a character of several bytes */
    }
    scan->at++;
}

static void scan_until(struct tag_scan *scan, char wanted)
{
    while (scan->at < scan->end && *scan->at != wanted) {
        scan_step(scan);
    }
}

static void scan_spaces(struct tag_scan *scan)
{
    while (scan->at < scan->end && is_space(*scan->at)) {
        scan_step(scan);
    }
}

/* Leaves the scan behind one NAME="value" and tells whether it declares a namespace. */
static bool scan_attribute(struct tag_scan *scan)
{
    bool declaration = scan->end - scan->at >= 5 && memcmp(scan->at, "xmlns", 5) == 0;
    char quote;

    scan_until(scan, '=');
    while (scan->at < scan->end && *scan->at != '"' && *scan->at != '\'') {
        scan_step(scan);
    }
    if (scan->at < scan->end) {
        quote = *scan->at;
        scan_step(scan);
        scan_until(scan, quote);
    }
    if (scan->at < scan->end) {
        scan_step(scan);
    }
    return declaration;
}

/* expat gives the place of a tag only; its attributes' places are read off the tag's text. */
static void place_attributes(struct reader *reader, struct element *element)
{
    XML_Index start = XML_GetCurrentByteIndex(reader->parser);
    int bytes = XML_GetCurrentByteCount(reader->parser);
    struct tag_scan scan = {.line = element->place.line, .column = element->place.column};
    size_t placed = 0;

    if (start < 0 || bytes <= 0 || (size_t)start + (size_t)bytes > reader->length) {
        return;
    }
    scan.at = reader->bytes + start;
    scan.end = scan.at + bytes;
    while (scan.at < scan.end && !is_space(*scan.at)) {
        scan_step(&scan);
    }
    while (placed < element->attribute_count) {
        scan_spaces(&scan);
        if (scan.at == scan.end) {
            return;
        }
        element->attributes[placed].place.line = scan.line;
        element->attributes[placed].place.column = scan.column;
        placed += !scan_attribute(&scan);
    }
}

static void keep_attributes(struct reader *reader, struct element *element, const char **pairs)
{
    struct job *job = reader->job;
    size_t count = 0;

    while (pairs[2 * count]) {
        count++;
    }
    element->attributes = job_take(job, count * sizeof(*element->attributes));
    element->attribute_count = count;
    for (size_t i = 0; i < count; i++) {
        const char *name = local_name(pairs[2 * i]);

        element->attributes[i].name = job_copy(job, name, strlen(name));
        element->attributes[i].value = job_copy(job, pairs[2 * i + 1], strlen(pairs[2 * i + 1]));
        element->attributes[i].place = element->place;
    }
    reader->nodes += (unsigned)count;
    place_attributes(reader, element);
}

static void link_element(struct reader *reader, struct element *element)
{
    struct element *parent = reader->current;

    element->parent = parent;
    if (!parent) {
        reader->root = element;
    } else if (parent->last_child) {
        parent->last_child->next = element;
        parent->last_child = element;
    } else {
        parent->first_child = parent->last_child = element;
    }
    reader->current = element;
}

static void on_start(void *user, const char *name, const char **pairs)
{
    struct reader *reader = user;
    struct element *element;

    if (reader->stopped) {
        return;
    }
    name = local_name(name);
    if (++reader->depth > DEPTH_MAX) {
        stop(reader, RULE_XML_DEPTH, NULL);
        return;
    }
    element = job_take(reader->job, sizeof(*element));
    element->name = job_copy(reader->job, name, strlen(name));
    element->place = place_now(reader, element->name);
    keep_attributes(reader, element, pairs);
    link_element(reader, element);
    if (++reader->nodes > NODES_MAX) {
        stop(reader, RULE_XML_COUNT, NULL);
    }
}

static void on_end(void *user, const char *name)
{
    struct reader *reader = user;

    (void)name;
    if (!reader->stopped) {
        reader->current = reader->current->parent;
        reader->depth--;
    }
}

static void on_text(void *user, const char *bytes, int length)
{
    struct reader *reader = user;
    struct element *element = reader->current;

    for (int i = 0; element && !element->text.line && i < length; i++) {
        if (!is_space(bytes[i])) {
            element->text = place_now(reader, element->name);
        }
    }
}

/* Declarations could define entities without end, and an outside part could hide what is used. */
static void on_doctype(void *user, const char *name, const char *system, const char *public,
                       int has_internal_subset)
{
    (void)name;
    if (has_internal_subset || system || public) {
        stop(user, RULE_XML_DOCTYPE, NULL);
    }
}

static struct reader *reader_new(struct job *job, const char *name, const void *bytes,
                                 size_t length)
{
    struct reader *reader = job_take(job, sizeof(*reader));

    *reader = (struct reader){.job = job, .file = name, .bytes = bytes, .length = length};
    reader->parser = XML_ParserCreateNS("UTF-8", separator);
    if (!reader->parser) {
        refuse(job, RULE_INTERNAL_MEMORY, NULL, NULL, "no memory for the XML parser");
    }
    XML_SetUserData(reader->parser, reader);
    XML_SetElementHandler(reader->parser, on_start, on_end);
    XML_SetCharacterDataHandler(reader->parser, on_text);
    XML_SetStartDoctypeDeclHandler(reader->parser, on_doctype);
    return reader;
}

struct element *xml_parse(struct job *job, const char *name, const void *bytes, size_t length)
{
    const struct place whole = {.file = name};
    struct reader *reader;
    enum XML_Status status;
    enum XML_Error error;

    if (length > FILE_BYTES_MAX) {
        refuse(job, RULE_XML_SIZE, &whole, NULL, "the file has %zu bytes", length);
    }
    reader = reader_new(job, name, bytes, length);
    status = XML_Parse(reader->parser, bytes, (int)length, XML_TRUE);
    error = XML_GetErrorCode(reader->parser);
    if (status != XML_STATUS_OK && !reader->stopped) {
        reader->broken = RULE_XML_FORM;
        reader->where = place_now(reader, NULL);
    }
    XML_ParserFree(reader->parser);
    if (reader->stopped) {
        refuse(job, reader->broken, &reader->where, NULL, "'%s' could not be parsed", name);
    }
    if (status != XML_STATUS_OK) {
        refuse(job, RULE_XML_FORM, &reader->where, NULL, "'%s' could not be parsed: %s", name,
               XML_ErrorString(error));
    }
    return reader->root;
}

const struct attribute *xml_attribute(const struct element *element, const char *name)
{
    for (size_t i = 0; i < element->attribute_count; i++) {
        if (strcmp(element->attributes[i].name, name) == 0) {
            return &element->attributes[i];
        }
    }
    return NULL;
}
