// SPDX-License-Identifier: BSD-2-Clause
#include "world.h"

#include <tiny/string.h>

#include "report.h"
#include "settings.h"
#include "supply.h"
#include "worker.h"

#define ROOT seL4_CapInitThreadCNode

enum {
    CANARY_COUNT = 4,
    CANARY_WORD = 0x5afe,
    PUPPETS = 4,
    LARGE_EVERY = 8,
    CALLS_BELIEVED = 10000
};

/* Places in the window. */
enum {
    PLACE_WORKERS = 0,
    PLACE_SHARED = WORKER_COUNT,
    PLACE_NOISE,
    PLACE_TOP,
    PLACE_CANARIES,
    PLACE_END = PLACE_CANARIES + CANARY_COUNT,
};

struct thread {
    seL4_CPtr tcb, sched_context, buffer;
    struct worker *worker;
    uint64_t counted; /* calls that world_new_calls() has told of */
};

static struct {
    seL4_CPtr fault_endpoint, controls; /* for ever */
    seL4_CPtr space, hostile, reply, vspace[SPACE_COUNT];
    struct thread thread[WORKER_COUNT];
    seL4_CPtr shared_frame;
    struct shared *shared;
    uint64_t *canary[CANARY_COUNT];
    struct dice dice;
    unsigned next; /* slot in `hostile` */
} world;

static seL4_Word guard(unsigned value, unsigned bits)
{
    return seL4_CNode_CapData_new(value, bits).words[0];
}

/* ---- the workers' CNode ---- */

static void give_into(seL4_CPtr cnode, unsigned depth, unsigned slot, seL4_CPtr cap,
                      seL4_CapRights_t rights, seL4_Word badge)
{
    const seL4_Error error = badge == 0 ? seL4_CNode_Copy(cnode, slot, (seL4_Uint8)depth, ROOT, cap,
                                                          seL4_WordBits, rights)
                                        : seL4_CNode_Mint(cnode, slot, (seL4_Uint8)depth, ROOT, cap,
                                                          seL4_WordBits, rights, badge);

    supply_check(error == seL4_NoError, "give a capability away");
}

static void give(seL4_CPtr cap, enum kind kind)
{
    world.shared->kind[world.next] = (uint8_t)kind;
    give_into(world.hostile, HOSTILE_BITS, world.next++, cap, seL4_AllRights, 0);
}

static void give_minted(seL4_CPtr cap, enum kind kind, seL4_CapRights_t rights, seL4_Word badge)
{
    world.shared->kind[world.next] = (uint8_t)kind;
    give_into(world.hostile, HOSTILE_BITS, world.next++, cap, rights, badge);
}

/* Objects of which only the workers have capabilities. */
static void give_new(unsigned count, enum kind kind, seL4_Word type, seL4_Word size_bits)
{
    for (unsigned i = 0; i < count; i++) {
        world.shared->kind[world.next] = (uint8_t)kind;
        supply_check(arena_object_into(world.hostile, world.next++, type, size_bits),
                     "make an object for the workers");
    }
}

/* ---- canaries ---- */

static void canary_add(unsigned index)
{
    world.canary[index] = window_map(arena_object(seL4_X86_4K, 0), PLACE_CANARIES + index);
    for (unsigned i = 0; i < PAGE_BYTES / sizeof(uint64_t); i++) {
        if (world.canary[index][i] != 0) {
            promise_broken(PROMISE_MEMORY, "a new frame is not zero: word %u is 0x%lx", i,
                           (unsigned long)world.canary[index][i]);
        }
        world.canary[index][i] = CANARY_WORD * (uint64_t)(i + index + 1);
    }
}

static void canaries_check(void)
{
    for (unsigned index = 0; index < CANARY_COUNT; index++) {
        for (unsigned i = 0; i < PAGE_BYTES / sizeof(uint64_t); i++) {
            if (world.canary[index][i] != CANARY_WORD * (uint64_t)(i + index + 1)) {
                promise_broken(PROMISE_MEMORY,
                               "frame %u among the workers' objects: word %u is 0x%lx", index, i,
                               (unsigned long)world.canary[index][i]);
            }
        }
    }
}

/* ---- address spaces ---- */

static void map_tables(seL4_CPtr vspace, uintptr_t address, bool give_them)
{
    const seL4_CPtr pdpt = arena_object(seL4_X86_PDPTObject, 0);
    const seL4_CPtr directory = arena_object(seL4_X86_PageDirectoryObject, 0);
    const seL4_CPtr table = arena_object(seL4_X86_PageTableObject, 0);
    /* The first fails if there is one for the address already; the same for the second. */
    const bool has_pdpt = seL4_X86_PDPT_Map(pdpt, vspace, address, 0) != seL4_NoError;
    const bool has_directory =
        seL4_X86_PageDirectory_Map(directory, vspace, address, 0) != seL4_NoError;

    supply_check(seL4_X86_PageTable_Map(table, vspace, address, 0) == seL4_NoError, "map a table");
    if (give_them) {
        give(table, KIND_TABLE);
        if (!has_directory) {
            give(directory, KIND_DIRECTORY);
        }
        if (!has_pdpt) {
            give(pdpt, KIND_PDPT);
        }
    }
}

static void map(seL4_CPtr frame, seL4_CPtr vspace, uintptr_t address, seL4_CapRights_t rights)
{
    supply_check(seL4_X86_Page_Map(frame, vspace, address, rights, seL4_X86_Default_VMAttributes) ==
                     seL4_NoError,
                 "map a frame for the workers");
}

static void map_constants(seL4_CPtr vspace)
{
    for (seL4_Word i = 0; i < image_constant_pages(); i++) {
        map(arena_copy(supply_boot()->userImageFrames.start + i, seL4_CanRead, 0), vspace,
            image_start() + i * PAGE_BYTES, seL4_CanRead);
    }
}

static seL4_CPtr vspace_new(bool give_tables)
{
    const seL4_CPtr vspace = arena_object(seL4_X64_PML4Object, 0);

    supply_check(seL4_X86_ASIDPool_Assign(seL4_CapInitThreadASIDPool, vspace) == seL4_NoError,
                 "assign an address space");
    map_tables(vspace, image_start(), false);
    map_tables(vspace, WORKER_AREA, give_tables);
    map_constants(vspace);
    give(vspace, KIND_VSPACE);
    return vspace;
}

static void map_shared_frame(seL4_CPtr frame, uintptr_t address)
{
    for (unsigned i = 0; i < SPACE_COUNT; i++) {
        map(i == 0 ? frame : arena_copy(frame, seL4_AllRights, 0), world.vspace[i], address,
            seL4_ReadWrite);
    }
}

static void fill_noise(seL4_CPtr frame)
{
    uint64_t *words = window_map(arena_copy(frame, seL4_AllRights, 0), PLACE_NOISE);
    uint8_t *bytes = (uint8_t *)words;

    for (unsigned i = 0; i < PAGE_BYTES / sizeof(uint64_t); i++) {
        words[i] = dice_word(&world.dice);
    }
    for (unsigned i = 0; i + 1 < PAGE_BYTES; i++) {
        if (bytes[i] == 0x0f && bytes[i + 1] == 0x77) {
            bytes[i + 1] = 0x0b; /* not emms: see instructions.S */
        }
    }
}

/* The last page of user addresses, with `syscall` as its last instruction. */
static void map_top(void)
{
    const seL4_CPtr frame = arena_object(seL4_X86_4K, 0);
    uint8_t *bytes = window_map(arena_copy(frame, seL4_AllRights, 0), PLACE_TOP);

    bytes[PAGE_BYTES - 2] = 0x0f;
    bytes[PAGE_BYTES - 1] = 0x05;
    map_tables(world.vspace[0], TOP_ADDRESS, true);
    map(frame, world.vspace[0], TOP_ADDRESS, seL4_ReadWrite);
}

/* ---- the workers' capability space ---- */

/* A CNode whose slots, but for the last, hold capabilities to itself. */
static seL4_CPtr self_cnode(unsigned bits, seL4_CPtr last)
{
    const seL4_CPtr cnode = arena_object(seL4_CapTableObject, bits);

    for (unsigned i = 0; i + 1 < 1u << bits; i++) {
        give_into(cnode, bits, i, cnode, seL4_AllRights, 0);
    }
    give_into(cnode, bits, (1u << bits) - 1, last, seL4_AllRights, 0);
    give(cnode, KIND_CNODE);
    return cnode;
}

static seL4_CPtr nested_cnode(seL4_CPtr leaf)
{
    const seL4_CPtr outer = arena_object(seL4_CapTableObject, 4);
    const seL4_CPtr inner = arena_object(seL4_CapTableObject, 4);

    for (unsigned i = 0; i < 8; i++) {
        give_into(outer, 4, i, inner, seL4_AllRights, 0);
        give_into(inner, 4, i, i % 2 == 0 ? leaf : outer, seL4_AllRights, 0);
    }
    give_into(outer, 4, 8, world.hostile, seL4_AllRights, guard(5, 3));
    give(outer, KIND_CNODE);
    give(inner, KIND_CNODE);
    return outer;
}

static void build_space(void)
{
    const seL4_CPtr endpoint = arena_object(seL4_EndpointObject, 0);
    const struct {
        unsigned slot;
        seL4_CPtr cap;
        seL4_Word badge;
    } parts[] = {
        {SPACE_HOSTILE, world.hostile, 0},
        {SPACE_CONTROLS, world.controls, guard(0, HOSTILE_BITS - CONTROL_BITS)},
        {SPACE_ALIAS, world.hostile, 0},
        {SPACE_NESTED, nested_cnode(endpoint), 0},
        {SPACE_SELF_4, self_cnode(2, endpoint), 0},
        {SPACE_SELF_2, self_cnode(1, endpoint), 0},
        {SPACE_GUARDED, world.hostile, guard(1, 2)},
        {SPACE_LEAF, endpoint, 0},
    };

    world.space = arena_object(seL4_CapTableObject, SPACE_BITS);
    for (unsigned i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        give_into(world.space, SPACE_BITS, parts[i].slot, parts[i].cap, seL4_AllRights,
                  parts[i].badge);
    }
    for (unsigned i = CONTROL_ROOT; i < CONTROL_USED; i++) {
        give_into(world.controls, CONTROL_BITS, i, world.hostile, seL4_AllRights, 0);
    }
}

static void give_communication(void)
{
    for (unsigned i = 0; i < 4; i++) {
        const seL4_CPtr endpoint = arena_object(seL4_EndpointObject, 0);
        const seL4_CPtr notification = arena_object(seL4_NotificationObject, 0);

        give(endpoint, KIND_ENDPOINT);
        give_minted(endpoint, KIND_ENDPOINT, seL4_AllRights, 0x100 + i);
        give_minted(endpoint, KIND_ENDPOINT, seL4_CapRights_new(i & 1, i >> 1, 0, 1), i);
        give(notification, KIND_NOTIFICATION);
        give_minted(notification, KIND_NOTIFICATION, seL4_AllRights, 1ull << (i * 13));
    }
    give_new(2, KIND_ENDPOINT, seL4_EndpointObject, 0);
    give_new(2, KIND_NOTIFICATION, seL4_NotificationObject, 0);
    give_new(6, KIND_REPLY, seL4_ReplyObject, 0);
}

static void give_memory(uint64_t number)
{
    give_new(4, KIND_FRAME, seL4_X86_4K, 0);
    canary_add(0);
    give_new(1, KIND_UNTYPED, seL4_UntypedObject, 20);
    canary_add(1);
    give_new(3, KIND_UNTYPED, seL4_UntypedObject, 16);
    give_new(4, KIND_UNTYPED, seL4_UntypedObject, 13);
    give_new(2, KIND_UNTYPED, seL4_UntypedObject, 12);
    give_new(2, KIND_UNTYPED, seL4_UntypedObject, 4);
    canary_add(2);
    give_new(2, KIND_PDPT, seL4_X86_PDPTObject, 0);
    give_new(2, KIND_DIRECTORY, seL4_X86_PageDirectoryObject, 0);
    give_new(3, KIND_TABLE, seL4_X86_PageTableObject, 0);
    give_new(2, KIND_VSPACE, seL4_X64_PML4Object, 0);
    give_new(2, KIND_CNODE, seL4_CapTableObject, 3);
    canary_add(3);
    if (number % LARGE_EVERY == 0) {
        give_new(1, KIND_FRAME, seL4_X86_LargePageObject, 0);
    }
}

/* ---- workers ---- */

static void make_pages(unsigned w)
{
    struct thread *thread = &world.thread[w];

    for (unsigned page = 0; page < WORKER_PAGES; page++) {
        const seL4_CPtr frame = arena_object(seL4_X86_4K, 0);

        map(frame, world.vspace[w % SPACE_COUNT], worker_page_address(w, (enum worker_page)page),
            seL4_ReadWrite);
        if (page == PAGE_CONTROL) {
            thread->worker = window_map(arena_copy(frame, seL4_AllRights, 0), PLACE_WORKERS + w);
        } else if (page == PAGE_BUFFER) {
            thread->buffer = frame;
            give(frame, KIND_FRAME);
        }
    }
}

/* Half of the threads can be destroyed by the others. */
static void make_thread(unsigned w)
{
    struct thread *thread = &world.thread[w];

    if (w % 2 == 0) {
        thread->tcb = arena_object(seL4_TCBObject, 0);
        thread->sched_context = arena_object(seL4_SchedContextObject, seL4_MinSchedContextBits + 1);
        give(thread->tcb, KIND_TCB);
        give(thread->sched_context, KIND_SCHED_CONTEXT);
        return;
    }
    const unsigned first = world.next;

    give_new(1, KIND_TCB, seL4_TCBObject, 0);
    give_new(1, KIND_SCHED_CONTEXT, seL4_SchedContextObject, seL4_MinSchedContextBits + 1 + w % 3);
    thread->tcb = arena_slot();
    thread->sched_context = arena_slot();
    supply_check(seL4_CNode_Copy(ROOT, thread->tcb, seL4_WordBits, world.hostile, first,
                                 HOSTILE_BITS, seL4_AllRights) == seL4_NoError &&
                     seL4_CNode_Copy(ROOT, thread->sched_context, seL4_WordBits, world.hostile,
                                     first + 1, HOSTILE_BITS, seL4_AllRights) == seL4_NoError,
                 "copy a worker's capabilities");
}

static void worker_make(const struct settings *settings, uint64_t number, unsigned w)
{
    make_pages(w);
    make_thread(w);
    world.thread[w].counted = 0;
    world.thread[w].worker->index = w;
    world.thread[w].worker->dice = dice_new(settings->seed, number, w);
}

bool world_restart(unsigned w)
{
    seL4_UserContext context;

    memset(&context, 0, sizeof(context));
    context.rip = (uintptr_t)worker_begin;
    context.rsp = worker_page_address(w, PAGE_STACK) + PAGE_BYTES - 8;
    context.rflags = 0x202;
    context.rdi = worker_page_address(w, PAGE_CONTROL);
    return seL4_TCB_WriteRegisters(world.thread[w].tcb, 1, 0, sizeof(context) / sizeof(seL4_Word),
                                   &context) == seL4_NoError;
}

/* Where the profile has single stepping and breakpoints, ends both. */
static void end_debugging(seL4_CPtr tcb)
{
    const bool has_breakpoints = TCBSetTLSBase - TCBUnbindNotification > 1;

    if (has_breakpoints) {
        for (unsigned i = 0; i < 4; i++) {
            seL4_SetMR(0, i);
            (void)seL4_Call(tcb, seL4_MessageInfo_new(TCBUnbindNotification + 3, 0, 0, 1));
        }
        seL4_SetMR(0, 0);
        seL4_SetMR(1, 0);
        (void)seL4_Call(tcb, seL4_MessageInfo_new(TCBUnbindNotification + 4, 0, 0, 2));
    }
}

static bool give_time(const struct thread *thread)
{
    struct dice *dice = &world.dice;
    const seL4_Time budget = 50 + dice_below(dice, 2000);
    const seL4_Time period = budget * (1 + dice_below(dice, 4));

    (void)seL4_SchedContext_Unbind(thread->sched_context);
    return seL4_SchedControl_ConfigureFlags(
               supply_boot()->schedcontrol.start, thread->sched_context, budget, period,
               dice_below(dice, 3), 7, dice_below(dice, 2)) == seL4_NoError;
}

/* Time, room and registers, in this order; the first that is refused ends it. */
static const char *try_revive(unsigned w)
{
    const struct thread *thread = &world.thread[w];
    const seL4_CPtr vspace = world.vspace[w % SPACE_COUNT];
    const seL4_Word priority = 20 + dice_below(&world.dice, PRIORITY_WORKERS - 20);

    if (seL4_TCB_Suspend(thread->tcb) != seL4_NoError) {
        return "suspend";
    }
    if (!give_time(thread)) {
        return "configure the scheduling context";
    }
    (void)seL4_TCB_UnbindNotification(thread->tcb);
    (void)seL4_TCB_SetFlags(thread->tcb, ~0ull, 0);
    end_debugging(thread->tcb);
    if (seL4_TCB_Configure(thread->tcb, world.space, guard(0, SPACE_GUARD_BITS), vspace, 0,
                           worker_page_address(w, PAGE_BUFFER), thread->buffer) != seL4_NoError) {
        return "configure";
    }
    if (seL4_TCB_SetSchedParams(thread->tcb, seL4_CapInitThreadTCB, PRIORITY_WORKERS, priority,
                                thread->sched_context,
                                world.fault_endpoint + 1 + w) != seL4_NoError) {
        return "schedule";
    }
    if (seL4_TCB_SetTimeoutEndpoint(thread->tcb, dice_percent(&world.dice, 30)
                                                     ? world.fault_endpoint + 1 + w
                                                     : seL4_CapNull) != seL4_NoError) {
        return "set the timeout endpoint";
    }
    return world_restart(w) ? NULL : "write registers";
}

bool world_revive(unsigned w)
{
    return try_revive(w) == NULL;
}

/* ---- life and death ---- */

static void make_shared(void)
{
    world.hostile = arena_object(seL4_CapTableObject, HOSTILE_BITS);
    world.shared_frame = arena_object(seL4_X86_4K, 0);
    world.shared = window_map(world.shared_frame, PLACE_SHARED);
    world.next = 1;
    world.reply = arena_object(seL4_ReplyObject, 0);
}

/* The frame of the hints is mapped for the supervisor; the workers get copies. */
static void map_shared(void)
{
    const seL4_CPtr noise = arena_object(seL4_X86_4K, 0);

    map_shared_frame(arena_copy(world.shared_frame, seL4_AllRights, 0), SHARED_ADDRESS);
    fill_noise(noise);
    map_shared_frame(noise, NOISE_ADDRESS);
    give(noise, KIND_FRAME);
}

void world_build(const struct settings *settings, uint64_t number)
{
    world.dice = dice_new(settings->seed, number, WORKER_COUNT);
    make_shared();
    for (unsigned i = 0; i < SPACE_COUNT; i++) {
        world.vspace[i] = vspace_new(i == SPACE_COUNT - 1);
    }
    map_shared();
    map_top();
    build_space();
    give(world.hostile, KIND_CNODE);
    give(world.hostile, KIND_CNODE);
    give_communication();
    give_memory(number);
    for (unsigned w = 0; w < WORKER_COUNT; w++) {
        worker_make(settings, number, w);
    }
    give_new(PUPPETS, KIND_TCB, seL4_TCBObject, 0);
    give_new(PUPPETS, KIND_SCHED_CONTEXT, seL4_SchedContextObject, seL4_MinSchedContextBits);
    for (unsigned w = 0; w < WORKER_COUNT; w++) {
        const char *refused = try_revive(w);

        supply_check(refused == NULL, refused);
    }
}

void world_destroy(void)
{
    canaries_check();
    arena_empty();
}

static void move_control(seL4_CPtr cap, unsigned slot)
{
    supply_check(seL4_CNode_Move(world.controls, slot, CONTROL_BITS, ROOT, cap, seL4_WordBits) ==
                     seL4_NoError,
                 "move a control");
}

void world_init(seL4_CPtr fault_endpoint)
{
    world.fault_endpoint = fault_endpoint;
    for (unsigned w = 0; w < WORKER_COUNT; w++) {
        /* Consecutive slots: world_revive() counts on it. */
        supply_check(supply_copy(fault_endpoint, seL4_AllRights, w + 1) == fault_endpoint + 1 + w,
                     "badge the fault endpoint");
    }
    world.controls = supply_object(seL4_CapTableObject, CONTROL_BITS);
    move_control(seL4_CapIRQControl, CONTROL_IRQ);
    move_control(seL4_CapIOPortControl, CONTROL_IO_PORT);
    give_into(world.controls, CONTROL_BITS, CONTROL_ASID, seL4_CapASIDControl, seL4_AllRights, 0);
    give_into(world.controls, CONTROL_BITS, CONTROL_ASID_POOL, seL4_CapInitThreadASIDPool,
              seL4_AllRights, 0);
    give_into(world.controls, CONTROL_BITS, CONTROL_SCHED, supply_boot()->schedcontrol.start,
              seL4_AllRights, 0);
}

struct worker *world_worker(unsigned worker)
{
    return world.thread[worker].worker;
}

seL4_CPtr world_tcb(unsigned worker)
{
    return world.thread[worker].tcb;
}

seL4_CPtr world_reply(void)
{
    return world.reply;
}

/* Its own page is the worker's to spoil: a count that jumps is not believed. */
uint64_t world_new_calls(unsigned w)
{
    struct thread *thread = &world.thread[w];
    const uint64_t new = thread->worker->calls - thread->counted;

    thread->counted += new;
    return new < CALLS_BELIEVED ? new : 0;
}
