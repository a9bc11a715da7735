// SPDX-License-Identifier: BSD-2-Clause
/* The harness itself. */
#include <harness/suite.h>

static void spin(void *argument)
{
    spin_us((uintptr_t)argument);
}

TEST("kernel.harness.threads")
{
    struct thread *thread = thread_at(PRIORITY);

    settle();
    thread_start_at(thread, spin, (void *)100);
    settle();
    thread_wait(thread);
}

TEST("kernel.harness.sleep")
{
    const uint64_t start_us = now_us();

    sleep_us(10000);
    CHECK(now_us() - start_us >= 10000);
    CHECK(now_us() - start_us < 10500);
}
