# SPDX-License-Identifier: BSD-2-Clause
"""What a power cut may leave of a disk of a machine: the log that QEMU's driver `blklogwrites` keeps of writes and
flushes, and images made of it. What came before the last flush is there; of the rest any part, whole or torn.

The log is in sectors: a head (magic, version, count, size of a sector), then for each request one sector that
describes it (sector, sectors, flags, bytes of data) with its data behind it. The count in the head is not always
up to date; a description of zeros ends the log as well.
"""
import collections
import struct

HEAD, DESCRIPTION = struct.Struct("<QQQI"), struct.Struct("<QQQQ")
MAGIC, VERSION = 0x6a736677736872, 1
FLUSH, DISCARD = 1, 4
SECTOR_BYTES = 512

# A write, or with no data a flush.
Request = collections.namedtuple("Request", "offset data flush")


class Bad(Exception):
    """No such log; the text says why."""


def requests(log):
    """In their order; a request that is not whole at the end was not finished."""
    if len(log) < HEAD.size:
        return
    magic, version, _, sector = HEAD.unpack_from(log)
    if (magic, version) != (MAGIC, VERSION):
        raise Bad(f"no log of writes: magic {magic:#x}, version {version}")
    at = sector
    while at + sector <= len(log):
        place, sectors, flags, _ = DESCRIPTION.unpack_from(log, at)
        at += sector
        if not sectors and not flags:
            return
        if flags & DISCARD:
            raise Bad("a discard, which this does not know")
        bytes_count = sectors * sector
        if at + bytes_count > len(log):
            return
        yield Request(place * sector, log[at:at + bytes_count], bool(flags & FLUSH))
        at += bytes_count


def apply(image, request):
    image[request.offset:request.offset + len(request.data)] = request.data


def apply_torn(image, request, random):
    for at in range(0, len(request.data), SECTOR_BYTES):
        if random.randrange(2):
            apply(image, Request(request.offset + at, request.data[at:at + SECTOR_BYTES], False))


class Cut:
    """The moment at which a log ends. `durable` is the image without what no flush covers: that is `loose`."""

    def __init__(self, image, log):
        self.durable, self.loose = bytearray(image), []
        for request in requests(log):
            if request.data:
                self.loose.append(request)
            if request.flush:
                for one in self.loose:
                    apply(self.durable, one)
                self.loose = []

    def image(self, random, whole_below=0):
        """Half of the loose writes, and some torn, but none that begins below `whole_below`."""
        image = bytearray(self.durable)
        for request in self.loose:
            fate = random.randrange(8)
            if fate < 4:
                apply(image, request)
            elif fate == 4 and request.offset >= whole_below:
                apply_torn(image, request, random)
        return image
