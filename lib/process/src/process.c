// SPDX-License-Identifier: BSD-2-Clause
#include <process/process.h>

#include <process/arch.h>
#include <tiny/string.h>

static seL4_Word page_bytes(void)
{
    return 1ull << process_arch.frames[0].bits;
}

enum process_status process_new(struct process *process, struct home *home, unsigned cnode_bits)
{
    enum process_status status;

    *process = (struct process){.home = home, .cnode_bits = cnode_bits};
    status = pool_new(&home->pool, seL4_CapTableObject, cnode_bits, &process->cnode);
    if (status == PROCESS_OK) {
        status = space_new(&process->space, &home->pool, home->asid_pool);
        if (status != PROCESS_OK) {
            pool_free(&home->pool, process->cnode);
        }
    }
    return status;
}

void process_clear(struct process *process)
{
    while (process->threads != NULL) {
        thread_free(process->threads);
    }
    space_clear(&process->space);
    process->program = (struct elf_program){0};
    process->is_loaded = false;
}

void process_free(struct process *process)
{
    process_clear(process);
    space_free(&process->space);
    pool_free(&process->home->pool, process->cnode);
    *process = (struct process){0};
}

/* ---- the program ---- */

static enum process_status load_segment(struct process *process, const struct elf_segment *segment,
                                        const char *file)
{
    const seL4_Word start = segment->address & ~(page_bytes() - 1);
    const seL4_Word end =
        (segment->address + segment->memory_bytes + page_bytes() - 1) & ~(page_bytes() - 1);
    const struct region_want want = {
        .address = start, .size_bytes = end - start, .can_write = segment->can_write};
    struct region *region;
    enum process_status status = space_reserve(&process->space, &want, &region);

    if (status != PROCESS_OK) {
        return status;
    }
    status = region_map(region, 0, want.size_bytes);
    if (status == PROCESS_OK) {
        status = window_write(&process->home->window, &process->space, segment->address,
                              file + segment->file_offset, segment->file_bytes);
    }
    if (status != PROCESS_OK) {
        space_release(region);
    }
    return status;
}

static void unload(struct process *process, unsigned segment_count)
{
    for (unsigned i = 0; i < segment_count; i++) {
        space_release(space_find(&process->space, process->program.segments[i].address));
    }
}

static enum process_status load_segments(struct process *process, const char *file)
{
    for (unsigned i = 0; i < process->program.segment_count; i++) {
        const enum process_status status =
            load_segment(process, &process->program.segments[i], file);

        if (status != PROCESS_OK) {
            unload(process, i);
            return status;
        }
    }
    return PROCESS_OK;
}

enum process_status process_load(struct process *process, const void *file, size_t file_bytes,
                                 enum elf_status *why)
{
    const struct elf_target target = {.machine = process_arch.elf_machine,
                                      .page_bits = process_arch.frames[0].bits,
                                      .start = process_arch.user_start,
                                      .end = process_arch.user_end};
    enum process_status status = PROCESS_BAD_PROGRAM;
    enum elf_status parsed;

    if (process->is_loaded) {
        return PROCESS_BAD_ARGUMENT;
    }
    parsed = elf_parse(file, file_bytes, &target, &process->program);
    if (why != NULL) {
        *why = parsed;
    }
    if (parsed == ELF_OK) {
        status = load_segments(process, file);
    }
    process->is_loaded = status == PROCESS_OK;
    if (!process->is_loaded) {
        process->program = (struct elf_program){0};
    }
    return status;
}

/* ---- capabilities ---- */

enum process_status process_give(struct process *process, seL4_Word slot, seL4_CPtr cap,
                                 seL4_CapRights_t rights, seL4_Word badge)
{
    struct pool *pool = &process->home->pool;
    const struct slot_path from = slots_path(&pool->slots, cap);
    seL4_Error error;

    if (slot >> process->cnode_bits != 0) {
        return PROCESS_BAD_ARGUMENT;
    }
    error = seL4_CNode_Mint(process->cnode.cap, slot, (seL4_Uint8)process->cnode_bits,
                            pool->slots.root, from.index, from.depth, rights, badge);
    return error == seL4_NoError ? PROCESS_OK : pool_refused(pool, error);
}

enum process_status process_take(struct process *process, seL4_Word slot)
{
    seL4_Error error;

    if (slot >> process->cnode_bits != 0) {
        return PROCESS_BAD_ARGUMENT;
    }
    error = seL4_CNode_Delete(process->cnode.cap, slot, (seL4_Uint8)process->cnode_bits);
    return error == seL4_NoError ? PROCESS_OK : pool_refused(&process->home->pool, error);
}

/* ---- the start ---- */

/* Keeps the page open that it wrote to last: what is written lies close together. */
struct stack_writing {
    struct process *process;
    seL4_Word page; /* 0: none is open */
    char *memory;
    enum process_status status;
};

static void turn_to_page(struct stack_writing *w, seL4_Word page)
{
    struct window *window = &w->process->home->window;
    seL4_CPtr frame;
    void *memory;
    unsigned bits;

    if (w->page != 0) {
        window_close(window);
        w->page = 0;
    }
    w->status = space_frame(&w->process->space, page, &frame, &bits);
    if (w->status == PROCESS_OK) {
        w->status = window_open(window, frame, &memory);
    }
    if (w->status == PROCESS_OK) {
        w->page = page;
        w->memory = memory;
    }
}

static bool write_to_stack(void *context, uint64_t address, const void *bytes, size_t size_bytes)
{
    struct stack_writing *w = context;
    size_t done = 0;

    while (done < size_bytes) {
        const seL4_Word at = address + done, page = at & ~(page_bytes() - 1);
        const size_t left = page + page_bytes() - at;
        const size_t count = left < size_bytes - done ? left : size_bytes - done;

        if (page != w->page) {
            turn_to_page(w, page);
        }
        if (w->status != PROCESS_OK) {
            return false;
        }
        tiny_memcpy(w->memory + (at - page), (const char *)bytes + done, count);
        done += count;
    }
    return true;
}

static enum process_status write_start(struct process *process, const struct start_data *data,
                                       seL4_Word *stack)
{
    struct stack_writing w = {.process = process, .status = PROCESS_OK};
    const bool is_done = start_put(data, process->first.stack_top, process_arch.stack_align,
                                   write_to_stack, &w, stack);

    if (w.page != 0) {
        window_close(&process->home->window);
    }
    process_assert(is_done == (w.status == PROCESS_OK));
    return is_done ? PROCESS_OK : w.status;
}

static void add_aux(struct start_data *data, struct start_aux *aux, uint64_t type, uint64_t value)
{
    aux[data->aux_count++] = (struct start_aux){type, value};
}

/* What the library knows of the program, behind what the caller says. */
static void describe(const struct process *process, struct start_data *data, struct start_aux *aux)
{
    const struct elf_program *program = &process->program;

    for (unsigned i = 0; i < data->aux_count; i++) {
        aux[i] = data->aux[i];
    }
    data->aux = aux;
    if (program->headers_address != 0) {
        add_aux(data, aux, AUX_PROGRAM_HEADERS, program->headers_address);
        add_aux(data, aux, AUX_PROGRAM_HEADER_BYTES, program->header_bytes);
        add_aux(data, aux, AUX_PROGRAM_HEADER_COUNT, program->header_count);
    }
    add_aux(data, aux, AUX_PAGE_BYTES, page_bytes());
    add_aux(data, aux, AUX_ENTRY, program->entry);
    add_aux(data, aux, AUX_SOFA_IPC_BUFFER, process->first.ipc_buffer);
}

static enum process_status begin(struct process *process, const struct start_data *given)
{
    enum { OWN_AUX = 6 };
    struct start_aux aux[START_AUX_MAX + OWN_AUX];
    struct start_data data = *given;
    enum process_status status;
    seL4_Word stack;

    if (data.aux_count > START_AUX_MAX) {
        return PROCESS_BAD_ARGUMENT;
    }
    describe(process, &data, aux);
    /* Half of the stack at most: the program wants some, too. */
    if (start_bytes(&data, process_arch.stack_align) > region_bytes(process->first.stack) / 2) {
        return PROCESS_BAD_ARGUMENT;
    }
    status = write_start(process, &data, &stack);
    return status == PROCESS_OK ? thread_begin(&process->first, process->program.entry, stack, 0)
                                : status;
}

enum process_status process_start(struct process *process, const struct thread_options *options,
                                  const struct start_data *data)
{
    enum process_status status;

    if (!process->is_loaded || process->first.process != NULL || options->is_bare) {
        return PROCESS_BAD_ARGUMENT;
    }
    status = thread_new(&process->first, process, options);
    if (status == PROCESS_OK) {
        status = begin(process, data);
        if (status != PROCESS_OK) {
            thread_free(&process->first);
        }
    }
    return status;
}

void process_suspend(struct process *process)
{
    for (struct thread *thread = process->threads; thread != NULL; thread = thread->next) {
        thread_suspend(thread);
    }
}

void process_resume(struct process *process)
{
    for (struct thread *thread = process->threads; thread != NULL; thread = thread->next) {
        thread_resume(thread);
    }
}
