// SPDX-License-Identifier: BSD-2-Clause
#include <process/thread.h>

#include <process/arch.h>
#include <process/process.h>
#include <tiny/string.h>

enum { STACK_BYTES = 16384, COPY_BYTES = 256, SCHED_CONTEXT_BITS = seL4_MinSchedContextBits };

static seL4_Word page_bytes(void)
{
    return 1ull << process_arch.frames[0].bits;
}

static seL4_Word round_up(seL4_Word value, seL4_Word unit)
{
    return (value + unit - 1) / unit * unit;
}

static enum process_status refused(struct thread *thread, seL4_Error error)
{
    return error == seL4_NoError ? PROCESS_OK : pool_refused(&thread->process->home->pool, error);
}

/* ---- memory ---- */

static enum process_status new_memory(struct thread *thread, seL4_Word size_bytes,
                                      seL4_Word guard_bytes, struct region **region)
{
    const struct region_want want = {.address = SPACE_ANYWHERE,
                                     .size_bytes = round_up(size_bytes, page_bytes()),
                                     .guard_bytes = guard_bytes,
                                     .can_write = true};
    enum process_status status = space_reserve(&thread->process->space, &want, region);

    return status == PROCESS_OK ? region_map(*region, 0, want.size_bytes) : status;
}

/* The initial values are in the process's own memory, where the program was loaded. */
static enum process_status copy_tls_image(struct thread *thread, seL4_Word to)
{
    const struct elf_tls *tls = &thread->process->program.tls;
    const struct space *space = &thread->process->space;
    struct window *window = &thread->process->home->window;
    enum process_status status = PROCESS_OK;
    char bytes[COPY_BYTES];

    for (seL4_Word done = 0; status == PROCESS_OK && done < tls->file_bytes; done += COPY_BYTES) {
        const seL4_Word left = tls->file_bytes - done;
        const size_t count = left < COPY_BYTES ? left : (seL4_Word)COPY_BYTES;

        status = window_read(window, space, tls->address + done, bytes, count);
        if (status == PROCESS_OK) {
            status = window_write(window, space, to + done, bytes, count);
        }
    }
    return status;
}

static enum process_status set_tls(struct thread *thread, seL4_Word block,
                                   const struct arch_tls *layout)
{
    enum process_status status = copy_tls_image(thread, block + layout->image_offset);

    thread->thread_pointer = block + layout->pointer_offset;
    if (status == PROCESS_OK && layout->pointer_is_word) {
        status = window_write(&thread->process->home->window, &thread->process->space,
                              thread->thread_pointer, &thread->thread_pointer,
                              sizeof(thread->thread_pointer));
    }
    return status;
}

/* The IPC buffer, and behind it the thread-local variables if there are any. */
static enum process_status new_area(struct thread *thread)
{
    const struct elf_tls *tls = &thread->process->program.tls;
    seL4_Word offset = 1ull << seL4_IPCBufferSizeBits;
    struct arch_tls layout = {0};
    enum process_status status;

    if (tls->memory_bytes != 0) {
        offset = round_up(offset, tls->align);
        process_arch.tls_layout(tls->memory_bytes, tls->align, &layout);
    }
    status = new_memory(thread, offset + layout.block_bytes, 0, &thread->area);
    if (status == PROCESS_OK) {
        thread->ipc_buffer = region_start(thread->area);
        if (tls->memory_bytes != 0) {
            status = set_tls(thread, thread->ipc_buffer + offset, &layout);
        }
    }
    return status;
}

/* ---- capabilities ---- */

static enum process_status new_sched_context(struct thread *thread,
                                             const struct thread_options *options)
{
    struct home *home = thread->process->home;
    enum process_status status = PROCESS_OK;

    if (options->budget_us != 0) {
        status = pool_new(&home->pool, seL4_SchedContextObject, SCHED_CONTEXT_BITS,
                          &thread->sched_context);
        if (status == PROCESS_OK) {
            status = refused(thread, seL4_SchedControl_ConfigureFlags(
                                         home->sched_control, thread->sched_context.cap,
                                         options->budget_us, options->period_us, 0, 0, 0));
        }
    }
    return status;
}

static enum process_status configure(struct thread *thread)
{
    struct process *process = thread->process;
    enum process_status status = PROCESS_OK;
    seL4_CPtr frame = 0;
    unsigned bits;

    if (thread->ipc_buffer != 0) {
        status = space_frame(&process->space, thread->ipc_buffer, &frame, &bits);
    }
    if (status == PROCESS_OK) {
        status =
            refused(thread, seL4_TCB_Configure(thread->tcb.cap, process->cnode.cap,
                                               seL4_WordBits - process->cnode_bits,
                                               process->space.root, 0, thread->ipc_buffer, frame));
    }
    return status;
}

/* The TCB keeps a copy of the capability that it is told faults go to. */
static enum process_status set_scheduling(struct thread *thread,
                                          const struct thread_options *options)
{
    struct home *home = thread->process->home;
    const bool is_badged = options->fault_endpoint != 0 && options->fault_badge != 0;
    seL4_CPtr endpoint = options->fault_endpoint;
    enum process_status status = PROCESS_OK;

    if (is_badged) {
        status = pool_copy(&home->pool, options->fault_endpoint, seL4_AllRights,
                           options->fault_badge, &endpoint);
    }
    if (status == PROCESS_OK) {
        status = refused(thread, seL4_TCB_SetSchedParams(
                                     thread->tcb.cap, home->tcb, options->max_controlled_priority,
                                     options->priority, thread->sched_context.cap, endpoint));
        if (is_badged) {
            pool_free_slots(&home->pool, endpoint, 1);
        }
    }
    return status;
}

/* ---- threads ---- */

static enum process_status make_stack_and_area(struct thread *thread, size_t stack_bytes)
{
    enum process_status status = new_memory(thread, stack_bytes != 0 ? stack_bytes : STACK_BYTES,
                                            page_bytes(), &thread->stack);

    if (status == PROCESS_OK) {
        thread->stack_top = thread->stack->range.end;
        status = new_area(thread);
    }
    return status;
}

static enum process_status make_parts(struct thread *thread, const struct thread_options *options)
{
    enum process_status status =
        pool_new(&thread->process->home->pool, seL4_TCBObject, 0, &thread->tcb);

    if (status == PROCESS_OK) {
        status = new_sched_context(thread, options);
    }
    if (status == PROCESS_OK && !options->is_bare) {
        status = make_stack_and_area(thread, options->stack_bytes);
    }
    if (status == PROCESS_OK) {
        status = configure(thread);
    }
    return status == PROCESS_OK ? set_scheduling(thread, options) : status;
}

enum process_status thread_new(struct thread *thread, struct process *process,
                               const struct thread_options *options)
{
    enum process_status status;

    *thread = (struct thread){.process = process, .next = process->threads};
    process->threads = thread;
    status = make_parts(thread, options);
    if (status != PROCESS_OK) {
        thread_free(thread);
    }
    return status;
}

enum process_status thread_begin(struct thread *thread, seL4_Word entry, seL4_Word stack,
                                 seL4_Word argument)
{
    enum { REGISTER_COUNT = sizeof(seL4_UserContext) / sizeof(seL4_Word) };
    seL4_UserContext registers;

    process_arch.set_registers(&registers, entry, stack, argument, thread->thread_pointer);
    return refused(thread,
                   seL4_TCB_WriteRegisters(thread->tcb.cap, 1, 0, REGISTER_COUNT, &registers));
}

enum process_status thread_set_priority(struct thread *thread, seL4_Word priority)
{
    return refused(thread,
                   seL4_TCB_SetPriority(thread->tcb.cap, thread->process->home->tcb, priority));
}

void thread_suspend(struct thread *thread)
{
    if (seL4_TCB_Suspend(thread->tcb.cap) != seL4_NoError) {
        process_assert(!"a thread of ours is suspended");
    }
}

void thread_resume(struct thread *thread)
{
    if (seL4_TCB_Resume(thread->tcb.cap) != seL4_NoError) {
        process_assert(!"a thread of ours is resumed");
    }
}

static void leave_process(struct thread *thread)
{
    struct thread **place = &thread->process->threads;

    while (*place != thread) {
        process_assert(*place != NULL);
        place = &(*place)->next;
    }
    *place = thread->next;
}

/* Also of a thread that is not whole. The TCB goes first: it stops. */
void thread_free(struct thread *thread)
{
    struct pool *pool = &thread->process->home->pool;

    if (thread->tcb.block != NULL) {
        pool_free(pool, thread->tcb);
    }
    if (thread->sched_context.block != NULL) {
        pool_free(pool, thread->sched_context);
    }
    if (thread->area != NULL) {
        space_release(thread->area);
    }
    if (thread->stack != NULL) {
        space_release(thread->stack);
    }
    leave_process(thread);
    *thread = (struct thread){0};
}
