// SPDX-License-Identifier: BSD-2-Clause
/*
 * Message interrupts as a device sends them: to a handler, and with vectors that are
 * nobody's. A driver chooses the vector, so any of them can arrive at any time.
 */
#include <harness/hpet.h>
#include <harness/suite.h>

enum {
    FIRST_SENDABLE = 16, /* the processor's interrupt controller refuses lower ones */
    FIRST_USER_VECTOR = 0x30,
    NUMBER = 11,
    VECTORS_END = 256,
    WAIT_US = 100,
};

static seL4_CPtr message_handler(seL4_CPtr notification)
{
    const seL4_CPtr handler = slot_new();

    OK(seL4_IRQControl_GetMSI(seL4_CapIRQControl, OWN_CNODE, handler, DEPTH, 0, 0, 0, 0, NUMBER));
    OK(seL4_IRQHandler_SetNotification(handler, notification));
    return handler;
}

TEST("kernel.irq.msi.delivered")
{
    const seL4_CPtr notification = notification_new();

    hpet_open();
    (void)message_handler(badged(notification, 0x20));
    hpet_send(FIRST_USER_VECTOR + NUMBER);
    CHECK_EQUAL(receive(seL4_SysWait, notification, NOTHING).badge, 0x20);
}

/* It is never masked, so no Ack is needed for the next one. */
TEST("kernel.irq.msi.not_masked")
{
    const seL4_CPtr notification = notification_new();

    hpet_open();
    (void)message_handler(badged(notification, 1));
    for (int i = 0; i < 3; i++) {
        hpet_send(FIRST_USER_VECTOR + NUMBER);
        CHECK_EQUAL(receive(seL4_SysWait, notification, NOTHING).badge, 1);
    }
}

TEST("kernel.irq.msi.deleted_handler")
{
    const seL4_CPtr notification = notification_new();

    hpet_open();
    cap_delete(message_handler(badged(notification, 1)));
    hpet_send(FIRST_USER_VECTOR + NUMBER);
    sleep_us(WAIT_US);
    CHECK_EQUAL(receive(seL4_SysNBWait, notification, NOTHING).badge, 0);
}

struct spinner {
    volatile bool stop;
    volatile uint64_t rounds;
    uint64_t changed; /* bits that were not as left in a register */
};

/* Keeps a pattern in registers that nothing but an interrupt could change. */
static void spin(void *argument)
{
    struct spinner *spinner = argument;

    while (!spinner->stop) {
        uint64_t changed = 0;

        __asm__ volatile("mov $0x1111, %%r8d\n\tmov $0x2222, %%r9d\n\tmov $0x4444, %%r10d\n\t"
                         "mov $0x8888, %%r11d\n\tmov $0x1248, %%r14d\n\tmov $0x8421, %%r15d\n\t"
                         "mov $200, %%ecx\n"
                         "1:\tdec %%ecx\n\tjnz 1b\n\t"
                         "xor $0x1111, %%r8\n\txor $0x2222, %%r9\n\txor $0x4444, %%r10\n\t"
                         "xor $0x8888, %%r11\n\txor $0x1248, %%r14\n\txor $0x8421, %%r15\n\t"
                         "or %%r8, %0\n\tor %%r9, %0\n\tor %%r10, %0\n\tor %%r11, %0\n\t"
                         "or %%r14, %0\n\tor %%r15, %0\n\tor %%rcx, %0"
                         : "+&r"(changed)
                         :
                         : "rcx", "r8", "r9", "r10", "r11", "r14", "r15", "cc");
        spinner->changed |= changed;
        spinner->rounds++;
    }
}

/*
 * Vectors of exceptions (some of which would come with an error code), of nothing, of the
 * kernel's own timer and of `int` instructions: no thread notices, and the timer goes on.
 */
TEST("kernel.irq.msi.stray_vectors")
{
    static struct spinner spinner;
    struct thread *thread;

    hpet_open();
    spinner = (struct spinner){.stop = false};
    thread = thread_run(PRIORITY, spin, &spinner);
    for (seL4_Word vector = FIRST_SENDABLE; vector < VECTORS_END; vector++) {
        const uint64_t before = spinner.rounds;

        hpet_send(vector);
        sleep_us(WAIT_US);
        if (spinner.rounds == before || spinner.changed != 0) {
            fail(__FILE__, __LINE__, "expected nothing to happen after vector %lu", vector);
        }
    }
    spinner.stop = true;
    thread_wait(thread);
}

/* The same while nobody can run: the kernel itself is interrupted. */
TEST("kernel.irq.msi.stray_vectors_in_idle")
{
    hpet_open();
    for (seL4_Word vector = FIRST_SENDABLE; vector < VECTORS_END; vector++) {
        hpet_send(vector);
        sleep_us(WAIT_US);
    }
}
