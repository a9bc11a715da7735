// SPDX-License-Identifier: BSD-2-Clause
/* What a thread without a stack runs: the system call its registers hold, then a wait without end
 * on the notification in r14. */

#define SYS_WAIT -9

    .text
    .global deed_entry
    .type deed_entry, @function
deed_entry:
    syscall
1:  movq    %r14, %rdi
    xorl    %esi, %esi
    movq    $SYS_WAIT, %rdx
    syscall
    jmp     1b
    .size deed_entry, . - deed_entry

/* The same in a loop: waits on rbx, does next to nothing, waits again. */
    .global spender_entry
    .type spender_entry, @function
spender_entry:
1:  movq    %rbx, %rdi
    xorl    %esi, %esi
    movq    $SYS_WAIT, %rdx
    syscall
    jmp     1b
    .size spender_entry, . - spender_entry

/* Uses up its time. */
    .global burner_entry
    .type burner_entry, @function
burner_entry:
    jmp     burner_entry
    .size burner_entry, . - burner_entry

    .section .note.GNU-stack, "", @progbits
