// SPDX-License-Identifier: BSD-2-Clause
#include <arch/context.h>

#include "descriptors.h"

#define INITIAL_FLAGS 0x202

/* seL4_UserContext order -> place in struct user_context. */
#define PLACE(index, name) [index] = offsetof(struct user_context, name),
static const uint16_t places[] = {ABI_USER_CONTEXT(PLACE)};

static_assert(ARRAY_SIZE(places) == USER_CONTEXT_COUNT, "one place per register");

static word_t *place(struct user_context *context, unsigned offset)
{
    return (word_t *)(void *)((char *)context + offset);
}

word_t context_get(const struct user_context *context, unsigned offset)
{
    if (offset == CONTEXT_RIP) {
        return context_restart_ip(context);
    }
    if (context->entry == ENTRY_SYSCALL && (offset == CONTEXT_RCX || offset == CONTEXT_R11)) {
        return offset == CONTEXT_RCX ? context->rip : context->rflags;
    }
    return *place((struct user_context *)(uintptr_t)context, offset);
}

void context_set(struct user_context *context, unsigned offset, word_t value)
{
    switch (offset) {
    case CONTEXT_RIP:
    case CONTEXT_FS_BASE:
    case CONTEXT_GS_BASE: value = context_canonical(value); break;
    case CONTEXT_RFLAGS: value = context_user_flags(value); break;
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
    context->rflags = INITIAL_FLAGS;
    context->cs = SELECTOR_USER_CODE;
    context->ss = SELECTOR_USER_DATA;
}

void context_start(struct user_context *context, vaddr_t entry, word_t argument)
{
    context->rip = entry;
    context->rdi = argument;
}
