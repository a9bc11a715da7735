// SPDX-License-Identifier: BSD-2-Clause
#include <arch/context.h>

#include <abi/limits.h>

/* seL4_UserContext order -> place in struct user_context. */
#define PLACE(index, name) [index] = offsetof(struct user_context, name),
static const uint16_t places[] = {ABI_USER_CONTEXT(PLACE)};

static word_t *place(struct user_context *context, unsigned offset)
{
    return (word_t *)(void *)((char *)context + offset);
}

word_t context_get(const struct user_context *context, unsigned offset)
{
    const bool by_syscall = context->entry == ENTRY_SYSCALL;

    switch (offset) {
    case offsetof(struct user_context, rip): return context_restart_ip(context);
    case offsetof(struct user_context, rcx): return by_syscall ? context->rip : context->rcx;
    case offsetof(struct user_context, r11): return by_syscall ? context->rflags : context->r11;
    default: return *place((struct user_context *)(uintptr_t)context, offset);
    }
}

void context_set(struct user_context *context, unsigned offset, word_t value)
{
    switch (offset) {
    case offsetof(struct user_context, rip):
    case offsetof(struct user_context, fs_base):
    case offsetof(struct user_context, gs_base): value = context_canonical(value); break;
    case offsetof(struct user_context, rflags): value = context_user_flags(value); break;
    default: break;
    }
    *place(context, offset) = value;
}

word_t context_register(const struct user_context *context, unsigned index)
{
    return context_get(context, places[index]);
}

void context_set_register(struct user_context *context, unsigned index, word_t value)
{
    context_set(context, places[index], value);
}

void context_init(struct user_context *context)
{
    context->rflags = RFLAGS_INITIAL;
}

void context_start(struct user_context *context, vaddr_t entry, word_t argument)
{
    context->rip = entry;
    context->rdi = argument;
}
