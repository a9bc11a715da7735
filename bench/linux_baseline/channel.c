// SPDX-License-Identifier: BSD-2-Clause
#include "bench/linux_baseline/channel.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Linux's numbers; the small C library brings no header with them. */
enum { FUTEX_WAIT = 0, FUTEX_WAKE = 1 };

static bool unix_send(struct shared *shared, enum role to, const struct message *message)
{
    (void)shared;
    return send(FD_CALL + (to == CLIENT ? SERVER : CLIENT), message, sizeof(*message), 0) ==
           sizeof(*message);
}

static bool unix_receive(struct shared *shared, enum role at, struct message *message)
{
    (void)shared;
    return recv(FD_CALL + at, message, sizeof(*message), 0) == sizeof(*message);
}

/* No FUTEX_PRIVATE_FLAG: the word is shared between processes. */
static long futex(_Atomic uint32_t *word, int operation, uint32_t value)
{
    return syscall(SYS_futex, word, operation, value, NULL, NULL, 0);
}

static bool futex_notify(struct shared *shared, enum role to, const struct message *message)
{
    struct mailbox *box = &shared->mailboxes[to];

    (void)message;
    atomic_fetch_add_explicit(&box->turn, 1, memory_order_release);
    return futex(&box->turn, FUTEX_WAKE, 1) >= 0;
}

/* Each process waits at one mailbox only, so one count of the turns seen is enough. */
static bool futex_await(struct shared *shared, enum role at, struct message *message)
{
    static uint32_t seen;
    struct mailbox *box = &shared->mailboxes[at];

    (void)message;
    while (atomic_load_explicit(&box->turn, memory_order_acquire) == seen) {
        if (futex(&box->turn, FUTEX_WAIT, seen) != 0 && errno != EAGAIN && errno != EINTR) {
            return false;
        }
    }
    seen++;
    return true;
}

static bool futex_send(struct shared *shared, enum role to, const struct message *message)
{
    shared->mailboxes[to].message = *message;
    return futex_notify(shared, to, message);
}

static bool futex_receive(struct shared *shared, enum role at, struct message *message)
{
    if (!futex_await(shared, at, message)) {
        return false;
    }
    *message = shared->mailboxes[at].message;
    return true;
}

static bool eventfd_notify(struct shared *shared, enum role to, const struct message *message)
{
    const uint64_t one = 1;

    (void)shared, (void)message;
    return write(FD_EVENT + (int)to, &one, sizeof(one)) == sizeof(one);
}

static bool eventfd_await(struct shared *shared, enum role at, struct message *message)
{
    uint64_t count;

    (void)shared, (void)message;
    return read(FD_EVENT + (int)at, &count, sizeof(count)) == sizeof(count);
}

static bool eventfd_send(struct shared *shared, enum role to, const struct message *message)
{
    shared->mailboxes[to].message = *message;
    atomic_thread_fence(memory_order_release);
    return eventfd_notify(shared, to, message);
}

static bool eventfd_receive(struct shared *shared, enum role at, struct message *message)
{
    if (!eventfd_await(shared, at, message)) {
        return false;
    }
    atomic_thread_fence(memory_order_acquire);
    *message = shared->mailboxes[at].message;
    return true;
}

static const struct channel channels[] = {
    {"unix", unix_send, unix_receive},
    {"futex", futex_send, futex_receive},
    {"eventfd", eventfd_send, eventfd_receive},
    {"notify-futex", futex_notify, futex_await},
    {"notify-eventfd", eventfd_notify, eventfd_await},
};

const struct channel *channel_find(const char *name)
{
    for (size_t i = 0; i < sizeof(channels) / sizeof(channels[0]); i++) {
        if (strcmp(channels[i].name, name) == 0) {
            return &channels[i];
        }
    }
    return NULL;
}
