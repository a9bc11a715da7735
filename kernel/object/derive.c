// SPDX-License-Identifier: BSD-2-Clause
#include "object/derive.h"

#include "core/derivation.h"

enum abi_error derive_cap(const struct slot *source, struct cap cap, struct cap *copy)
{
    *copy = cap;
    switch ((enum cap_type)cap.type) {
    case CAP_ZOMBIE:
    case CAP_IRQ_CONTROL:
    case CAP_IO_PORT_CONTROL: *copy = cap_null(); return ERR_NONE;
    case CAP_UNTYPED: return slot_has_children(source) ? ERR_REVOKE_FIRST : ERR_NONE;
    case CAP_FRAME: cap_clear_mapping(copy); return ERR_NONE;
    case CAP_TABLE:
    case CAP_IO_TABLE: return cap_is_mapped(cap) ? ERR_NONE : ERR_ILLEGAL_OPERATION;
    default: return ERR_NONE;
    }
}
