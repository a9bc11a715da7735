// SPDX-License-Identifier: BSD-2-Clause
/* Puts the text in the shared memory in capitals when it is asked, and tells the logger. */
#include "bench/linux_baseline/components.h"
#include <sys/socket.h>

static uint64_t capitals(unsigned char *text, uint64_t length)
{
    uint64_t changed = 0;

    for (uint64_t i = 0; i < length; i++) {
        if (text[i] >= 'a' && text[i] <= 'z') {
            text[i] = (unsigned char)(text[i] - 'a' + 'A');
            changed++;
        }
    }
    return changed;
}

static uint64_t sum(const unsigned char *text, uint64_t length)
{
    const uint64_t *words = (const uint64_t *)(const void *)text;
    uint64_t total = 0;

    for (uint64_t i = 0; i < length / sizeof(*words); i++) {
        total += words[i];
    }
    return total;
}

static void tell_logger(const struct message *message)
{
    if (send(FD_LOG, message, sizeof(*message), 0) != sizeof(*message)) {
        give_up("server: cannot tell the logger");
    }
}

/* The length is the client's word, so it is not trusted. */
static void serve(struct shared *shared, struct message *message)
{
    uint64_t length = message->length < TEXT_BYTES ? message->length : TEXT_BYTES;

    switch (message->verb) {
    case VERB_CAPITALS:
        tell_logger(message);
        message->length = capitals(shared->text, length);
        break;
    case VERB_SUM: message->length = sum(shared->text, length); break;
    default: break;
    }
}

void server_main(const struct channel *channel)
{
    struct shared *shared = shared_map();
    struct message message = {.verb = VERB_ECHO};

    for (;;) {
        if (!channel->receive(shared, SERVER, &message)) {
            give_up("server: receive");
        }
        serve(shared, &message);
        if (message.verb != VERB_NOTE && !channel->send(shared, CLIENT, &message)) {
            give_up("server: send");
        }
    }
}
