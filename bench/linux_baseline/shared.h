// SPDX-License-Identifier: BSD-2-Clause
/* What the three components have in common: memory, sockets and event counters. The launcher makes
 * them once and each component inherits them under the same numbers, as the system builder of
 * system/ipc_demo connects components before they start. */
#pragma once
#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>

enum role { CLIENT, SERVER, LOGGER, ROLES };

enum shared_fd {
    FD_SHARED = 10,
    FD_CALL,               /* a socket pair: the client's end, then the server's */
    FD_LOG = FD_CALL + 2,  /* another: the server's end, then the logger's */
    FD_EVENT = FD_LOG + 2, /* the event counter each role waits at: client's, then server's */
    FD_END = FD_EVENT + 2,
};

enum { TEXT_BYTES = 64 * 1024 };

enum verb {
    VERB_ECHO,     /* answer, no more */
    VERB_CAPITALS, /* put `length` letters in capitals, tell the logger, say how many changed */
    VERB_SUM,      /* read `length` bytes and say their sum */
    VERB_NOTE,     /* no answer is wanted */
    VERB_CRASH,    /* die of a null pointer */
    VERB_CRASH_LOGGER,
};

struct message {
    uint32_t verb;
    uint32_t number;
    uint64_t length; /* in the answer: what was found out */
};

/* One direction. `turn` counts messages and is the futex word. */
struct mailbox {
    alignas(64) _Atomic uint32_t turn;
    struct message message;
};

/* What one component noticed while another crashed. Only that role writes it, whichever process
 * plays the role, so it outlives crashes. Times in ticks; 0 stands for never. */
struct notes {
    alignas(64) _Atomic uint64_t events;
    _Atomic uint64_t last;
    _Atomic uint64_t longest_gap;
    _Atomic uint64_t first_after_crash;
    _Atomic uint64_t ready_after_crash;
    _Atomic uint64_t sent;
    _Atomic uint32_t ready;
};

struct shared {
    struct mailbox mailboxes[2]; /* to the client, to the server */
    struct notes notes[ROLES];
    _Atomic uint64_t crashed_at;
    _Atomic uint32_t resting;
    alignas(4096) unsigned char text[TEXT_BYTES];
};

/* Makes everything in the launcher, new for each scene; what was there before is let go. Ends the
 * program if it cannot. */
struct shared *shared_make(void);
/* Maps what was inherited. */
struct shared *shared_map(void);

_Noreturn void give_up(const char *what);
