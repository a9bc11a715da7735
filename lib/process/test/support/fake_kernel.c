// SPDX-License-Identifier: BSD-2-Clause
#include "fake_kernel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tiny/printf.h>

#include "../../src/pointer_priv.h"

enum { MISSING_BITS_WORD = 2, RECORDS_MAX = 4096 };

struct fake fake;
static seL4_IPCBuffer buffer;

static void put_char(void *context, char c)
{
    (void)context;
    fputc(c, stderr);
}

void fake_reset(void)
{
    tiny_set_output(put_char, NULL); /* for assertions */
    memset(&fake, 0, sizeof(fake));
    seL4_SetIPCBuffer(&buffer);
}

enum process_status fake_pool(struct pool *pool, unsigned bits, unsigned record_count,
                              unsigned root_slots)
{
    static char records[RECORDS_MAX * RECORD_BYTES] __attribute__((aligned(RECORD_BYTES)));
    const struct pool_setup setup = {.root = 7,
                                     .root_bits = 8,
                                     .table_bits = 6,
                                     .first_root_slot = 1,
                                     .root_slot_count = (uint16_t)root_slots,
                                     .records = records,
                                     .records_bytes = record_count * RECORD_BYTES};

    fake_reset();
    pool_init(pool, &setup);
    return pool_add(pool, 42, bits);
}

void *pointer_to(seL4_Word address)
{
    (void)address;
    return fake.page;
}

static seL4_Error answer(seL4_Word label, seL4_Word mr[4])
{
    fake.calls++;
    fake.by_label[label % FAKE_LABELS]++;
    if (fake.calls == fake.refuse_at) {
        return fake.refuse_with;
    }
    if (label == X86PageMap && fake.missing_count != 0) {
        mr[MISSING_BITS_WORD] = fake.missing[--fake.missing_count];
        return seL4_FailedLookup;
    }
    return seL4_NoError;
}

void host_sys_call(seL4_Word number, seL4_Word *cap, seL4_Word *info, seL4_Word mr[4])
{
    (void)number;
    (void)cap;
    *info = (seL4_Word)answer(*info >> 12, mr) << 12;
}

/* Nothing else is needed here. */
void host_sys_null(seL4_Word number)
{
    (void)number;
    abort();
}

void host_sys_notify(seL4_Word number, seL4_Word cap, seL4_Word info)
{
    (void)cap;
    (void)info;
    host_sys_null(number);
}

void host_sys_send(seL4_Word number, seL4_Word cap, seL4_Word info, seL4_Word mr0, seL4_Word mr1,
                   seL4_Word mr2, seL4_Word mr3)
{
    (void)mr0;
    (void)mr1;
    (void)mr2;
    (void)mr3;
    host_sys_notify(number, cap, info);
}

void host_sys_recv(seL4_Word number, seL4_Word *cap, seL4_Word *info, seL4_Word mr[4],
                   seL4_Word reply)
{
    (void)mr;
    host_sys_notify(number, *cap + reply, *info);
}

void host_sys_send_recv(seL4_Word number, seL4_Word *cap, seL4_Word *info, seL4_Word mr[4],
                        seL4_Word reply, seL4_Word dest)
{
    host_sys_recv(number, cap, info, mr, reply + dest);
}
