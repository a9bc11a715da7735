// SPDX-License-Identifier: BSD-2-Clause
#include "bench/linux_baseline/fault.h"
#include "bench/linux_baseline/patience.h"
#include "bench/measure/clock.h"
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { QUESTIONS = 1000, CRASH_AT = 250, PATIENCE_NS = 1000000, REST_NS = 100000 };

/* Names begin with a zero byte: they are no files, and free again as soon as their holder is
 * dead. All components have the launcher as parent, which makes the names their own. */
static socklen_t address_of(enum role role, struct sockaddr_un *address)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
                       (size_t)snprintf(address->sun_path + 1, sizeof(address->sun_path) - 1,
                                        "sofa-baseline-%d-%d", (int)getppid(), (int)role));
}

static int open_socket(enum role role)
{
    struct sockaddr_un address;
    socklen_t length = address_of(role, &address);
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&address, length) != 0) {
        give_up("cannot open a socket with a name");
    }
    return fd;
}

static bool send_to(int fd, enum role role, const struct message *message, int flags)
{
    struct sockaddr_un address;
    socklen_t length = address_of(role, &address);

    return sendto(fd, message, sizeof(*message), flags, (struct sockaddr *)&address, length) ==
           sizeof(*message);
}

static void receive(int fd, struct message *message)
{
    if (recv(fd, message, sizeof(*message), 0) != sizeof(*message)) {
        give_up("receive");
    }
}

static void note_event(struct shared *shared, enum role role)
{
    struct notes *notes = &shared->notes[role];
    uint64_t now = clock_ticks(), last = atomic_load(&notes->last);

    if (last != 0 && now - last > atomic_load(&notes->longest_gap)) {
        atomic_store(&notes->longest_gap, now - last);
    }
    atomic_store(&notes->last, now);
    atomic_fetch_add(&notes->events, 1);
    if (atomic_load(&shared->crashed_at) != 0 && atomic_load(&notes->first_after_crash) == 0) {
        atomic_store(&notes->first_after_crash, now);
    }
}

static void note_ready(struct shared *shared, enum role role)
{
    atomic_store(&shared->notes[role].ready, 1);
    if (atomic_load(&shared->crashed_at) != 0 &&
        atomic_load(&shared->notes[role].ready_after_crash) == 0) {
        atomic_store(&shared->notes[role].ready_after_crash, clock_ticks());
    }
}

/* The pointer is volatile, or the compiler would know that it is null and stop the program
 * itself. */
__attribute__((no_sanitize("undefined"))) static _Noreturn void crash(struct shared *shared)
{
    static int *volatile nowhere;

    atomic_store(&shared->crashed_at, clock_ticks());
    for (;;) {
        *nowhere = 1;
    }
}

void fault_server_main(void)
{
    struct shared *shared = shared_map();
    int fd = open_socket(SERVER);
    struct message message;

    note_ready(shared, SERVER);
    for (;;) {
        receive(fd, &message);
        note_event(shared, SERVER);
        if (message.verb == VERB_CRASH) {
            crash(shared);
        }
        /* Whether anybody hears it is not the server's business: it goes on without a logger. */
        atomic_fetch_add(&shared->notes[SERVER].sent, 1);
        message.verb = message.verb == VERB_CRASH_LOGGER ? VERB_CRASH : VERB_NOTE;
        send_to(fd, LOGGER, &message, message.verb == VERB_CRASH ? 0 : MSG_DONTWAIT);
        send_to(fd, CLIENT, &message, MSG_DONTWAIT);
    }
}

void fault_logger_main(void)
{
    struct shared *shared = shared_map();
    int fd = open_socket(LOGGER);
    struct message message;

    note_ready(shared, LOGGER);
    for (;;) {
        receive(fd, &message);
        if (message.verb == VERB_CRASH) {
            crash(shared);
        }
        note_event(shared, LOGGER);
    }
}

/* An answer to an earlier question, which was given up, may still come; it does not count. */
static bool await_answer(int fd, uint32_t number)
{
    struct pollfd answer = {.fd = fd, .events = POLLIN};
    struct message message;

    do {
        if (ppoll(&answer, 1, &(struct timespec){.tv_nsec = PATIENCE_NS}, NULL) <= 0) {
            return false;
        }
        receive(fd, &message);
    } while (message.number != number);
    return true;
}

static uint32_t verb_for(uint64_t number, enum role victim)
{
    if (number != CRASH_AT || (victim != SERVER && victim != LOGGER)) {
        return VERB_ECHO;
    }
    return victim == SERVER ? VERB_CRASH : VERB_CRASH_LOGGER;
}

/* A client that was restarted goes on where the one before it stopped. */
void fault_client_main(enum role victim)
{
    struct shared *shared = shared_map();
    struct notes *notes = &shared->notes[CLIENT];
    int fd = open_socket(CLIENT);
    uint64_t number;

    note_ready(shared, CLIENT);
    while ((number = atomic_fetch_add(&notes->sent, 1)) < QUESTIONS) {
        struct message message = {verb_for(number, victim), (uint32_t)number, 0};
        /* The order to crash must arrive, however full a queue is. */
        int flags = number == CRASH_AT ? 0 : MSG_DONTWAIT;
        bool sent = send_to(fd, SERVER, &message, flags);

        if (number == CRASH_AT && victim == CLIENT) {
            crash(shared);
        }
        if (sent && await_answer(fd, message.number)) {
            note_event(shared, CLIENT);
        } else {
            compute(REST_NS);
        }
    }
    atomic_fetch_sub(&notes->sent, 1);
}
