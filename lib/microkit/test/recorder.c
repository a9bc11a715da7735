// SPDX-License-Identifier: BSD-2-Clause
#include "recorder.h"

#include <microkit.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

struct recorder_call recorder_calls[RECORDER_CALLS_MAX];
unsigned recorder_count;
char recorder_text[RECORDER_TEXT_MAX];

extern seL4_Bool microkit_passive;
int component_main(void);

static const struct recorder_event *events_left;
static unsigned events_left_count;
static seL4_Word error_to_answer;
static seL4_IPCBuffer buffer;
static jmp_buf out_of_events;

static void write_down(struct recorder_call call)
{
    if (recorder_count == RECORDER_CALLS_MAX) {
        abort();
    }
    recorder_calls[recorder_count++] = call;
}

void recorder_reset(void)
{
    recorder_count = 0;
    recorder_text[0] = '\0';
    error_to_answer = 0;
    memset(&buffer, 0, sizeof(buffer));
    __sel4_ipc_buffer = &buffer;
    memset(microkit_name, 0, sizeof(microkit_name));
    memcpy(microkit_name, "one", 3);
    microkit_passive = microkit_have_signal = seL4_False;
    microkit_irqs = microkit_notifications = microkit_pps = microkit_ioports = 0;
}

void recorder_set_error(seL4_Word error)
{
    error_to_answer = error;
}

void recorder_enter(const char *entry, seL4_Word argument)
{
    write_down((struct recorder_call){.entry = entry, .argument = argument});
}

void recorder_run(const struct recorder_event *events, unsigned count)
{
    events_left = events;
    events_left_count = count;
    if (setjmp(out_of_events) == 0) {
        (void)component_main();
    }
}

static void next_event(seL4_Word *cap, seL4_Word *info, seL4_Word mr[4])
{
    if (events_left_count == 0) {
        longjmp(out_of_events, 1);
    }
    *cap = events_left->badge;
    *info = events_left->info.words[0];
    memcpy(mr, events_left->mr, sizeof(events_left->mr));
    events_left++;
    events_left_count--;
}

void recorder_null(seL4_Word number)
{
    write_down((struct recorder_call){.number = number});
}

void recorder_notify(seL4_Word number, seL4_Word cap, seL4_Word info)
{
    write_down((struct recorder_call){.number = number, .cap = cap, .info = info});
}

void recorder_send(seL4_Word number, seL4_Word cap, seL4_Word info, seL4_Word mr0, seL4_Word mr1,
                   seL4_Word mr2, seL4_Word mr3)
{
    write_down((struct recorder_call){
        .number = number, .cap = cap, .info = info, .mr = {mr0, mr1, mr2, mr3}});
}

void recorder_call(seL4_Word number, seL4_Word *cap, seL4_Word *info, seL4_Word mr[4])
{
    if (number == (seL4_Word)seL4_SysDebugPutChar) {
        const size_t length = strlen(recorder_text);

        if (length + 1 < RECORDER_TEXT_MAX) {
            recorder_text[length] = (char)*cap;
            recorder_text[length + 1] = '\0';
        }
        return;
    }
    write_down((struct recorder_call){
        .number = number, .cap = *cap, .info = *info, .mr = {mr[0], mr[1], mr[2], mr[3]}});
    *info = seL4_MessageInfo_new(error_to_answer, 0, 0, 1).words[0];
    mr[0] = 77;
}

void recorder_recv(seL4_Word number, seL4_Word *cap, seL4_Word *info, seL4_Word mr[4],
                   seL4_Word reply)
{
    write_down((struct recorder_call){.number = number,
                                      .cap = *cap,
                                      .info = *info,
                                      .mr = {mr[0], mr[1], mr[2], mr[3]},
                                      .reply = reply});
    next_event(cap, info, mr);
}

void recorder_send_recv(seL4_Word number, seL4_Word *cap, seL4_Word *info, seL4_Word mr[4],
                        seL4_Word reply, seL4_Word dest)
{
    write_down((struct recorder_call){.number = number,
                                      .cap = *cap,
                                      .info = *info,
                                      .mr = {mr[0], mr[1], mr[2], mr[3]},
                                      .reply = reply,
                                      .dest = dest});
    next_event(cap, info, mr);
}
