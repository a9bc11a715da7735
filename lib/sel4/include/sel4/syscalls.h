// SPDX-License-Identifier: BSD-2-Clause
/*
 * The eleven calls of the interface as C functions.
 *
 * The first four words of a message travel in registers, the others in the IPC
 * buffer. Functions called ...WithMRs take pointers to those four words (null
 * for a word that is of no interest) and leave msg[0..3] alone; the others copy
 * msg[0..3] of the buffer into the registers and back.
 */
#pragma once

#include <sel4/arch/syscall.h>
#include <sel4/functions.h>
#include <sel4/macros.h>
#include <sel4/syscall_numbers.h>
#include <sel4/types.h>

/* ---- the four words in registers ---- */

/*
 * One word at a time, and no loops: compilers would take pairs of words through vector registers,
 * and a thread that touches those makes the kernel switch the FPU.
 */
LIBSEL4_INLINE_FUNC void sel4_load_mrs(seL4_Word mr[4])
{
    volatile seL4_Word *words = seL4_GetIPCBuffer()->msg;

    mr[0] = words[0];
    mr[1] = words[1];
    mr[2] = words[2];
    mr[3] = words[3];
}

LIBSEL4_INLINE_FUNC void sel4_store_mrs(const seL4_Word mr[4])
{
    volatile seL4_Word *words = seL4_GetIPCBuffer()->msg;

    words[0] = mr[0];
    words[1] = mr[1];
    words[2] = mr[2];
    words[3] = mr[3];
}

/* Words that the message does not have are not read. */
LIBSEL4_INLINE_FUNC seL4_Word sel4_word_in(const seL4_Word *mr, seL4_MessageInfo_t info,
                                           seL4_Word index)
{
    return mr != NULL && seL4_MessageInfo_get_length(info) > index ? *mr : 0;
}

LIBSEL4_INLINE_FUNC void sel4_word_out(seL4_Word *mr, seL4_Word value)
{
    if (mr != NULL) {
        *mr = value;
    }
}

LIBSEL4_INLINE_FUNC void sel4_words_out(seL4_Word *mr0, seL4_Word *mr1, seL4_Word *mr2,
                                        seL4_Word *mr3, const seL4_Word mr[4])
{
    sel4_word_out(mr0, mr[0]);
    sel4_word_out(mr1, mr[1]);
    sel4_word_out(mr2, mr[2]);
    sel4_word_out(mr3, mr[3]);
}

/* Gives the badge to whoever wants it. */
LIBSEL4_INLINE_FUNC seL4_MessageInfo_t sel4_received(seL4_Word badge, seL4_Word info,
                                                     seL4_Word *sender)
{
    sel4_word_out(sender, badge);
    return (seL4_MessageInfo_t){{info}};
}

/* ---- send ---- */

LIBSEL4_INLINE_FUNC void seL4_SendWithMRs(seL4_CPtr dest, seL4_MessageInfo_t info, seL4_Word *mr0,
                                          seL4_Word *mr1, seL4_Word *mr2, seL4_Word *mr3)
{
    sel4_sys_send(seL4_SysSend, dest, info.words[0], sel4_word_in(mr0, info, 0),
                  sel4_word_in(mr1, info, 1), sel4_word_in(mr2, info, 2),
                  sel4_word_in(mr3, info, 3));
}

LIBSEL4_INLINE_FUNC void seL4_Send(seL4_CPtr dest, seL4_MessageInfo_t info)
{
    sel4_sys_send(seL4_SysSend, dest, info.words[0], seL4_GetMR(0), seL4_GetMR(1), seL4_GetMR(2),
                  seL4_GetMR(3));
}

LIBSEL4_INLINE_FUNC void seL4_NBSendWithMRs(seL4_CPtr dest, seL4_MessageInfo_t info, seL4_Word *mr0,
                                            seL4_Word *mr1, seL4_Word *mr2, seL4_Word *mr3)
{
    sel4_sys_send(seL4_SysNBSend, dest, info.words[0], sel4_word_in(mr0, info, 0),
                  sel4_word_in(mr1, info, 1), sel4_word_in(mr2, info, 2),
                  sel4_word_in(mr3, info, 3));
}

LIBSEL4_INLINE_FUNC void seL4_NBSend(seL4_CPtr dest, seL4_MessageInfo_t info)
{
    sel4_sys_send(seL4_SysNBSend, dest, info.words[0], seL4_GetMR(0), seL4_GetMR(1), seL4_GetMR(2),
                  seL4_GetMR(3));
}

LIBSEL4_INLINE_FUNC void seL4_Signal(seL4_CPtr dest)
{
    sel4_sys_notify(seL4_SysSend, dest, 0);
}

/* ---- receive ---- */

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_RecvWithMRs(seL4_CPtr src, seL4_Word *sender,
                                                        seL4_Word *mr0, seL4_Word *mr1,
                                                        seL4_Word *mr2, seL4_Word *mr3,
                                                        seL4_CPtr reply)
{
    seL4_Word cap = src, info = 0, mr[4] = {0, 0, 0, 0};

    sel4_sys_recv(seL4_SysRecv, &cap, &info, mr, reply);
    sel4_words_out(mr0, mr1, mr2, mr3, mr);
    return sel4_received(cap, info, sender);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_Recv(seL4_CPtr src, seL4_Word *sender, seL4_CPtr reply)
{
    seL4_Word cap = src, info = 0, mr[4] = {0, 0, 0, 0};

    sel4_sys_recv(seL4_SysRecv, &cap, &info, mr, reply);
    sel4_store_mrs(mr);
    return sel4_received(cap, info, sender);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_NBRecv(seL4_CPtr src, seL4_Word *sender,
                                                   seL4_CPtr reply)
{
    seL4_Word cap = src, info = 0, mr[4] = {0, 0, 0, 0};

    sel4_sys_recv(seL4_SysNBRecv, &cap, &info, mr, reply);
    sel4_store_mrs(mr);
    return sel4_received(cap, info, sender);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_WaitWithMRs(seL4_CPtr src, seL4_Word *sender,
                                                        seL4_Word *mr0, seL4_Word *mr1,
                                                        seL4_Word *mr2, seL4_Word *mr3)
{
    seL4_Word cap = src, info = 0, mr[4] = {0, 0, 0, 0};

    sel4_sys_call(seL4_SysWait, &cap, &info, mr);
    sel4_words_out(mr0, mr1, mr2, mr3, mr);
    return sel4_received(cap, info, sender);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_Wait(seL4_CPtr src, seL4_Word *sender)
{
    seL4_Word cap = src, info = 0, mr[4] = {0, 0, 0, 0};

    sel4_sys_call(seL4_SysWait, &cap, &info, mr);
    sel4_store_mrs(mr);
    return sel4_received(cap, info, sender);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_NBWait(seL4_CPtr src, seL4_Word *sender)
{
    seL4_Word cap = src, info = 0, mr[4] = {0, 0, 0, 0};

    sel4_sys_call(seL4_SysNBWait, &cap, &info, mr);
    sel4_store_mrs(mr);
    return sel4_received(cap, info, sender);
}

/* NBWait for notifications: the badge is the answer, 0 if nothing was signalled. */
LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_Poll(seL4_CPtr src, seL4_Word *sender)
{
    return seL4_NBWait(src, sender);
}

/* ---- send, then receive ---- */

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_CallWithMRs(seL4_CPtr dest, seL4_MessageInfo_t info,
                                                        seL4_Word *mr0, seL4_Word *mr1,
                                                        seL4_Word *mr2, seL4_Word *mr3)
{
    seL4_Word mr[4] = {sel4_word_in(mr0, info, 0), sel4_word_in(mr1, info, 1),
                       sel4_word_in(mr2, info, 2), sel4_word_in(mr3, info, 3)};

    sel4_sys_call(seL4_SysCall, &dest, &info.words[0], mr);
    sel4_words_out(mr0, mr1, mr2, mr3, mr);
    return info;
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_Call(seL4_CPtr dest, seL4_MessageInfo_t info)
{
    seL4_Word mr[4];

    sel4_load_mrs(mr);
    sel4_sys_call(seL4_SysCall, &dest, &info.words[0], mr);
    sel4_store_mrs(mr);
    return info;
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_ReplyRecvWithMRs(seL4_CPtr src, seL4_MessageInfo_t info,
                                                             seL4_Word *sender, seL4_Word *mr0,
                                                             seL4_Word *mr1, seL4_Word *mr2,
                                                             seL4_Word *mr3, seL4_CPtr reply)
{
    seL4_Word mr[4] = {sel4_word_in(mr0, info, 0), sel4_word_in(mr1, info, 1),
                       sel4_word_in(mr2, info, 2), sel4_word_in(mr3, info, 3)};

    sel4_sys_recv(seL4_SysReplyRecv, &src, &info.words[0], mr, reply);
    sel4_words_out(mr0, mr1, mr2, mr3, mr);
    return sel4_received(src, info.words[0], sender);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_ReplyRecv(seL4_CPtr src, seL4_MessageInfo_t info,
                                                      seL4_Word *sender, seL4_CPtr reply)
{
    seL4_Word mr[4];

    sel4_load_mrs(mr);
    sel4_sys_recv(seL4_SysReplyRecv, &src, &info.words[0], mr, reply);
    sel4_store_mrs(mr);
    return sel4_received(src, info.words[0], sender);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_NBSendRecvWithMRs(
    seL4_CPtr dest, seL4_MessageInfo_t info, seL4_CPtr src, seL4_Word *sender, seL4_Word *mr0,
    seL4_Word *mr1, seL4_Word *mr2, seL4_Word *mr3, seL4_CPtr reply)
{
    seL4_Word mr[4] = {sel4_word_in(mr0, info, 0), sel4_word_in(mr1, info, 1),
                       sel4_word_in(mr2, info, 2), sel4_word_in(mr3, info, 3)};

    sel4_sys_send_recv(seL4_SysNBSendRecv, &src, &info.words[0], mr, reply, dest);
    sel4_words_out(mr0, mr1, mr2, mr3, mr);
    return sel4_received(src, info.words[0], sender);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_NBSendRecv(seL4_CPtr dest, seL4_MessageInfo_t info,
                                                       seL4_CPtr src, seL4_Word *sender,
                                                       seL4_CPtr reply)
{
    seL4_Word mr[4];

    sel4_load_mrs(mr);
    sel4_sys_send_recv(seL4_SysNBSendRecv, &src, &info.words[0], mr, reply, dest);
    sel4_store_mrs(mr);
    return sel4_received(src, info.words[0], sender);
}

/* The destination travels in the reply register. */
LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_NBSendWaitWithMRs(seL4_CPtr dest,
                                                              seL4_MessageInfo_t info,
                                                              seL4_CPtr src, seL4_Word *sender,
                                                              seL4_Word *mr0, seL4_Word *mr1,
                                                              seL4_Word *mr2, seL4_Word *mr3)
{
    seL4_Word mr[4] = {sel4_word_in(mr0, info, 0), sel4_word_in(mr1, info, 1),
                       sel4_word_in(mr2, info, 2), sel4_word_in(mr3, info, 3)};

    sel4_sys_recv(seL4_SysNBSendWait, &src, &info.words[0], mr, dest);
    sel4_words_out(mr0, mr1, mr2, mr3, mr);
    return sel4_received(src, info.words[0], sender);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_NBSendWait(seL4_CPtr dest, seL4_MessageInfo_t info,
                                                       seL4_CPtr src, seL4_Word *sender)
{
    seL4_Word mr[4];

    sel4_load_mrs(mr);
    sel4_sys_recv(seL4_SysNBSendWait, &src, &info.words[0], mr, dest);
    sel4_store_mrs(mr);
    return sel4_received(src, info.words[0], sender);
}

LIBSEL4_INLINE_FUNC void seL4_Yield(void)
{
    sel4_sys_null(seL4_SysYield);
}

#ifdef CONFIG_VTX
/*
 * Runs the guest of the caller's virtual CPU until it exits or a signal comes.
 * In: msg[0..2] of the buffer. Out: why it came back (SEL4_VMENTER_RESULT_...),
 * the details in msg, the badge of a signal in *sender.
 */
LIBSEL4_INLINE_FUNC seL4_Word seL4_VMEnter(seL4_Word *sender)
{
    seL4_Word cap = 0, info = SEL4_VMENTER_RESULT_NOTIF_LEN, mr[4];

    sel4_load_mrs(mr);
    sel4_sys_call(seL4_SysVMEnter, &cap, &info, mr);
    sel4_store_mrs(mr);
    sel4_word_out(sender, cap);
    return info;
}
#endif
