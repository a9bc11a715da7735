// SPDX-License-Identifier: BSD-2-Clause
/* The component that measures: asks the server, again and again, with a clock in its hand. */
#include "bench/linux_baseline/components.h"
#include "bench/measure/clock.h"
#include "bench/measure/report.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char words[] = "one room, two doors";

struct client {
    struct shared *shared;
    const struct channel *channel;
    struct message message;
};

static bool call(struct client *client)
{
    client->message.number++;
    return client->channel->send(client->shared, SERVER, &client->message) &&
           client->channel->receive(client->shared, CLIENT, &client->message);
}

static bool call_once(void *context)
{
    return call(context);
}

static bool nothing(void *context)
{
    return context != NULL;
}

/* What system/ipc_demo does. */
static bool capitals_once(void *context)
{
    struct client *client = context;

    memcpy(client->shared->text, words, sizeof(words));
    client->message.length = sizeof(words) - 1;
    return call(client);
}

/* Writes as many bytes as the scene says, and has the server read them all. */
struct transfer {
    struct client client;
    uint64_t size;
};

static bool transfer_once(void *context)
{
    struct transfer *transfer = context;
    struct client *client = &transfer->client;
    uint64_t *text = (uint64_t *)(void *)client->shared->text;
    uint64_t count = transfer->size / sizeof(*text), first = client->message.number;

    for (uint64_t i = 0; i < count; i++) {
        text[i] = first + i;
    }
    client->message.length = transfer->size;
    /* The server must have read what was written just now. */
    return call(client) && client->message.length == count * first + count * (count - 1) / 2;
}

static bool measure(const char *name, size_t count, series_deed *deed, void *context)
{
    struct series series = series_new(name, count);
    bool done = series_measure(&series, deed, context);

    if (done) {
        report_series(stdout, &series);
    }
    series_free(&series);
    return done;
}

static bool run_transfer(struct client *client, size_t count, uint64_t size)
{
    struct transfer transfer = {*client, size};
    char name[32];

    transfer.client.message.verb = VERB_SUM;
    snprintf(name, sizeof(name), "shm.%llu", (unsigned long long)size);
    return measure(name, count, transfer_once, &transfer);
}

/* Under one name: how many in a second, and how many ticks for one. */
static void report_rate(const char *what, const char *channel, size_t count, uint64_t ns,
                        uint64_t ticks)
{
    char name[64];

    snprintf(name, sizeof(name), "throughput.%s%s", what, channel);
    report_value(stdout, name, (int64_t)(count * 1000000000 / ns), "messages/s");
    snprintf(name, sizeof(name), "throughput.%s%s.ticks", what, channel);
    report_value(stdout, name, (int64_t)(ticks / count), "ticks/message");
}

static bool call_many(struct client *client, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!call(client)) {
            return false;
        }
    }
    return true;
}

static bool run_throughput(struct client *client, size_t count)
{
    uint64_t began_ns, began;

    if (!call_many(client, series_warm_up(count))) {
        return false;
    }
    began_ns = clock_ns();
    began = clock_ticks();
    if (!call_many(client, count)) {
        return false;
    }
    report_rate("", client->channel->name, count, clock_ns() - began_ns, clock_ticks() - began);
    return true;
}

/* Messages without answers, as fast as they can be queued; the last one is answered. */
static bool stream(struct client *client, size_t count)
{
    client->message.verb = VERB_NOTE;
    for (size_t i = 1; i < count; i++) {
        if (!client->channel->send(client->shared, SERVER, &client->message)) {
            return false;
        }
    }
    client->message.verb = VERB_ECHO;
    return call(client);
}

static bool run_stream(struct client *client, size_t count)
{
    uint64_t began_ns, began;

    if (!stream(client, series_warm_up(count))) {
        return false;
    }
    began_ns = clock_ns();
    began = clock_ticks();
    if (!stream(client, count)) {
        return false;
    }
    report_rate("stream.", client->channel->name, count, clock_ns() - began_ns,
                clock_ticks() - began);
    return true;
}

/* Has used everything once, and waits to be looked at. */
static bool run_rest(struct client *client, size_t count)
{
    client->message.verb = VERB_CAPITALS;
    for (size_t i = 0; i < count; i++) {
        if (!capitals_once(client)) {
            return false;
        }
    }
    atomic_store(&client->shared->resting, 1);
    for (;;) {
        pause();
    }
}

static bool run_series(struct client *client, const char *kind, size_t count)
{
    char name[64];

    snprintf(name, sizeof(name), "%s.%s", kind, client->channel->name);
    if (strcmp(kind, "demo") == 0) {
        client->message.verb = VERB_CAPITALS;
        return measure(name, count, capitals_once, client);
    }
    return measure(name, count, call_once, client);
}

static bool run_scene(struct client *client, const char *scene, size_t count)
{
    unsigned long long size;

    if (strcmp(scene, "call") == 0 || strcmp(scene, "demo") == 0) {
        return run_series(client, scene, count);
    }
    if (strcmp(scene, "notify.futex") == 0 || strcmp(scene, "notify.eventfd") == 0) {
        return measure(scene, count, call_once, client);
    }
    if (strcmp(scene, "empty") == 0) {
        return measure(scene, count, nothing, client);
    }
    if (strcmp(scene, "throughput") == 0) {
        return run_throughput(client, count);
    }
    if (strcmp(scene, "stream") == 0) {
        return run_stream(client, count);
    }
    if (strcmp(scene, "rest") == 0) {
        return run_rest(client, count);
    }
    if (sscanf(scene, "shm.%llu", &size) == 1 && size <= TEXT_BYTES) {
        return run_transfer(client, count, size);
    }
    fprintf(stderr, "client: there is no scene %s\n", scene);
    return false;
}

bool client_main(const struct channel *channel, const char *scene, size_t count)
{
    struct client client = {shared_map(), channel, {.verb = VERB_ECHO}};
    bool done = run_scene(&client, scene, count);

    if (!done) {
        perror(scene);
    }
    fflush(stdout);
    return done;
}
