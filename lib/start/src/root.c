// SPDX-License-Identifier: BSD-2-Clause
#include <start/root.h>

#include <start/tls.h>

/* The first thread's block; the link script refuses programs that need more. */
enum { ROOT_TLS_BYTES = 4096 };

static char root_tls[ROOT_TLS_BYTES] __attribute__((aligned(TLS_ALIGN)));

void root_stop(void)
{
    for (;;) {
        (void)seL4_TCB_Suspend(seL4_CapInitThreadTCB);
    }
}

void root_start(const seL4_BootInfo *bootinfo)
{
    tls_set_thread_pointer(tls_init(root_tls));
    seL4_SetIPCBuffer(bootinfo->ipcBuffer);
    (void)main(bootinfo);
    root_stop();
}
