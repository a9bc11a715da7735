// SPDX-License-Identifier: BSD-2-Clause
/* Processes that do as they should. */
#include "world.h"

static struct process child;

static void test_greeting(void)
{
    seL4_Word badge;
    seL4_MessageInfo_t info;

    EXPECT(child_new(&child, "greet") == PROCESS_OK);
    info = world_receive(&badge);
    EXPECT(badge == BADGE && seL4_MessageInfo_get_length(info) == 1);
    EXPECT(seL4_GetMR(0) == GREETING);
    world_answer(~(seL4_Word)GREETING);
    EXPECT(world_wait_for_exit() == 0);
    process_free(&child);
}

/* The same capabilities, another life. */
static void test_clear(void)
{
    seL4_Word badge;

    EXPECT(child_new(&child, "greet") == PROCESS_OK);
    (void)world_receive(&badge);
    process_clear(&child);
    EXPECT(child.space.regions.root == NULL && child.threads == NULL);
    EXPECT(child_start(&child, "greet") == PROCESS_OK);
    (void)world_receive(&badge);
    EXPECT(badge == BADGE && seL4_GetMR(0) == GREETING);
    world_answer(~(seL4_Word)GREETING);
    EXPECT(world_wait_for_exit() == 0);
    process_free(&child);
}

/* A wrong answer is told by the exit status: that the right one counts is no accident. */
static void test_status(void)
{
    seL4_Word badge;

    EXPECT(child_new(&child, "greet") == PROCESS_OK);
    (void)world_receive(&badge);
    world_answer(0);
    EXPECT(world_wait_for_exit() == 4);
    process_free(&child);
}

static void test_many(void)
{
    enum { COUNT = 12 };
    static struct process children[COUNT];
    seL4_Word badge;
    unsigned greetings = 0, exits = 0;

    for (unsigned i = 0; i < COUNT; i++) {
        EXPECT(child_new(&children[i], "greet") == PROCESS_OK);
    }
    while (exits < COUNT) {
        (void)world_receive(&badge);
        if (badge == BADGE) {
            greetings++;
            world_answer(~(seL4_Word)GREETING);
        } else {
            EXPECT(badge == FAULT_BADGE && seL4_GetMR(seL4_UnknownSyscall_RAX) == 0);
            exits++;
        }
    }
    EXPECT(greetings == COUNT);
    for (unsigned i = 0; i < COUNT; i++) {
        process_free(&children[(i * 5) % COUNT]);
    }
}

/* The child says where its second thread's function is. */
static void test_second_thread(void)
{
    const struct thread_options options = {.priority = 90, .budget_us = 1000, .period_us = 1000};
    struct thread second;
    seL4_Word badge, entry;

    EXPECT(child_new(&child, "threads") == PROCESS_OK);
    (void)world_receive(&badge);
    entry = seL4_GetMR(0);
    EXPECT(thread_new(&second, &child, &options) == PROCESS_OK);
    EXPECT(second.thread_pointer != child.first.thread_pointer);
    /* As if the function had been called: the stack is off by a word. */
    EXPECT(thread_begin(&second, entry, second.stack_top - 8, second.ipc_buffer) == PROCESS_OK);
    thread_suspend(&child.first);
    (void)world_receive(&badge);
    EXPECT(badge == BADGE && seL4_GetMR(0) == GREETING + 1);
    thread_free(&second);
    thread_resume(&child.first); /* its call is made again */
    (void)world_receive(&badge);
    EXPECT(badge == BADGE && seL4_GetMR(0) == entry);
    world_answer(~entry);
    EXPECT(world_wait_for_exit() == 0);
    process_free(&child);
}

/* What is written here is read there, and the other way round. */
static void test_shared_memory(void)
{
    const struct region_want want = {
        .address = 0x123456000, .size_bytes = 1 << 14, .can_write = true};
    const struct region_want here = {
        .address = SPACE_ANYWHERE, .size_bytes = 1 << 14, .can_write = true};
    struct region *theirs, *ours;
    volatile seL4_Word *words;
    seL4_Word word = 0;

    EXPECT(process_new(&child, &home, 4) == PROCESS_OK);
    EXPECT(space_reserve(&child.space, &want, &theirs) == PROCESS_OK);
    EXPECT(region_map(theirs, 0, 1 << 14) == PROCESS_OK);
    EXPECT(space_reserve(&home.space, &here, &ours) == PROCESS_OK);
    EXPECT(region_share(ours, 0, theirs, 0, 1 << 14) == PROCESS_OK);
    words = (volatile seL4_Word *)region_start(ours);
    words[1024] = 42;
    EXPECT(window_read(&home.window, &child.space, 0x123456000 + 8192, &word, sizeof(word)) ==
           PROCESS_OK);
    EXPECT(word == 42);
    word = 43;
    EXPECT(window_write(&home.window, &child.space, 0x123456000 + 8184, &word, sizeof(word)) ==
           PROCESS_OK);
    EXPECT(words[1023] == 43);
    space_release(ours);
    process_free(&child);
}

const struct test conversation_tests[] = {
    {"process.greeting", "a process finds all it is promised, calls, is answered and ends",
     test_greeting},
    {"process.status", "what a process returns is the status it ends with", test_status},
    {"process.clear", "a process can begin again with what it was given", test_clear},
    {"process.many", "twelve processes at once, freed in another order", test_many},
    {"process.second_thread", "a second thread has its own variables and can be freed alone",
     test_second_thread},
    {"process.shared_memory", "frames of one space are seen in another", test_shared_memory},
    {0},
};
