// SPDX-License-Identifier: BSD-2-Clause
/* A component that does one wrong thing, which its name says. Where it goes wrong is marked, for
 * the test to find the line. */
#include <microkit.h>

enum { REGION = 0x40000000, FOREIGN = 0x50000000, NOWHERE = 0x60000000, RING_BYTES = 0x1000 };
enum { CHANNEL_MISSING = 9, CHILD_MISSING = 3, CSPACE_SLOT = 7 };

static const seL4_Word half = (seL4_Word)1 << 47; /* the first address that is no component's */

struct fault {
    const char *name;
    void (*run)(void);
};

void __assert_fail(const char *expression, const char *file, unsigned int line,
                   const char *function);

/* So that a call is no jump, and its caller has something to come back to. */
static volatile int done;

static __attribute__((noinline)) void store(seL4_Word where)
{
    *(volatile int *)where = 1; /* line: store */
    done++;
}

static __attribute__((noinline)) void enter(seL4_Word where)
{
    ((void (*)(void))where)();
    done++; /* line: back */
}

static void null_pointer(void)
{
    store(0);
}

static void null_field(void)
{
    store(0x18);
}

static void read_only(void)
{
    store(REGION);
}

static void own_code(void)
{
    store((seL4_Word)store);
}

static void past_end(void)
{
    store(REGION + RING_BYTES + 8);
}

static void foreign(void)
{
    store(FOREIGN);
}

static void nowhere(void)
{
    store(NOWHERE);
}

static void kernel(void)
{
    store(half);
}

static void kernel_canonical(void)
{
    store(~(half - 1));
}

static __attribute__((noinline)) int deep(int n)
{
    volatile char room[64];

    room[0] = (char)n;
    return deep(n + 1) + room[0]; /* line: deep */
}

static void stack(void)
{
    done = deep(1);
}

static void above_stack(void)
{
    seL4_Word sp = (seL4_Word)__builtin_frame_address(0);

    store((sp | 0xfff) + 1);
}

static void jump_null(void)
{
    enter(0);
}

static void jump_nowhere(void)
{
    enter(NOWHERE);
}

static void jump_data(void)
{
    static unsigned char data[] = {0x0f, 0x0b};

    enter((seL4_Word)data);
}

static void receive(void)
{
    seL4_Word badge;

    seL4_Recv(BASE_ENDPOINT_CAP + CHANNEL_MISSING, &badge, 4);
}

static void receive_cspace(void)
{
    seL4_Word badge;

    seL4_Recv(microkit_cspace_root_slot_to_cptr(CSPACE_SLOT), &badge, 4);
}

static void lost(void)
{
    seL4_Send(0xdeadbeef000, seL4_MessageInfo_new(0, 0, 0, 0));
}

static void system_call(void)
{
    __asm__ volatile("syscall" : : "d"(1234) : "rcx", "r11", "memory"); /* line: syscall */
}

static void divide(void)
{
    __asm__ volatile("divl %0" : : "r"(0) : "rax", "rdx"); /* line: divide */
}

static void invalid(void)
{
    __asm__ volatile("ud2"); /* line: invalid */
}

static void breakpoint(void)
{
    __asm__ volatile("int3"); /* line: breakpoint */
}

static void step(void)
{
    __asm__ volatile("pushf; orl $0x100, (%rsp); popf; nop; nop"); /* line: step */
}

static void port(void)
{
    __asm__ volatile("outb %b0, %w1" : : "a"(1), "d"(0x3f8)); /* line: port */
}

static void halt(void)
{
    __asm__ volatile("hlt"); /* line: halt */
}

static void fpu(void)
{
    __asm__ volatile("fld1"); /* line: fpu */
}

static void odd_pointer(void)
{
    store((seL4_Word)0x1234 << 48);
}

static void assertion(void)
{
    __assert_fail("pigs fly", "pigs.c", 7, "assertion");
}

static void no_child(void)
{
    microkit_pd_stop(CHILD_MISSING); /* line: stop */
}

/* No fault: the library says so, and does nothing. */
static void no_channel(void)
{
    microkit_notify(CHANNEL_MISSING);
}

/* The one that it calls has no protected(). */
static void caller(void)
{
    microkit_ppcall(1, microkit_msginfo_new(0, 0));
}

static void nothing(void)
{
}

static const struct fault faults[] = {{"null", null_pointer},
                                      {"field", null_field},
                                      {"readonly", read_only},
                                      {"code", own_code},
                                      {"end", past_end},
                                      {"foreign", foreign},
                                      {"nowhere", nowhere},
                                      {"kernel", kernel},
                                      {"canonical", kernel_canonical},
                                      {"stack", stack},
                                      {"above", above_stack},
                                      {"jump", jump_null},
                                      {"jumpfar", jump_nowhere},
                                      {"jumpdata", jump_data},
                                      {"receive", receive},
                                      {"cspace", receive_cspace},
                                      {"lost", lost},
                                      {"syscall", system_call},
                                      {"divide", divide},
                                      {"invalid", invalid},
                                      {"breakpoint", breakpoint},
                                      {"step", step},
                                      {"port", port},
                                      {"halt", halt},
                                      {"fpu", fpu},
                                      {"pointer", odd_pointer},
                                      {"assert", assertion},
                                      {"child", no_child},
                                      {"channel", no_channel},
                                      {"caller", caller},
                                      {"stripped", null_pointer},
                                      {"callee", nothing},
                                      {"last", nothing}};

static int is_named(const char *name)
{
    unsigned i = 0;

    while (name[i] && name[i] == microkit_name[i]) {
        i++;
    }
    return name[i] == microkit_name[i];
}

void init(void)
{
    for (unsigned i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        if (is_named(faults[i].name)) {
            faults[i].run(); /* line: init */
            done++;
        }
    }
    if (is_named("last")) {
        microkit_dbg_puts("last: done\n");
    }
}

void notified(microkit_channel ch)
{
    (void)ch;
}
