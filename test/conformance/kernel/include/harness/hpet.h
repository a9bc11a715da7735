// SPDX-License-Identifier: BSD-2-Clause
/* The high precision timer, as a device that sends message interrupts. */
#pragma once
#include <sel4/sel4.h>

/* Maps its registers; skips the test on machines whose timer cannot send messages. */
void hpet_open(void);
/* Sends the processor's vector in about 20 microseconds. */
void hpet_send(seL4_Word vector);
