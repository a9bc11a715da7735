// SPDX-License-Identifier: BSD-2-Clause
/*
 * Every refusal of the TCB methods, in the order of the checks: an attempt is
 * also wrong in what is checked later, so that a check in the wrong place shows.
 */
#include <harness/suite.h>

#define REGISTERS (sizeof(seL4_UserContext) / sizeof(seL4_Word))
#define BUFFER    0x10000000ull /* aligned as an IPC buffer must be; nothing has to be there */
#define UNALIGNED (BUFFER + 512)

/* An authority that is good up to this. */
enum { MCP = 50 };

static seL4_CPtr authority_new(void)
{
    const seL4_CPtr tcb = tcb_new();

    OK(seL4_TCB_SetMCPriority(tcb, OWN_TCB, MCP));
    return tcb;
}

/* ---- registers ---- */

REFUSED("kernel.tcb.read_registers.truncated", TCBReadRegisters, 1, TRUNCATED)
{
    return INVOKE(OWN_TCB, TCBReadRegisters, WORDS(0, 0), .cut = 1);
}

REFUSED("kernel.tcb.read_registers.count_zero", TCBReadRegisters, 2, RANGE_ERROR(1, REGISTERS))
{
    return INVOKE(OWN_TCB, TCBReadRegisters, WORDS(0, 0));
}

REFUSED("kernel.tcb.read_registers.count_large", TCBReadRegisters, 2, RANGE_ERROR(1, REGISTERS))
{
    return INVOKE(OWN_TCB, TCBReadRegisters, WORDS(0, REGISTERS + 1));
}

REFUSED("kernel.tcb.read_registers.self", TCBReadRegisters, 3, ILLEGAL_OPERATION)
{
    return INVOKE(OWN_TCB, TCBReadRegisters, WORDS(1, REGISTERS));
}

REFUSED("kernel.tcb.write_registers.truncated", TCBWriteRegisters, 1, TRUNCATED)
{
    return INVOKE(OWN_TCB, TCBWriteRegisters, WORDS(0, 0), .cut = 1);
}

REFUSED("kernel.tcb.write_registers.fewer_than_count", TCBWriteRegisters, 2, TRUNCATED)
{
    return INVOKE(OWN_TCB, TCBWriteRegisters, WORDS(0, 3, 0, 0));
}

REFUSED("kernel.tcb.write_registers.self", TCBWriteRegisters, 3, ILLEGAL_OPERATION)
{
    return INVOKE(OWN_TCB, TCBWriteRegisters, WORDS(0, 1, 0));
}

REFUSED("kernel.tcb.copy_registers.truncated", TCBCopyRegisters, 1, TRUNCATED)
{
    return INVOKE(tcb_new(), TCBCopyRegisters, WORDS(0), CAPS(NOTHING), .cut = 1);
}

REFUSED("kernel.tcb.copy_registers.no_source", TCBCopyRegisters, 1, TRUNCATED)
{
    return INVOKE(tcb_new(), TCBCopyRegisters, WORDS(0));
}

REFUSED("kernel.tcb.copy_registers.source_no_tcb", TCBCopyRegisters, 2, INVALID_CAPABILITY(1))
{
    return INVOKE(tcb_new(), TCBCopyRegisters, WORDS(0), CAPS(endpoint_new()));
}

/* ---- Configure ---- */

static struct reply configure(seL4_Word data, seL4_Word buffer, seL4_CPtr cspace, seL4_CPtr vspace,
                              seL4_CPtr frame)
{
    return INVOKE(tcb_new(), TCBConfigure, WORDS(data, 0, buffer), CAPS(cspace, vspace, frame));
}

REFUSED("kernel.tcb.configure.truncated", TCBConfigure, 1, TRUNCATED)
{
    return INVOKE(tcb_new(), TCBConfigure, WORDS(0, 0, UNALIGNED), CAPS(NOTHING, NOTHING, NOTHING),
                  .cut = 1);
}

REFUSED("kernel.tcb.configure.two_caps", TCBConfigure, 1, TRUNCATED)
{
    return INVOKE(tcb_new(), TCBConfigure, WORDS(0, 0, UNALIGNED), CAPS(NOTHING, NOTHING));
}

REFUSED("kernel.tcb.configure.frame_not_derivable", TCBConfigure, 2, REVOKE_FIRST)
{
    return configure(0, UNALIGNED, NOTHING, NOTHING, untyped_with_child());
}

REFUSED("kernel.tcb.configure.no_frame", TCBConfigure, 3, ILLEGAL_OPERATION)
{
    return configure(0, UNALIGNED, untyped_with_child(), NOTHING, endpoint_new());
}

REFUSED("kernel.tcb.configure.null_frame", TCBConfigure, 3, ILLEGAL_OPERATION)
{
    return configure(0, BUFFER, OWN_CNODE, OWN_VSPACE, NOTHING);
}

REFUSED("kernel.tcb.configure.device_frame", TCBConfigure, 4, ILLEGAL_OPERATION)
{
    return configure(0, UNALIGNED, untyped_with_child(), NOTHING, device_frame_new());
}

REFUSED("kernel.tcb.configure.buffer_unaligned", TCBConfigure, 5, ALIGNMENT_ERROR)
{
    return configure(0, UNALIGNED, untyped_with_child(), NOTHING, frame_new());
}

REFUSED("kernel.tcb.configure.cspace_not_derivable", TCBConfigure, 7, REVOKE_FIRST)
{
    return configure(0, 0, untyped_with_child(), endpoint_new(), NOTHING);
}

REFUSED("kernel.tcb.configure.cspace_no_cnode", TCBConfigure, 8, ILLEGAL_OPERATION)
{
    return configure(0, 0, endpoint_new(), untyped_with_child(), NOTHING);
}

/* A guard that does not fit beside the slot bits makes a null capability. */
REFUSED("kernel.tcb.configure.cspace_guard_too_long", TCBConfigure, 8, ILLEGAL_OPERATION)
{
    return configure(63, 0, cnode_new(2), untyped_with_child(), NOTHING);
}

REFUSED("kernel.tcb.configure.vspace_not_derivable", TCBConfigure, 9, REVOKE_FIRST)
{
    return configure(0, 0, OWN_CNODE, untyped_with_child(), NOTHING);
}

REFUSED("kernel.tcb.configure.vspace_unassigned", TCBConfigure, 9, ILLEGAL_OPERATION)
{
    return configure(0, 0, OWN_CNODE, object_new(seL4_X64_PML4Object, 0), NOTHING);
}

REFUSED("kernel.tcb.configure.vspace_no_root", TCBConfigure, 10, ILLEGAL_OPERATION)
{
    return configure(0, 0, OWN_CNODE, endpoint_new(), NOTHING);
}

/* ---- priorities ---- */

REFUSED("kernel.tcb.set_priority.truncated", TCBSetPriority, 1, TRUNCATED)
{
    return INVOKE(tcb_new(), TCBSetPriority, WORDS(256), CAPS(NOTHING), .cut = 1);
}

REFUSED("kernel.tcb.set_priority.no_authority", TCBSetPriority, 1, TRUNCATED)
{
    return INVOKE(tcb_new(), TCBSetPriority, WORDS(256));
}

REFUSED("kernel.tcb.set_priority.authority_no_tcb", TCBSetPriority, 2, INVALID_CAPABILITY(1))
{
    return INVOKE(tcb_new(), TCBSetPriority, WORDS(256), CAPS(endpoint_new()));
}

REFUSED("kernel.tcb.set_priority.above_authority", TCBSetPriority, 3, RANGE_ERROR(0, MCP))
{
    return INVOKE(tcb_new(), TCBSetPriority, WORDS(MCP + 1), CAPS(authority_new()));
}

REFUSED("kernel.tcb.set_priority.above_all", TCBSetPriority, 3, RANGE_ERROR(0, seL4_MaxPrio))
{
    return INVOKE(tcb_new(), TCBSetPriority, WORDS(seL4_MaxPrio + 1), CAPS(OWN_TCB));
}

REFUSED("kernel.tcb.set_mc_priority.truncated", TCBSetMCPriority, 1, TRUNCATED)
{
    return INVOKE(tcb_new(), TCBSetMCPriority, WORDS(256), CAPS(NOTHING), .cut = 1);
}

REFUSED("kernel.tcb.set_mc_priority.no_authority", TCBSetMCPriority, 1, TRUNCATED)
{
    return INVOKE(tcb_new(), TCBSetMCPriority, WORDS(256));
}

REFUSED("kernel.tcb.set_mc_priority.authority_no_tcb", TCBSetMCPriority, 2, INVALID_CAPABILITY(1))
{
    return INVOKE(tcb_new(), TCBSetMCPriority, WORDS(256), CAPS(endpoint_new()));
}

REFUSED("kernel.tcb.set_mc_priority.above_authority", TCBSetMCPriority, 3, RANGE_ERROR(0, MCP))
{
    return INVOKE(tcb_new(), TCBSetMCPriority, WORDS(MCP + 1), CAPS(authority_new()));
}

REFUSED("kernel.tcb.set_mc_priority.whole_word", TCBSetMCPriority, 3, RANGE_ERROR(0, seL4_MaxPrio))
{
    return INVOKE(tcb_new(), TCBSetMCPriority, WORDS(1ull << 32), CAPS(OWN_TCB));
}

/* ---- SetSchedParams ---- */

static struct reply set_params(seL4_CPtr tcb, seL4_Word mcp, seL4_Word priority,
                               seL4_CPtr authority, seL4_CPtr sc, seL4_CPtr faults)
{
    return INVOKE(tcb, TCBSetSchedParams, WORDS(mcp, priority), CAPS(authority, sc, faults));
}

REFUSED("kernel.tcb.set_sched_params.truncated", TCBSetSchedParams, 1, TRUNCATED)
{
    return INVOKE(tcb_new(), TCBSetSchedParams, WORDS(256, 256), CAPS(NOTHING, NOTHING, NOTHING),
                  .cut = 1);
}

REFUSED("kernel.tcb.set_sched_params.two_caps", TCBSetSchedParams, 1, TRUNCATED)
{
    return INVOKE(tcb_new(), TCBSetSchedParams, WORDS(256, 256), CAPS(NOTHING, NOTHING));
}

REFUSED("kernel.tcb.set_sched_params.authority_no_tcb", TCBSetSchedParams, 2, INVALID_CAPABILITY(1))
{
    return set_params(tcb_new(), 256, 256, NOTHING, endpoint_new(), tcb_new());
}

REFUSED("kernel.tcb.set_sched_params.mcp_above_authority", TCBSetSchedParams, 3,
        RANGE_ERROR(0, MCP))
{
    return set_params(tcb_new(), MCP + 1, MCP, authority_new(), endpoint_new(), tcb_new());
}

REFUSED("kernel.tcb.set_sched_params.priority_above_authority", TCBSetSchedParams, 4,
        RANGE_ERROR(0, MCP))
{
    return set_params(tcb_new(), MCP, MCP + 1, authority_new(), endpoint_new(), tcb_new());
}

REFUSED("kernel.tcb.set_sched_params.has_another_sc", TCBSetSchedParams, 5, ILLEGAL_OPERATION)
{
    return set_params(thread_at(PRIORITY)->tcb, 0, 0, OWN_TCB, sc_new(), tcb_new());
}

REFUSED("kernel.tcb.set_sched_params.sc_of_another", TCBSetSchedParams, 6, ILLEGAL_OPERATION)
{
    return set_params(tcb_new(), 0, 0, OWN_TCB, seL4_CapInitThreadSC, tcb_new());
}

REFUSED("kernel.tcb.set_sched_params.blocked_and_sc_inactive", TCBSetSchedParams, 7,
        ILLEGAL_OPERATION)
{
    return set_params(passive_thread_blocked()->tcb, 0, 0, OWN_TCB, sc_new(), tcb_new());
}

REFUSED("kernel.tcb.set_sched_params.blocked_and_sc_not_due", TCBSetSchedParams, 7,
        ILLEGAL_OPERATION)
{
    return set_params(passive_thread_blocked()->tcb, 0, 0, OWN_TCB, sc_new_spent(), tcb_new());
}

REFUSED("kernel.tcb.set_sched_params.own_sc_away", TCBSetSchedParams, 8, ILLEGAL_OPERATION)
{
    return set_params(OWN_TCB, 255, 255, OWN_TCB, NOTHING, tcb_new());
}

REFUSED("kernel.tcb.set_sched_params.sc_of_wrong_type", TCBSetSchedParams, 9, INVALID_CAPABILITY(2))
{
    return set_params(tcb_new(), 0, 0, OWN_TCB, endpoint_new(), tcb_new());
}

REFUSED("kernel.tcb.set_sched_params.handler_of_wrong_type", TCBSetSchedParams, 10,
        INVALID_CAPABILITY(3))
{
    return set_params(tcb_new(), 0, 0, OWN_TCB, NOTHING, notification_new());
}

REFUSED("kernel.tcb.set_sched_params.handler_without_send", TCBSetSchedParams, 10,
        INVALID_CAPABILITY(3))
{
    return set_params(tcb_new(), 0, 0, OWN_TCB, NOTHING,
                      with_rights(endpoint_new(), seL4_CapRights_new(1, 1, 1, 0)));
}

REFUSED("kernel.tcb.set_sched_params.handler_without_grant", TCBSetSchedParams, 10,
        INVALID_CAPABILITY(3))
{
    return set_params(tcb_new(), 0, 0, OWN_TCB, NOTHING,
                      with_rights(endpoint_new(), seL4_ReadWrite));
}

/* ---- handlers, buffer, spaces ---- */

REFUSED("kernel.tcb.set_timeout_endpoint.truncated", TCBSetTimeoutEndpoint, 1, TRUNCATED)
{
    return INVOKE(tcb_new(), TCBSetTimeoutEndpoint, WORDS());
}

REFUSED("kernel.tcb.set_timeout_endpoint.wrong_type", TCBSetTimeoutEndpoint, 2,
        INVALID_CAPABILITY(1))
{
    return INVOKE(tcb_new(), TCBSetTimeoutEndpoint, WORDS(), CAPS(notification_new()));
}

REFUSED("kernel.tcb.set_timeout_endpoint.without_grant", TCBSetTimeoutEndpoint, 2,
        INVALID_CAPABILITY(1))
{
    return INVOKE(tcb_new(), TCBSetTimeoutEndpoint, WORDS(),
                  CAPS(with_rights(endpoint_new(), seL4_ReadWrite)));
}

REFUSED("kernel.tcb.set_timeout_endpoint.without_send", TCBSetTimeoutEndpoint, 2,
        INVALID_CAPABILITY(1))
{
    return INVOKE(tcb_new(), TCBSetTimeoutEndpoint, WORDS(),
                  CAPS(with_rights(endpoint_new(), seL4_NoWrite)));
}

REFUSED("kernel.tcb.set_ipc_buffer.truncated", TCBSetIPCBuffer, 1, TRUNCATED)
{
    return INVOKE(tcb_new(), TCBSetIPCBuffer, WORDS(UNALIGNED), CAPS(NOTHING), .cut = 1);
}

REFUSED("kernel.tcb.set_ipc_buffer.no_frame_given", TCBSetIPCBuffer, 1, TRUNCATED)
{
    return INVOKE(tcb_new(), TCBSetIPCBuffer, WORDS(UNALIGNED));
}

REFUSED("kernel.tcb.set_ipc_buffer.not_derivable", TCBSetIPCBuffer, 2, REVOKE_FIRST)
{
    return INVOKE(tcb_new(), TCBSetIPCBuffer, WORDS(UNALIGNED), CAPS(untyped_with_child()));
}

REFUSED("kernel.tcb.set_ipc_buffer.no_frame", TCBSetIPCBuffer, 3, ILLEGAL_OPERATION)
{
    return INVOKE(tcb_new(), TCBSetIPCBuffer, WORDS(UNALIGNED), CAPS(endpoint_new()));
}

REFUSED("kernel.tcb.set_ipc_buffer.device_frame", TCBSetIPCBuffer, 4, ILLEGAL_OPERATION)
{
    return INVOKE(tcb_new(), TCBSetIPCBuffer, WORDS(UNALIGNED), CAPS(device_frame_new()));
}

REFUSED("kernel.tcb.set_ipc_buffer.unaligned", TCBSetIPCBuffer, 5, ALIGNMENT_ERROR)
{
    return INVOKE(tcb_new(), TCBSetIPCBuffer, WORDS(UNALIGNED), CAPS(frame_new()));
}

static struct reply set_space(seL4_Word data, seL4_CPtr faults, seL4_CPtr cspace, seL4_CPtr vspace)
{
    return INVOKE(tcb_new(), TCBSetSpace, WORDS(data, 0), CAPS(faults, cspace, vspace));
}

REFUSED("kernel.tcb.set_space.truncated", TCBSetSpace, 1, TRUNCATED)
{
    return INVOKE(tcb_new(), TCBSetSpace, WORDS(0, 0), CAPS(NOTHING, NOTHING, NOTHING), .cut = 1);
}

REFUSED("kernel.tcb.set_space.two_caps", TCBSetSpace, 1, TRUNCATED)
{
    return INVOKE(tcb_new(), TCBSetSpace, WORDS(0, 0), CAPS(NOTHING, NOTHING));
}

REFUSED("kernel.tcb.set_space.cspace_not_derivable", TCBSetSpace, 3, REVOKE_FIRST)
{
    return set_space(0, tcb_new(), untyped_with_child(), NOTHING);
}

REFUSED("kernel.tcb.set_space.cspace_no_cnode", TCBSetSpace, 4, ILLEGAL_OPERATION)
{
    return set_space(0, tcb_new(), NOTHING, untyped_with_child());
}

REFUSED("kernel.tcb.set_space.cspace_guard_too_long", TCBSetSpace, 4, ILLEGAL_OPERATION)
{
    return set_space(61, tcb_new(), cnode_new(4), untyped_with_child());
}

REFUSED("kernel.tcb.set_space.vspace_not_derivable", TCBSetSpace, 5, REVOKE_FIRST)
{
    return set_space(0, tcb_new(), OWN_CNODE, untyped_with_child());
}

REFUSED("kernel.tcb.set_space.vspace_no_root", TCBSetSpace, 6, ILLEGAL_OPERATION)
{
    return set_space(0, tcb_new(), OWN_CNODE, OWN_CNODE);
}

REFUSED("kernel.tcb.set_space.handler_of_wrong_type", TCBSetSpace, 7, INVALID_CAPABILITY(1))
{
    return set_space(0, tcb_new(), OWN_CNODE, OWN_VSPACE);
}

REFUSED("kernel.tcb.set_space.handler_without_grant", TCBSetSpace, 7, INVALID_CAPABILITY(1))
{
    return set_space(0, with_rights(endpoint_new(), seL4_ReadWrite), OWN_CNODE, OWN_VSPACE);
}

/* ---- bound notifications ---- */

REFUSED("kernel.tcb.bind_notification.truncated", TCBBindNotification, 1, TRUNCATED)
{
    const seL4_CPtr tcb = tcb_new();

    OK(seL4_TCB_BindNotification(tcb, notification_new()));
    return INVOKE(tcb, TCBBindNotification, WORDS());
}

REFUSED("kernel.tcb.bind_notification.twice", TCBBindNotification, 2, ILLEGAL_OPERATION)
{
    const seL4_CPtr tcb = tcb_new();

    OK(seL4_TCB_BindNotification(tcb, notification_new()));
    return INVOKE(tcb, TCBBindNotification, WORDS(), CAPS(notification_new()));
}

REFUSED("kernel.tcb.bind_notification.wrong_type", TCBBindNotification, 3, ILLEGAL_OPERATION)
{
    return INVOKE(tcb_new(), TCBBindNotification, WORDS(), CAPS(endpoint_new()));
}

REFUSED("kernel.tcb.bind_notification.without_read", TCBBindNotification, 4, ILLEGAL_OPERATION)
{
    return INVOKE(tcb_new(), TCBBindNotification, WORDS(),
                  CAPS(with_rights(notification_new(), seL4_CanWrite)));
}

REFUSED("kernel.tcb.bind_notification.bound_elsewhere", TCBBindNotification, 5, ILLEGAL_OPERATION)
{
    const seL4_CPtr notification = notification_new();

    OK(seL4_TCB_BindNotification(tcb_new(), notification));
    return INVOKE(tcb_new(), TCBBindNotification, WORDS(), CAPS(notification));
}

REFUSED("kernel.tcb.bind_notification.has_waiters", TCBBindNotification, 5, ILLEGAL_OPERATION)
{
    const seL4_CPtr notification = notification_new();

    thread_run(PRIORITY, thread_body_wait, (void *)notification);
    settle();
    return INVOKE(tcb_new(), TCBBindNotification, WORDS(), CAPS(notification));
}

REFUSED("kernel.tcb.unbind_notification.none", TCBUnbindNotification, 1, ILLEGAL_OPERATION)
{
    return INVOKE(tcb_new(), TCBUnbindNotification, WORDS());
}

/* ---- small ones ---- */

REFUSED("kernel.tcb.set_tls_base.truncated", TCBSetTLSBase, 1, TRUNCATED)
{
    return INVOKE(tcb_new(), TCBSetTLSBase, WORDS());
}

REFUSED("kernel.tcb.set_flags.truncated", TCBSetFlags, 1, TRUNCATED)
{
    return INVOKE(tcb_new(), TCBSetFlags, WORDS(0, 0), .cut = 1);
}
