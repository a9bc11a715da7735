// SPDX-License-Identifier: BSD-2-Clause
#include "rules.h"

static const struct {
    const char *name, *kind, *accepts;
} rules[RULE_COUNT] = {
#define RULE_TEXT(e, n, k, a) [RULE_##e] = {n, k, a},
    RULES(RULE_TEXT)
#undef RULE_TEXT
};

const char *rule_name(enum rule rule)
{
    return rules[rule].name;
}

const char *rule_kind(enum rule rule)
{
    return rules[rule].kind;
}

const char *rule_accepts(enum rule rule)
{
    return rules[rule].accepts;
}
