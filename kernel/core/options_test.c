// SPDX-License-Identifier: BSD-2-Clause
/* core.options: the command line, on the host (a plain program; exit status 0 = passed). */
#include "core/options.h"
#include "lib/printf.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned failures;

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s: expected %s\n", __FILE__, __LINE__, __func__, #condition); \
            failures++;                                                                            \
        }                                                                                          \
    } while (0)

/* The host architecture's own, once it exists, wins over these. */
__attribute__((weak)) void panic(const char *format, ...)
{
    fprintf(stderr, "panic: %s\n", format);
    abort();
}

__attribute__((weak)) void console_put_char(char c)
{
    fputc(c, stderr);
}

static struct options options;
static char error[OPTIONS_ERROR_BYTES];

/* The parser must not read past the terminator: sanitizers watch an exact copy. */
static bool parse(const char *line)
{
    char *copy = strdup(line);
    bool ok = options_parse(&options, copy, error);

    free(copy);
    return ok;
}

static bool fails_with(const char *line, const char *part)
{
    if (parse(line)) {
        fprintf(stderr, "'%s' was accepted\n", line);
        return false;
    }
    if (strstr(error, part) == NULL) {
        fprintf(stderr, "'%s' gives '%s'\n", line, error);
        return false;
    }
    return true;
}

static void test_defaults(void)
{
    CHECK(parse(""));
    CHECK(strcmp(options.abi.name, "microkit-debug") == 0);
    CHECK(options.abi.hwdebug && options.abi.iommu && !options.abi.vtx && !options.abi.tls);
    CHECK(options.abi.domains == 16 && options.abi.schedules == 100);
    CHECK(options.abi.root_cnode_bits == 17 && options.abi.nodes == 1);
    CHECK(options.console_port == OPTION_PORT_FIRMWARE);
    CHECK(options.debug_port == OPTION_PORT_FIRMWARE);
    CHECK(options.exit_port == OPTION_PORT_NONE && options.tsc_mhz == 0);
    CHECK(!options.fpu_eager && !options.sofa_ext && options.report == REPORT_FAULTS);
    CHECK(!options.disable_iommu);
}

static void test_unknown_words_are_ignored(void)
{
    CHECK(parse("build/sel4_32.elf quiet x=y =z = abi tsc_mhz  xabi=nonsense "));
    CHECK(strcmp(options.abi.name, "microkit-debug") == 0);
}

static void test_profile_by_name(void)
{
    CHECK(parse("abi=sim-debug"));
    CHECK(!options.abi.hwdebug && !options.abi.iommu && options.abi.tls);
    CHECK(options.abi.domains == 1 && options.abi.schedules == 2);
    CHECK(options.abi.root_cnode_bits == 13);
    CHECK(parse("abi=debug+smp4,hwdebug:1"));
    CHECK(options.abi.nodes == 4 && options.abi.hwdebug);
    CHECK(parse("abi=sim-debug abi=microkit-vtx-release"));
    CHECK(options.abi.vtx && options.abi.vtx64 && !options.abi.tls);
}

static void test_profile_by_keys(void)
{
    CHECK(
        parse("k.elf abi=hwdebug:0,iommu:0,vtx:0,tls:1,domains:1,schedules:2 root_cnode_bits=13"));
    CHECK(!options.abi.hwdebug && !options.abi.iommu && options.abi.tls);
    CHECK(options.abi.domains == 1 && options.abi.schedules == 2);
    CHECK(options.abi.root_cnode_bits == 13);
    CHECK(parse("abi=msr:1,pmc:1,nodes:16,domains:256,schedules:256"));
    CHECK(options.abi.msr && options.abi.pmc && options.abi.nodes == 16);
    CHECK(options.abi.domains == 256 && options.abi.schedules == 256);
}

static void test_profile_errors(void)
{
    CHECK(fails_with("abi=", "sim-release"));
    CHECK(fails_with("abi=nonsense", "'nonsense'"));
    CHECK(fails_with("abi=nonsense", "microkit-debug"));
    CHECK(fails_with("abi=tls:1,sim-debug", "'sim-debug'"));
    CHECK(fails_with("abi=tsl:1", "'tsl'"));
    CHECK(fails_with("abi=tsl:1", "hwdebug iommu vtx"));
    CHECK(fails_with("abi=tls:2", "tls:2"));
    CHECK(fails_with("abi=tls:", "0 to 1"));
    CHECK(fails_with("abi=tls:1x", "tls:1x"));
    CHECK(fails_with("abi=domains:0", "1 to 256"));
    CHECK(fails_with("abi=domains:257", "1 to 256"));
    CHECK(fails_with("abi=schedules:1", "2 to 256"));
    CHECK(fails_with("abi=nodes:17", "1 to 16"));
    CHECK(fails_with("abi=tls:1,,msr:1", "''"));
    CHECK(fails_with("abi=vtx64:1", "vtx:1"));
    CHECK(parse("abi=vtx64:1,vtx:1"));
}

static void test_root_cnode_bits(void)
{
    CHECK(parse("root_cnode_bits=8 abi=sim-debug") && options.abi.root_cnode_bits == 8);
    CHECK(parse("root_cnode_bits=0x14") && options.abi.root_cnode_bits == 20);
    CHECK(fails_with("root_cnode_bits=7", "8 to 20"));
    CHECK(fails_with("root_cnode_bits=21", "8 to 20"));
    CHECK(fails_with("root_cnode_bits=", "8 to 20"));
}

static void test_ports(void)
{
    CHECK(parse("console_port=0x2f8 debug_port=1016 exit_port=0xF4"));
    CHECK(options.console_port == 0x2f8 && options.debug_port == 0x3f8);
    CHECK(options.exit_port == 0xf4);
    CHECK(parse("console_port=0") && options.console_port == OPTION_PORT_NONE);
    CHECK(fails_with("console_port=com1", "console_port=com1"));
    CHECK(fails_with("exit_port=0x10000", "65535"));
    CHECK(fails_with("exit_port=99999999999999999999999999", "65535"));
    CHECK(fails_with("exit_port=0x", "65535"));
    /* The console that was asked for is known even when another word is bad. */
    CHECK(fails_with("abi=bad console_port=0x2f8", "'bad'") && options.console_port == 0x2f8);
    /* The first error is the one reported. */
    CHECK(fails_with("abi=bad fpu=avx", "'bad'"));
}

static void test_small_words(void)
{
    CHECK(parse("fpu=eager sofa_ext=1 report=refused disable_iommu tsc_mhz=1000"));
    CHECK(options.fpu_eager && options.sofa_ext && options.report == REPORT_REFUSED);
    CHECK(options.disable_iommu && options.tsc_mhz == 1000);
    CHECK(parse("fpu=lazy sofa_ext=0 report=none"));
    CHECK(!options.fpu_eager && !options.sofa_ext && options.report == REPORT_NONE);
    CHECK(parse("report=stopped") && options.report == REPORT_STOPPED);
    CHECK(fails_with("fpu=avx", "lazy eager"));
    CHECK(parse("fastpath=off"));
    CHECK(options.fastpath_off);
    CHECK(parse("fastpath=on"));
    CHECK(!options.fastpath_off);
    CHECK(fails_with("fastpath=maybe", "on off"));
    CHECK(fails_with("sofa_ext=2", "0 to 1"));
    CHECK(fails_with("report=all", "none stopped faults refused"));
    CHECK(fails_with("tsc_mhz=0", "tsc_mhz=0"));
}

static void test_long_words(void)
{
    char line[4096];

    memset(line, 'x', sizeof(line));
    memcpy(line, "abi=", 4);
    line[sizeof(line) - 1] = '\0';
    CHECK(!parse(line));
    CHECK(strlen(error) < OPTIONS_ERROR_BYTES);
    memcpy(line, "abi=tls:", 8);
    CHECK(!parse(line));
    memcpy(line, "fpu=", 4);
    CHECK(!parse(line));
}

/* Any bytes: no crash, no endless loop; the sanitizers judge. */
static void test_random_lines(void)
{
    static const char *const pieces[] = {"abi=",  "tls:",      ",",   ":",   "=",   " ",
                                         "1",     "0x",        "fpu", "f4",  "256", "sim-debug",
                                         "nodes", "exit_port", "\t",  "\xff"};
    char line[128];

    srand(1);
    for (unsigned round = 0; round < 200000; round++) {
        line[0] = '\0';
        for (unsigned i = 0; i < 10; i++) {
            strcat(line, pieces[(unsigned)rand() % ARRAY_SIZE(pieces)]);
        }
        error[0] = '\0';
        CHECK(parse(line) == (error[0] == '\0'));
    }
}

int main(void)
{
    test_defaults();
    test_unknown_words_are_ignored();
    test_profile_by_name();
    test_profile_by_keys();
    test_profile_errors();
    test_root_cnode_bits();
    test_ports();
    test_small_words();
    test_long_words();
    test_random_lines();
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
