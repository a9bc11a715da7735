// SPDX-License-Identifier: BSD-2-Clause
/* One request after the other. Which is the next one is in the notes, so that a client that was
 * restarted goes on where it stopped. */
#include "client.h"
#include <microkit/restart.h>

/* A server that was restarted meanwhile may or may not have done it: it is asked again. */
static seL4_Word ask_until_answered(seL4_Word number)
{
    for (;;) {
        microkit_msginfo answer;

        microkit_mr_set(0, number);
        answer = microkit_ppcall(SERVER, microkit_msginfo_new(ASK_WORK, 1));
        if (microkit_msginfo_get_label(answer) != MICROKIT_RESTARTED) {
            return microkit_mr_get(0);
        }
        notes->again++;
    }
}

void load_run(void)
{
    while (notes->answered < plan_iterations()) {
        const seL4_Word number = notes->answered;

        notes->asked = number + 1;
        crash_if_planned('c', number);
        if (ask_until_answered(number) != 2 * number + 1) {
            notes->wrong++;
        }
        notes->answered++;
        pulse_beat(&notes->client);
        come_back('c');
        come_back('s'); /* its answer is here */
    }
}
