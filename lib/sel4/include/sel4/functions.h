// SPDX-License-Identifier: BSD-2-Clause
/*
 * Access to the caller's IPC buffer. Each thread finds its own through
 * __sel4_ipc_buffer, which is thread-local; a program compiled with
 * SEL4_IPC_BUFFER_GLOBAL has one plain variable instead, and defines it itself.
 */
#pragma once

#include <sel4/config.h>
#include <sel4/constants.h>
#include <sel4/macros.h>
#include <sel4/types.h>

#ifdef SEL4_IPC_BUFFER_GLOBAL
extern seL4_IPCBuffer *__sel4_ipc_buffer;
#else
extern __thread seL4_IPCBuffer *__sel4_ipc_buffer;
#endif

LIBSEL4_INLINE_FUNC seL4_IPCBuffer *seL4_GetIPCBuffer(void)
{
    return __sel4_ipc_buffer;
}

LIBSEL4_INLINE_FUNC void seL4_SetIPCBuffer(seL4_IPCBuffer *buffer)
{
    __sel4_ipc_buffer = buffer;
}

/* ---- message ---- */

LIBSEL4_INLINE_FUNC seL4_Word seL4_GetMR(int i)
{
    return __sel4_ipc_buffer->msg[i];
}

LIBSEL4_INLINE_FUNC void seL4_SetMR(int i, seL4_Word mr)
{
    __sel4_ipc_buffer->msg[i] = mr;
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_GetTag(void)
{
    return __sel4_ipc_buffer->tag;
}

LIBSEL4_INLINE_FUNC void seL4_SetTag(seL4_MessageInfo_t tag)
{
    __sel4_ipc_buffer->tag = tag;
}

LIBSEL4_INLINE_FUNC seL4_Word seL4_GetUserData(void)
{
    return __sel4_ipc_buffer->userData;
}

LIBSEL4_INLINE_FUNC void seL4_SetUserData(seL4_Word data)
{
    __sel4_ipc_buffer->userData = data;
}

/* ---- capabilities in a message ---- */

LIBSEL4_INLINE_FUNC seL4_Word seL4_GetBadge(int i)
{
    return __sel4_ipc_buffer->caps_or_badges[i];
}

LIBSEL4_INLINE_FUNC seL4_CPtr seL4_GetCap(int i)
{
    return (seL4_CPtr)__sel4_ipc_buffer->caps_or_badges[i];
}

LIBSEL4_INLINE_FUNC void seL4_SetCap(int i, seL4_CPtr cap)
{
    __sel4_ipc_buffer->caps_or_badges[i] = (seL4_Word)cap;
}

LIBSEL4_INLINE_FUNC void seL4_GetCapReceivePath(seL4_CPtr *cnode, seL4_Word *index,
                                                seL4_Word *depth)
{
    if (cnode != NULL) {
        *cnode = __sel4_ipc_buffer->receiveCNode;
    }
    if (index != NULL) {
        *index = __sel4_ipc_buffer->receiveIndex;
    }
    if (depth != NULL) {
        *depth = __sel4_ipc_buffer->receiveDepth;
    }
}

LIBSEL4_INLINE_FUNC void seL4_SetCapReceivePath(seL4_CPtr cnode, seL4_Word index, seL4_Word depth)
{
    __sel4_ipc_buffer->receiveCNode = cnode;
    __sel4_ipc_buffer->receiveIndex = index;
    __sel4_ipc_buffer->receiveDepth = depth;
}
