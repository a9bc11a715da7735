# SPDX-License-Identifier: BSD-2-Clause
"""Which figure of one side stands beside which of the other. The only place that knows the names."""

# (what, Sofa's series, [(mechanism, Linux's series)])
LATENCY = [
    ("Call, round trip", "call", [("UNIX socket", "call.unix"), ("futex", "call.futex"), ("eventfd", "call.eventfd")]),
    ("Notification, round trip", "notify", [("futex", "notify.futex"), ("eventfd", "notify.eventfd")]),
    ("Shared memory, 64 B", "shm.64", [("futex", "shm.64")]),
    ("Shared memory, 4 KiB", "shm.4096", [("futex", "shm.4096")]),
    ("Shared memory, 64 KiB", "shm.65536", [("futex", "shm.65536")]),
]

# The same with values: ticks for a message.
THROUGHPUT = [
    ("Calls back to back", "throughput.call.ticks",
     [("UNIX socket", "throughput.unix.ticks"), ("futex", "throughput.futex.ticks"),
      ("eventfd", "throughput.eventfd.ticks")]),
    ("Messages one way, each told of", "throughput.stream.single.ticks",
     [("UNIX socket", "throughput.stream.unix.ticks")]),
    ("Messages one way, 32 told of at once; Linux could do that too, but was not asked", "throughput.stream.ring.ticks",
     []),
]

COMPONENTS = ["client", "server", "logger"]
POLICIES = [("none", "without a restart policy"), ("restart", "with a restart policy")]
# Where only one side has it.
MORE_POLICIES = [("priority", "restarted by a supervisor, all with strict priorities")]
IMPACT = ["answered", "lost", "gap", "ready", "back"]


def fault(component, policy, what):
    return f"fault.{component}.{policy}.{what}"


# What a component takes: (what, Sofa's values, Linux's), each in bytes or KiB, added up.
MEMORY = [(f"{component}: its memory", [f"memory.{component}.private", f"memory.{component}.shared"],
           [f"memory.{component}.pss"]) for component in COMPONENTS]
MEMORY += [("all three: in the kernel", [f"memory.{component}.kernel" for component in COMPONENTS],
            ["memory.set.kernel"])]
BYTES = {"bytes": 1, "KiB": 1024, "kB": 1024}


def is_memory(name):
    return name.startswith("memory.")


# Of Sofa's side in guest instructions: (what, figure, compared with, how).
CALL_BARS = [("a UNIX socket on Linux", "call.unix", 10), ("a futex on Linux", "call.futex", 3)]
BACK_WITHIN = 1000000
