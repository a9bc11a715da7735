// SPDX-License-Identifier: BSD-2-Clause
/* I/O ports: issuing ranges, every refusal, and access. */
#include <harness/suite.h>

/* Nothing listens there, but for the clock's index and data port. */
enum { FIRST = 0x680, LAST = 0x687, CMOS = 0x70, CMOS_DATA = 0x71 };

static struct reply issue(seL4_Word first, seL4_Word last, seL4_CPtr root, seL4_Word slot,
                          seL4_Word depth)
{
    return INVOKE(seL4_CapIOPortControl, X86IOPortControlIssue, WORDS(first, last, slot, depth),
                  CAPS(root));
}

static seL4_CPtr ports_new(seL4_Word first, seL4_Word last)
{
    const seL4_CPtr slot = slot_new();

    CHECK_REPLY(issue(first, last, OWN_CNODE, slot, DEPTH), SUCCESS());
    return slot;
}

REFUSED("kernel.io_port.control.unknown_label", X86IOPortControlIssue, 1, ILLEGAL_OPERATION)
{
    return INVOKE(seL4_CapIOPortControl, X86IOPortIn8, WORDS());
}

REFUSED("kernel.io_port.issue.truncated", X86IOPortControlIssue, 2, TRUNCATED)
{
    return INVOKE(seL4_CapIOPortControl, X86IOPortControlIssue, WORDS(LAST, FIRST, 0, 0),
                  CAPS(NOTHING), .cut = 1);
}

REFUSED("kernel.io_port.issue.no_root_given", X86IOPortControlIssue, 2, TRUNCATED)
{
    return INVOKE(seL4_CapIOPortControl, X86IOPortControlIssue, WORDS(LAST, FIRST, 0, 0));
}

REFUSED("kernel.io_port.issue.backwards", X86IOPortControlIssue, 3, INVALID_ARGUMENT(1))
{
    ports_new(FIRST, LAST);
    return issue(FIRST, FIRST - 1, NOTHING, 0, 0);
}

REFUSED("kernel.io_port.issue.issued_already", X86IOPortControlIssue, 4, REVOKE_FIRST)
{
    ports_new(FIRST, LAST);
    return issue(FIRST, LAST, NOTHING, 0, 0);
}

TEST("kernel.io_port.issue.any_overlap")
{
    static const struct {
        seL4_Word first, last;
    } ranges[] = {{FIRST - 4, FIRST}, {LAST, LAST + 4}, {FIRST + 2, FIRST + 2}, {0, 0xffff}};

    ports_new(FIRST, LAST);
    for (unsigned i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        CHECK_REPLY(issue(ranges[i].first, ranges[i].last, NOTHING, 0, 0), REVOKE_FIRST);
    }
    ports_new(LAST + 1, LAST + 1);
    ports_new(FIRST - 1, FIRST - 1);
}

REFUSED("kernel.io_port.issue.root_no_cnode", X86IOPortControlIssue, 5, NO_ROOT(0))
{
    return issue(FIRST, LAST, tcb_new(), 0, 0);
}

REFUSED("kernel.io_port.issue.depth", X86IOPortControlIssue, 5, RANGE_ERROR(1, 64))
{
    return issue(FIRST, LAST, OWN_CNODE, 0, 0);
}

REFUSED("kernel.io_port.issue.slot_taken", X86IOPortControlIssue, 6, DELETE_FIRST)
{
    return issue(FIRST, LAST, OWN_CNODE, OWN_TCB, DEPTH);
}

TEST("kernel.io_port.issue.refusal_leaves_no_trace")
{
    COVERS("X86IOPortControlIssue.0");

    CHECK_REPLY(issue(FIRST, LAST, OWN_CNODE, OWN_TCB, DEPTH), DELETE_FIRST);
    ports_new(FIRST, LAST);
}

TEST("kernel.io_port.issue.low_sixteen_bits")
{
    const seL4_CPtr slot = slot_new();

    CHECK_REPLY(issue(0x10000 | FIRST, 0x20000 | LAST, OWN_CNODE, slot, DEPTH), SUCCESS());
    CHECK_REPLY(INVOKE(slot, X86IOPortIn8, WORDS(LAST)), SUCCESS(0xff));
}

TEST("kernel.io_port.issue.one_port_and_the_last")
{
    CHECK_REPLY(INVOKE(ports_new(0xffff, 0xffff), X86IOPortIn8, WORDS(0xffff)), SUCCESS(0xff));
}

TEST("kernel.io_port.issue.ports_of_system_devices")
{
    ports_new(0xcf8, 0xcff);
    ports_new(0x40, 0x43);
    ports_new(0x3f8, 0x3ff);
    ports_new(0x20, 0x21);
}

TEST("kernel.io_port.free_when_all_copies_are_gone")
{
    const seL4_CPtr cap = ports_new(FIRST, LAST), copy = copy_of(cap);

    cap_delete(cap);
    CHECK_REPLY(issue(FIRST, LAST, NOTHING, 0, 0), REVOKE_FIRST);
    cap_delete(copy);
    ports_new(FIRST, LAST);
}

/* Not the control capability itself: the harness reports through one of its children. */
TEST("kernel.io_port.copies_are_children")
{
    const seL4_CPtr cap = ports_new(FIRST, LAST), copy = copy_of(cap);

    cap_revoke(cap);
    CHECK(slot_is_empty(copy));
    CHECK(!slot_is_empty(cap));
}

/* ---- access ---- */

static const struct {
    seL4_Word in, out, bytes;
} widths[] = {{X86IOPortIn8, X86IOPortOut8, 1},
              {X86IOPortIn16, X86IOPortOut16, 2},
              {X86IOPortIn32, X86IOPortOut32, 4}};

#define FOR_EACH_WIDTH(w) for (unsigned w = 0; w < sizeof(widths) / sizeof(widths[0]); w++)

TEST("kernel.io_port.access.truncated")
{
    COVERS("X86IOPortIn8.1");
    COVERS("X86IOPortIn16.1");
    COVERS("X86IOPortIn32.1");
    COVERS("X86IOPortOut8.1");
    COVERS("X86IOPortOut16.1");
    COVERS("X86IOPortOut32.1");
    const seL4_CPtr cap = ports_new(FIRST, LAST);

    FOR_EACH_WIDTH(w)
    {
        CHECK_REPLY(INVOKE(cap, widths[w].in, WORDS(0), .cut = 1), TRUNCATED);
        CHECK_REPLY(INVOKE(cap, widths[w].out, WORDS(0, 0), .cut = 1), TRUNCATED);
    }
}

TEST("kernel.io_port.access.outside")
{
    COVERS("X86IOPortIn8.2");
    COVERS("X86IOPortIn16.2");
    COVERS("X86IOPortIn32.2");
    COVERS("X86IOPortOut8.2");
    COVERS("X86IOPortOut16.2");
    COVERS("X86IOPortOut32.2");
    const seL4_CPtr cap = ports_new(FIRST, LAST);

    FOR_EACH_WIDTH(w)
    {
        const seL4_Word beyond = LAST + 2 - widths[w].bytes;

        CHECK_REPLY(INVOKE(cap, widths[w].in, WORDS(FIRST - 1)), ILLEGAL_OPERATION);
        CHECK_REPLY(INVOKE(cap, widths[w].out, WORDS(FIRST - 1, 0)), ILLEGAL_OPERATION);
        CHECK_REPLY(INVOKE(cap, widths[w].in, WORDS(beyond)), ILLEGAL_OPERATION);
        CHECK_REPLY(INVOKE(cap, widths[w].out, WORDS(beyond, 0)), ILLEGAL_OPERATION);
    }
}

/* Wider accesses at the end of the ports would wrap around. */
TEST("kernel.io_port.access.past_the_last_port")
{
    const seL4_CPtr cap = ports_new(0xfffe, 0xffff);

    CHECK_REPLY(INVOKE(cap, X86IOPortIn16, WORDS(0xffff)), ILLEGAL_OPERATION);
    CHECK_REPLY(INVOKE(cap, X86IOPortIn32, WORDS(0xfffe)), ILLEGAL_OPERATION);
    CHECK_REPLY(INVOKE(cap, X86IOPortIn16, WORDS(0xfffe)), SUCCESS(0xffff));
}

TEST("kernel.io_port.access.whole_range")
{
    COVERS("X86IOPortIn8.0");
    COVERS("X86IOPortIn16.0");
    COVERS("X86IOPortIn32.0");
    const seL4_CPtr cap = ports_new(FIRST, LAST);

    FOR_EACH_WIDTH(w)
    {
        const seL4_Word all = widths[w].bytes == 4 ? 0xffffffff : (1ull << 8 * widths[w].bytes) - 1;

        CHECK_REPLY(INVOKE(cap, widths[w].in, WORDS(FIRST)), SUCCESS(all));
        CHECK_REPLY(INVOKE(cap, widths[w].in, WORDS(LAST + 1 - widths[w].bytes)), SUCCESS(all));
    }
}

/* The clock's battery memory keeps what is written; its upper words of the port are dropped. */
TEST("kernel.io_port.access.round_trip")
{
    COVERS("X86IOPortOut8.0");
    const seL4_CPtr cap = ports_new(CMOS, CMOS_DATA);

    CHECK_REPLY(INVOKE(cap, X86IOPortOut8, WORDS(CMOS, 0x40)), SUCCESS());
    CHECK_REPLY(INVOKE(cap, X86IOPortOut8, WORDS(0x10000 | CMOS_DATA, 0x15a)), SUCCESS());
    CHECK_REPLY(INVOKE(cap, X86IOPortIn8, WORDS(0x10000 | CMOS_DATA)), SUCCESS(0x5a));
}

/* PCI configuration: an address register of 32 bits, read back. */
TEST("kernel.io_port.access.round_trip_wide")
{
    COVERS("X86IOPortOut16.0");
    COVERS("X86IOPortOut32.0");
    const seL4_CPtr cap = ports_new(0xcf8, 0xcff);

    CHECK_REPLY(INVOKE(cap, X86IOPortOut32, WORDS(0xcf8, 0xff80000000)), SUCCESS());
    CHECK_REPLY(INVOKE(cap, X86IOPortIn32, WORDS(0xcf8)), SUCCESS(0x80000000));
    CHECK_REPLY(INVOKE(cap, X86IOPortOut16, WORDS(0xcfc, 0x1234)), SUCCESS());
    CHECK_REPLY(INVOKE(cap, X86IOPortIn16, WORDS(0xcfc)), SUCCESS(0x8086));
}

TEST("kernel.io_port.unknown_label")
{
    const seL4_CPtr cap = ports_new(FIRST, LAST);

    CHECK_REPLY(INVOKE(cap, X86IOPortControlIssue, WORDS(FIRST, 0)), ILLEGAL_OPERATION);
    CHECK_REPLY(INVOKE(cap, X86IOPortOut32 + 1, WORDS(FIRST, 0)), ILLEGAL_OPERATION);
}
