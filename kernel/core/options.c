// SPDX-License-Identifier: BSD-2-Clause
#include "core/options.h"
#include "lib/printf.h"
#include "lib/string.h"
#include <abi/profiles.h>

/* A piece of the command line; not terminated. */
struct text {
    const char *start;
    size_t length;
};

/* Where a bad word is described; the first one stays. */
struct report {
    char *error;
    bool failed;
};

/* One word KEY=VALUE, with everything a rule may need. */
struct word {
    struct text key;
    struct text value;
    struct options *options;
    struct report *report;
};

struct rule {
    const char *key;
    void (*take)(const struct rule *rule, const struct word *word);
    size_t offset; /* of the field in struct options, where `take` is a plain one */
    uint64_t least;
    uint64_t most;
};

static const struct abi_profile profiles[] = {
#define PROFILE(NAME, HWDEBUG, IOMMU, VTX, VTX64, TLS, DOMAINS, SCHEDULES, MSR, PMC, NODES, BITS)  \
    {                                                                                              \
        .name = (NAME),                                                                            \
        .hwdebug = (HWDEBUG),                                                                      \
        .iommu = (IOMMU),                                                                          \
        .vtx = (VTX),                                                                              \
        .vtx64 = (VTX64),                                                                          \
        .tls = (TLS),                                                                              \
        .msr = (MSR),                                                                              \
        .pmc = (PMC),                                                                              \
        .domains = (DOMAINS),                                                                      \
        .schedules = (SCHEDULES),                                                                  \
        .nodes = (NODES),                                                                          \
        .root_cnode_bits = (BITS),                                                                 \
    },
    ABI_PROFILES(PROFILE)
#undef PROFILE
};

/* What abi= may change one by one. Flags are those with most == 1. */
struct profile_key {
    const char *key;
    size_t offset;
    uint16_t least;
    uint16_t most;
};

static const struct profile_key profile_keys[] = {
    {"hwdebug", offsetof(struct abi_profile, hwdebug), 0, 1},
    {"iommu", offsetof(struct abi_profile, iommu), 0, 1},
    {"vtx", offsetof(struct abi_profile, vtx), 0, 1},
    {"vtx64", offsetof(struct abi_profile, vtx64), 0, 1},
    {"tls", offsetof(struct abi_profile, tls), 0, 1},
    {"msr", offsetof(struct abi_profile, msr), 0, 1},
    {"pmc", offsetof(struct abi_profile, pmc), 0, 1},
    {"domains", offsetof(struct abi_profile, domains), 1, 256},
    {"schedules", offsetof(struct abi_profile, schedules), 2, 256},
    {"nodes", offsetof(struct abi_profile, nodes), 1, 16},
};

/* --- Text ------------------------------------------------------------------------------------ */

BOOT_CODE static bool text_is(struct text text, const char *word)
{
    return strlen(word) == text.length && strncmp(word, text.start, text.length) == 0;
}

/* Cuts `text` at the first `mark`: returns what is before, leaves what is behind. */
BOOT_CODE static struct text text_split(struct text *text, char mark)
{
    struct text head = {.start = text->start, .length = 0};

    while (head.length < text->length && head.start[head.length] != mark) {
        head.length++;
    }
    text->start += head.length;
    text->length -= head.length;
    if (text->length > 0) {
        text->start++;
        text->length--;
    }
    return head;
}

BOOT_CODE static int digit_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

/* A whole number in decimal, or in hexadecimal behind 0x. */
BOOT_CODE static bool text_number(struct text text, uint64_t *value)
{
    int base = 10;

    *value = 0;
    if (text.length > 2 && text.start[0] == '0' && (text.start[1] | 0x20) == 'x') {
        base = 16;
        text.start += 2;
        text.length -= 2;
    }
    if (text.length == 0) {
        return false;
    }
    for (size_t i = 0; i < text.length; i++) {
        int digit = digit_value(text.start[i]);

        if (digit >= base || *value > UINT32_MAX) {
            return false;
        }
        *value = *value * (unsigned)base + (unsigned)digit;
    }
    return true;
}

/* --- Errors ---------------------------------------------------------------------------------- */

BOOT_CODE PRINTF_LIKE(2, 3) static void report_error(struct report *report, const char *format, ...)
{
    va_list arguments;

    if (report->failed) {
        return;
    }
    report->failed = true;
    va_start(arguments, format);
    format_string_va(report->error, OPTIONS_ERROR_BYTES, format, arguments);
    va_end(arguments);
}

/* "command line: KEY=VALUE: what; accepted: which" */
BOOT_CODE static void word_error(const struct word *word, const char *what, const char *accepted)
{
    report_error(word->report, "command line: %.*s=%.*s: %s; accepted: %s", (int)word->key.length,
                 word->key.start, (int)MIN(word->value.length, 80), word->value.start, what,
                 accepted);
}

/* Appends `name` to a list in a buffer. */
BOOT_CODE static size_t list_add(char *list, size_t size_bytes, size_t length, const char *name)
{
    if (length >= size_bytes) {
        return length;
    }
    return length +
           format_string(list + length, size_bytes - length, "%s%s", length == 0 ? "" : " ", name);
}

BOOT_CODE static void profile_name_error(const struct word *word, struct text name)
{
    char names[320];
    size_t length = 0;

    for (size_t i = 0; i < ARRAY_SIZE(profiles); i++) {
        length = list_add(names, sizeof(names), length, profiles[i].name);
    }
    report_error(word->report,
                 "command line: abi=: no configuration is called '%.*s'; accepted: KEY:VALUE,... "
                 "or one of %s",
                 (int)MIN(name.length, 80), name.start, names);
}

BOOT_CODE static void profile_key_error(const struct word *word, struct text key)
{
    char keys[160];
    size_t length = 0;

    for (size_t i = 0; i < ARRAY_SIZE(profile_keys); i++) {
        length = list_add(keys, sizeof(keys), length, profile_keys[i].key);
    }
    report_error(word->report, "command line: abi=: unknown key '%.*s'; accepted: %s",
                 (int)MIN(key.length, 80), key.start, keys);
}

/* --- abi= ------------------------------------------------------------------------------------ */

BOOT_CODE static const struct abi_profile *profile_find(struct text name)
{
    for (size_t i = 0; i < ARRAY_SIZE(profiles); i++) {
        if (text_is(name, profiles[i].name)) {
            return &profiles[i];
        }
    }
    return NULL;
}

BOOT_CODE static const struct profile_key *profile_key_find(struct text key)
{
    for (size_t i = 0; i < ARRAY_SIZE(profile_keys); i++) {
        if (text_is(key, profile_keys[i].key)) {
            return &profile_keys[i];
        }
    }
    return NULL;
}

BOOT_CODE static void profile_set(struct abi_profile *profile, const struct profile_key *key,
                                  uint64_t value)
{
    char *field = (char *)profile + key->offset;

    if (key->most == 1) {
        *(bool *)field = value != 0;
    } else {
        uint16_t number = (uint16_t)value;

        memcpy(field, &number, sizeof(number));
    }
}

BOOT_CODE static void profile_take_key(const struct word *word, struct text item)
{
    struct text value = item;
    struct text name = text_split(&value, ':');
    const struct profile_key *key = profile_key_find(name);
    uint64_t number;

    if (key == NULL) {
        profile_key_error(word, name);
    } else if (!text_number(value, &number) || number < key->least || number > key->most) {
        report_error(word->report, "command line: abi=: %s:%.*s: bad value; accepted: %u to %u",
                     key->key, (int)MIN(value.length, 80), value.start, key->least, key->most);
    } else {
        profile_set(&word->options->abi, key, number);
    }
}

BOOT_CODE static void take_abi(const struct rule *rule, const struct word *word)
{
    struct text rest = word->value;
    bool first = true;

    (void)rule;
    do {
        struct text item = text_split(&rest, ',');
        struct text behind = item;
        bool is_name = text_split(&behind, ':').length == item.length;
        const struct abi_profile *profile = is_name && first ? profile_find(item) : NULL;

        if (profile != NULL) {
            word->options->abi = *profile;
        } else if (is_name) {
            profile_name_error(word, item);
        } else {
            profile_take_key(word, item);
        }
        first = false;
    } while (rest.length > 0);
    if (word->options->abi.vtx64 && !word->options->abi.vtx) {
        word_error(word, "64-bit guests without virtualisation", "vtx64:1 together with vtx:1");
    }
}

/* --- The other words ------------------------------------------------------------------------- */

/* The value as a number within the rule's bounds. */
BOOT_CODE static bool word_number(const struct rule *rule, const struct word *word, uint64_t *value)
{
    char accepted[64];

    if (text_number(word->value, value) && *value >= rule->least && *value <= rule->most) {
        return true;
    }
    format_string(accepted, sizeof(accepted), "%lu to %lu, decimal or 0x hexadecimal", rule->least,
                  rule->most);
    word_error(word, "not a usable number", accepted);
    return false;
}

BOOT_CODE static void take_port(const struct rule *rule, const struct word *word)
{
    uint64_t value;

    if (word_number(rule, word, &value)) {
        *(int32_t *)(void *)((char *)word->options + rule->offset) = (int32_t)value;
    }
}

BOOT_CODE static void take_flag(const struct rule *rule, const struct word *word)
{
    uint64_t value;

    if (word_number(rule, word, &value)) {
        *(bool *)((char *)word->options + rule->offset) = value != 0;
    }
}

BOOT_CODE static void take_tsc_mhz(const struct rule *rule, const struct word *word)
{
    uint64_t value;

    if (word_number(rule, word, &value)) {
        word->options->tsc_mhz = (uint32_t)value;
    }
}

/* Checked here, set when all words are known: a later abi= must not undo it. */
BOOT_CODE static void take_root_cnode_bits(const struct rule *rule, const struct word *word)
{
    uint64_t value;

    if (word_number(rule, word, &value)) {
        word->options->root_cnode_bits = (uint8_t)value;
    }
}

/* One of two names; the second sets the flag. */
BOOT_CODE static void take_choice(const struct word *word, bool *flag, const char *clear,
                                  const char *set, const char *both)
{
    if (text_is(word->value, clear) || text_is(word->value, set)) {
        *flag = text_is(word->value, set);
    } else {
        word_error(word, "not one of the choices", both);
    }
}

BOOT_CODE static void take_fpu(const struct rule *rule, const struct word *word)
{
    (void)rule;
    take_choice(word, &word->options->fpu_eager, "lazy", "eager", "lazy eager");
}

BOOT_CODE static void take_fastpath(const struct rule *rule, const struct word *word)
{
    (void)rule;
    take_choice(word, &word->options->fastpath_off, "on", "off", "on off");
}

BOOT_CODE static void take_report(const struct rule *rule, const struct word *word)
{
    static const char *const levels[] = {[REPORT_NONE] = "none",
                                         [REPORT_STOPPED] = "stopped",
                                         [REPORT_FAULTS] = "faults",
                                         [REPORT_REFUSED] = "refused"};

    (void)rule;
    for (uint8_t level = 0; level < ARRAY_SIZE(levels); level++) {
        if (text_is(word->value, levels[level])) {
            word->options->report = level;
            return;
        }
    }
    word_error(word, "not one of the choices", "none stopped faults refused");
}

static const struct rule rules[] = {
    {"abi", take_abi, 0, 0, 0},
    {"root_cnode_bits", take_root_cnode_bits, 0, 8, 20},
    {"console_port", take_port, offsetof(struct options, console_port), 0, 0xffff},
    {"debug_port", take_port, offsetof(struct options, debug_port), 0, 0xffff},
    {"exit_port", take_port, offsetof(struct options, exit_port), 0, 0xffff},
    {"tsc_mhz", take_tsc_mhz, 0, 1, 100000},
    {"fpu", take_fpu, 0, 0, 0},
    {"fastpath", take_fastpath, 0, 0, 0},
    {"sofa_ext", take_flag, offsetof(struct options, sofa_ext), 0, 1},
    {"report", take_report, 0, 0, 0},
};

BOOT_CODE static void take_word(struct options *options, struct text text, struct report *report)
{
    struct word word = {.value = text, .options = options, .report = report};

    if (text_is(text, "disable_iommu")) {
        options->disable_iommu = true;
        return;
    }
    word.key = text_split(&word.value, '=');
    if (word.key.length == text.length) {
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
        if (text_is(word.key, rules[i].key)) {
            rules[i].take(&rules[i], &word);
        }
    }
}

BOOT_CODE static const char *default_profile(void)
{
    if (CONFIG_BENCHMARK) {
        return "microkit-benchmark";
    }
    return CONFIG_DEBUG ? "microkit-debug" : "microkit-release";
}

BOOT_CODE void options_init(struct options *options)
{
    const char *name = default_profile();
    const struct abi_profile *profile =
        profile_find((struct text){.start = name, .length = strlen(name)});

    assert(profile != NULL);
    *options = (struct options){
        .abi = *profile,
        .console_port = OPTION_PORT_FIRMWARE,
        .debug_port = OPTION_PORT_FIRMWARE,
        .report = REPORT_FAULTS,
    };
}

BOOT_CODE bool options_parse(struct options *options, const char *line,
                             char error[OPTIONS_ERROR_BYTES])
{
    struct text rest = {.start = line, .length = strlen(line)};
    struct report report = {.error = error, .failed = false};

    options_init(options);
    while (rest.length > 0) {
        struct text word = text_split(&rest, ' ');

        if (word.length > 0) {
            take_word(options, word, &report);
        }
    }
    if (options->root_cnode_bits != 0) {
        options->abi.root_cnode_bits = options->root_cnode_bits;
    }
    return !report.failed;
}
