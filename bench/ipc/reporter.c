// SPDX-License-Identifier: BSD-2-Clause
/*
 * Prints what the others have written down, when they are through with it, to the first serial port
 * (16550): in config release nobody else can print. Its priority is the lowest, so that it takes no
 * time from what is measured.
 */
#include "notes.h"
#include <tiny/printf.h>

enum { PORTS = 0, DATA = 0x3f8, INTERRUPTS = 1, FIFO = 2, LINE = 3, STATUS = 5 };
enum { LINE_8N1 = 0x03, FIFO_ON = 0x07, STATUS_EMPTY = 0x20, FIFO_ROOM = 16 };

/* If nothing moves for so long, whoever could move it is gone. */
#define QUIET_TICKS 50000000ull

const char *plan;
volatile struct notes *notes;
const volatile struct sample *results;

static const char *const series_names[] = {"call", "notify", "shm.64", "shm.4096", "shm.65536"};

/* The id by which the monitor tells of restarts; the builder fills it in where there are any. */
seL4_Word restart_id = MICROKIT_MAX_CHANNELS;

static unsigned fifo_used;

static void uart_write(seL4_Word reg, seL4_Word value)
{
    microkit_x86_ioport_write_8(PORTS, DATA + reg, value);
}

/* The port is asked only when its buffer may be full. */
static void uart_put(void *context, char c)
{
    (void)context;
    if (fifo_used == FIFO_ROOM) {
        while (!(microkit_x86_ioport_read_8(PORTS, DATA + STATUS) & STATUS_EMPTY)) {
        }
        fifo_used = 0;
    }
    uart_write(0, (seL4_Word)c);
    fifo_used++;
}

static void uart_start(void)
{
    uart_write(INTERRUPTS, 0);
    uart_write(LINE, LINE_8N1);
    uart_write(FIFO, FIFO_ON);
    tiny_set_output(uart_put, NULL);
    fifo_used = FIFO_ROOM;
}

static seL4_Word moved(void)
{
    return notes->answered + notes->log_read + notes->crashed_at + notes->back_at;
}

/* All others wait when this runs: they are through, or somebody is being restarted, or is gone. */
static void wait_for_the_others(void)
{
    seL4_Word seen = moved(), since = now();

    while (!notes->over && now() - since < QUIET_TICKS) {
        if (moved() != seen) {
            seen = moved();
            since = now();
        }
    }
}

static seL4_Word iterations(void)
{
    return plan_iterations() < SAMPLE_LIMIT ? plan_iterations() : SAMPLE_LIMIT;
}

static void print_series(enum series series)
{
    const seL4_Word count = iterations();

    tiny_printf("begin %s ticks %lu\n", series_names[series], count);
    for (seL4_Word i = 0; i < count; i++) {
        const volatile struct sample *sample = &results[series * SAMPLE_LIMIT + i];

        tiny_printf("%lu %lu %lu\n", i, sample->latency, sample->began_at);
    }
    tiny_printf("end %s\n", series_names[series]);
}

static void print_stretch(const char *name, const volatile struct stretch *stretch)
{
    tiny_printf("value throughput.%s.ticks %lu ticks/message\n", name,
                stretch->ticks / stretch->messages);
}

static void print_measured(void)
{
    for (enum series series = SERIES_CALL; series < SERIES_COUNT; series++) {
        print_series(series);
    }
    tiny_printf("value clock.pair %lu ticks\n", notes->clock_pair);
    print_stretch("call", &notes->calls);
    print_stretch("stream.single", &notes->single);
    print_stretch("stream.ring", &notes->ring);
}

static seL4_Word longest_of(const volatile struct pulse *pulse, char who)
{
    return plan_victim() == who ? 0 : pulse->longest;
}

/* What the others noticed: the victim's own gap is told by when it is back. */
static seL4_Word longest_gap(void)
{
    seL4_Word longest = longest_of(&notes->client, 'c');

    if (longest_of(&notes->server, 's') > longest) {
        longest = notes->server.longest;
    }
    if (longest_of(&notes->logger, 'l') > longest) {
        longest = notes->logger.longest;
    }
    return longest;
}

static const char *victim_name(void)
{
    switch (plan_victim()) {
    case 'c': return "client";
    case 's': return "server";
    default: return "logger";
    }
}

static void print_fault(const char *what, long number, const char *unit)
{
    const char *policy = restart_id < MICROKIT_MAX_CHANNELS ? "restart" : "none";

    tiny_printf("value fault.%s.%s.%s %ld %s\n", victim_name(), policy, what, number, unit);
}

static long since_crash(seL4_Word at)
{
    return at != 0 ? (long)(at - notes->crashed_at) : -1;
}

/* -1: never, because whoever is waited for does not come back. */
static void print_impact(void)
{
    print_fault("planned", (long)plan_iterations(), "questions");
    print_fault("requests", (long)notes->asked, "questions");
    print_fault("answered", (long)notes->answered, "questions");
    print_fault("lost", (long)(notes->asked - notes->answered), "questions");
    print_fault("lost.records", (long)(notes->log_written + notes->log_lost - notes->log_read),
                "records");
    print_fault("again", (long)notes->again, "questions");
    print_fault("usual", (long)notes->usual_gap, "ticks");
    print_fault("gap", notes->over ? (long)longest_gap() : -1, "ticks");
    print_fault("ready", since_crash(notes->ready_at), "ticks");
    print_fault("back", since_crash(notes->back_at), "ticks");
}

/* A run in which something was wrong has no results; who reads the log must not take it for any. */
static seL4_Bool has_failed(void)
{
    if (plan_victim() == 'n') {
        return !notes->over || notes->wrong != 0;
    }
    return notes->crashed_at == 0 || notes->wrong != 0;
}

void init(void)
{
    wait_for_the_others();
    uart_start();
    tiny_printf("metrics 1 sofa\n");
    if (has_failed()) {
        tiny_printf("failed over=%lu wrong=%lu crashed_at=%lu\n", notes->over, notes->wrong,
                    notes->crashed_at);
        return;
    }
    if (plan_victim() == 'n') {
        print_measured();
    } else {
        print_impact();
    }
    tiny_printf("done\n");
}

/* A restart: what there is to know of it is in the notes. */
void notified(microkit_channel ch)
{
    (void)ch;
}
