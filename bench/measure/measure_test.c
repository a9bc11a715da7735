// SPDX-License-Identifier: BSD-2-Clause
/* What is printed, letter by letter, and how often a deed is done. */
#include "bench/measure/clock.h"
#include "bench/measure/report.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

static char *printed;
static size_t printed_size;

static FILE *begin_printing(void)
{
    FILE *out = open_memstream(&printed, &printed_size);

    assert(out != NULL);
    return out;
}

static void expect(FILE *out, const char *text)
{
    fclose(out);
    if (strcmp(printed, text) != 0) {
        fprintf(stderr, "expected:\n%sbut got:\n%s", text, printed);
        exit(EXIT_FAILURE);
    }
    free(printed);
}

static bool count_up(void *context)
{
    return ++*(size_t *)context != 0;
}

static bool fail_at_20(void *context)
{
    return ++*(size_t *)context < 20;
}

static void test_format(void)
{
    struct sample samples[] = {{100, 130, 7, 9}, {200, 260, 10, 14}};
    struct series series = {"call.unix", 2, samples};
    FILE *out = begin_printing();

    report_start(out);
    report_series(out, &series);
    report_value(out, "fault.server.none.back", -1, "ticks");
    report_failure(out, "tcp.echo", "Function not implemented");
    report_done(out);
    expect(out, "metrics 1 linux\n"
                "begin call.unix ticks 2\n0 30 100\n1 60 200\nend call.unix\n"
                "begin call.unix.raw ns 2\n0 2 7\n1 4 10\nend call.unix.raw\n"
                "value fault.server.none.back -1 ticks\n"
                "failed tcp.echo Function not implemented\n"
                "done\n");
}

static void test_measure(void)
{
    struct series series = series_new("count", 10);
    size_t deeds = 0;

    assert(series_measure(&series, count_up, &deeds));
    assert(deeds == series_warm_up(10) + 10);
    for (size_t i = 0; i < 10; i++) {
        assert(series.samples[i].began_ticks <= series.samples[i].ended_ticks);
        assert(series.samples[i].began_ns <= series.samples[i].ended_ns);
    }
    deeds = 0;
    assert(!series_measure(&series, fail_at_20, &deeds));
    assert(deeds == 20);
    series_free(&series);
}

int main(void)
{
    test_format();
    test_measure();
    assert(clock_ticks_per_second() > 1000000);
    return 0;
}
