// SPDX-License-Identifier: BSD-2-Clause
#include <child/child.h>

enum { AUX_SOFA_IPC_BUFFER = 0x534f0001 }; /* as in <process/start.h> */

static const seL4_Word *aux; /* pairs, ended by one of type 0 */

seL4_Word child_aux(seL4_Word type)
{
    for (const seL4_Word *pair = aux; pair[0] != 0; pair += 2) {
        if (pair[0] == type) {
            return pair[1];
        }
    }
    return 0;
}

/* Number of arguments, their pointers, null, those of the environment, null, the vector. */
void child_start(seL4_Word *stack)
{
    char **const argv = (char **)(stack + 1);
    char **const envp = argv + stack[0] + 1;
    char **end = envp;

    while (*end != NULL) {
        end++;
    }
    aux = (const seL4_Word *)(end + 1);
    seL4_SetIPCBuffer((seL4_IPCBuffer *)child_aux(AUX_SOFA_IPC_BUFFER));
    child_exit((seL4_Word)main((int)stack[0], argv, envp));
}
