// SPDX-License-Identifier: BSD-2-Clause
/* sysgen.xml: places of elements and attributes, limits, and nothing kept that was not there. */
#include "test/check.h"
#include "xml.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct parse {
    struct job job;
    const char *text;
    size_t length;
    struct element *root;
};

static void parse(void *argument)
{
    struct parse *parse = argument;

    parse->root = xml_parse(&parse->job, "file", parse->text, parse->length);
}

static bool parsed(struct parse *result, const char *text, size_t length)
{
    memset(result, 0, sizeof(*result));
    job_init(&result->job);
    result->text = text;
    result->length = length;
    return job_run(&result->job, parse, result);
}

static void check_place(const struct element *element, const char *attribute, unsigned line,
                        unsigned column)
{
    const struct attribute *found = xml_attribute(element, attribute);

    CHECK(found);
    if (found && (found->place.line != line || found->place.column != column)) {
        fprintf(stderr, "%s: at %u:%u, expected %u:%u\n", attribute, found->place.line,
                found->place.column, line, column);
        failures++;
    }
}

static void test_places(void)
{
    static const char text[] = "<?xml version=\"1.0\"?>\n"
                               "<a xmlns:n=\"urn:x\" one = '1'\n"
                               "\ttwo=\"a&gt;=&quot;b\" n:three=\"\xc3\xa4\xc3\xb6\" four=''>\n"
                               "  <b/><c\n"
                               " five=\"'\"\n"
                               "/>text</a>";
    struct parse result;

    CHECK(parsed(&result, text, strlen(text)));
    check_place(result.root, "one", 2, 20);
    check_place(result.root, "two", 3, 2);
    check_place(result.root, "three", 3, 22);
    check_place(result.root, "four", 3, 35);
    CHECK(strcmp(xml_attribute(result.root, "two")->value, "a>=\"b") == 0);
    CHECK(!xml_attribute(result.root, "n"));
    CHECK(result.root->text.line == 6 && result.root->text.column == 3);
    CHECK(result.root->first_child->place.line == 4 && result.root->first_child->place.column == 3);
    check_place(result.root->last_child, "five", 5, 2);
    CHECK(result.root->last_child->parent == result.root && !result.root->last_child->next);
    job_fini(&result.job);
}

/* A document of `count` copies of a piece. */
static bool repeated(enum rule *broken, const char *piece, size_t count, const char *before,
                     const char *after)
{
    size_t length = strlen(piece) * count + strlen(before) + strlen(after);
    char *text = malloc(length + 1), *end = stpcpy(text, before);
    struct parse result;
    bool good;

    while (count--) {
        end = stpcpy(end, piece);
    }
    strcpy(end, after);
    good = parsed(&result, text, length);
    *broken = result.job.broken;
    job_fini(&result.job);
    free(text);
    return good;
}

static void test_limits(void)
{
    enum rule broken;

    CHECK(repeated(&broken, "<b/>", 99999, "<a>", "</a>"));
    CHECK(!repeated(&broken, "<b/>", 100000, "<a>", "</a>") && broken == RULE_XML_COUNT);
    CHECK(!repeated(&broken, "<b c='1'/>", 50000, "<a>", "</a>") && broken == RULE_XML_COUNT);
    CHECK(repeated(&broken, "<!-- -->", (16 << 20) / 8 - 1, "<a>", "</a>"));
    CHECK(!repeated(&broken, "<!-- -->", (16 << 20) / 8, "<a>", "</a>") && broken == RULE_XML_SIZE);
    CHECK(!repeated(&broken, "<b>", 200, "<a>", "") && broken == RULE_XML_DEPTH);
}

static void test_bytes(void)
{
    static const char *const broken[] = {"",           "<",
                                         "<a",         "<a>",
                                         "<a/><a/>",   "<a>\xff</a>",
                                         "<a b/>",     "<a b='<'/>",
                                         "a",          "<a b='1' b='2'/>",
                                         "<a>&b;</a>", "<a>]]></a>",
                                         "<a>&#0;</a>"};
    struct parse result;

    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        CHECK(!parsed(&result, broken[i], strlen(broken[i])));
        CHECK(result.job.broken == RULE_XML_FORM);
        job_fini(&result.job);
    }
    CHECK(!parsed(&result, "<a>\0</a>", 8) && result.job.broken == RULE_XML_FORM);
    job_fini(&result.job);
}

int main(void)
{
    test_places();
    test_limits();
    test_bytes();
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
