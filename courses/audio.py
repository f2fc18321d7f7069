"""Sound files told by their bytes: Opus in Ogg, and MP3. Nothing is decoded.

What is kept holds the sound and nothing else: the remarks that recorders write into a file
(who, where, with what) are left out, as the metadata of pictures is.
"""

from __future__ import annotations

import dataclasses
import struct
from collections.abc import Iterator
from typing import BinaryIO

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

LARGEST = 1024 * 1024
LONGEST_SECONDS = 20 * 60
OPUS, MP3 = "audio/ogg", "audio/mpeg"
_OPUS_CLOCK = 48_000
_NO_REMARKS = b"OpusTags" + bytes(8)
_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_BITS_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_BITS_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)


@dataclasses.dataclass(frozen=True)
class Sound:
    """What a file is, how long it plays (whole seconds, rounded up), and its bare bytes."""

    mime: str
    seconds: int
    data: bytes


class NoSound(ValueError):
    """These bytes are neither Opus in Ogg nor MP3."""


def read_audio(file: BinaryIO, *, field: str) -> Sound:
    """The kind and length of an uploaded file, by its content.

    Raises ValidationError for `field` when it is too large, too long or something else.
    """
    file.seek(0)
    data = file.read(LARGEST + 1)
    file.seek(0)
    if len(data) > LARGEST:
        raise ValidationError(
            {field: _("The sound file is larger than 1 MB. Save it smaller, as Opus.")}
        )
    try:
        sound = sound_of(data)
    except NoSound as error:
        raise ValidationError(
            {field: _("This is no Opus or MP3 file. Choose another one.")}
        ) from error
    if not 1 <= sound.seconds <= LONGEST_SECONDS:
        raise ValidationError(
            {field: _("A recording lasts from one second to twenty minutes.")}
        )
    return sound


def sound_of(data: bytes) -> Sound:
    """Kind, length and bare bytes of a file; raises NoSound."""
    try:
        return _opus(data) if data.startswith(b"OggS") else _mp3(data)
    except (struct.error, IndexError) as error:
        raise NoSound from error


@dataclasses.dataclass(frozen=True)
class _Page:
    """A page of Ogg: its fixed head, how its body is cut, and the body."""

    head: bytes
    lacing: bytes
    body: bytes

    @property
    def position(self) -> int:
        return struct.unpack_from("<q", self.head, 6)[0]

    @property
    def ends_a_packet(self) -> bool:
        return bool(self.lacing) and self.lacing[-1] < 255

    def numbered(self, number: int) -> bytes:
        """The page with another number, and so with another checksum."""
        head = self.head[:18] + struct.pack("<II", number, 0)
        whole = head + bytes([len(self.lacing)]) + self.lacing + self.body
        return whole[:22] + struct.pack("<I", _checksum(whole)) + whole[26:]

    def __bytes__(self) -> bytes:
        return self.head + bytes([len(self.lacing)]) + self.lacing + self.body


def _pages(data: bytes) -> Iterator[_Page]:
    at = 0
    while at < len(data):
        segments = data[at + 26]
        lacing = data[at + 27 : at + 27 + segments]
        begin = at + 27 + segments
        if data[at : at + 4] != b"OggS" or begin + sum(lacing) > len(data):
            raise NoSound
        yield _Page(data[at : at + 26], lacing, data[begin : begin + sum(lacing)])
        at = begin + sum(lacing)


def _opus(data: bytes) -> Sound:
    """From the first page's skip to the last page's count of samples."""
    pages = list(_pages(data))
    if len(pages) < 3 or pages[0].body[:8] != b"OpusHead":
        raise NoSound
    # The remarks are the second packet; a picture among them may need many pages.
    ends = (n for n, page in enumerate(pages[1:], 2) if page.ends_a_packet)
    after = next(ends, len(pages))
    remarks = b"".join(page.body for page in pages[1:after])
    if not remarks.startswith(b"OpusTags"):
        raise NoSound
    skip = struct.unpack_from("<H", pages[0].body, 10)[0]
    samples = max(page.position for page in pages) - skip
    if remarks != _NO_REMARKS:
        bare = _Page(pages[1].head, bytes([len(_NO_REMARKS)]), _NO_REMARKS)
        kept = [bare.numbered(1)]
        kept += [page.numbered(n) for n, page in enumerate(pages[after:], 2)]
        data = bytes(pages[0]) + b"".join(kept)
    return Sound(OPUS, -(-max(0, samples) // _OPUS_CLOCK), data)


def _checksum(page: bytes) -> int:
    """Ogg's own: the polynomial of Ethernet, neither mirrored nor inverted."""
    total = 0
    for byte in page:
        total = (total << 8 & 0xFFFFFFFF) ^ _CHECKS[total >> 24 ^ byte]
    return total


def _check(byte: int) -> int:
    value = byte << 24
    for _bit in range(8):
        value = value << 1 ^ (0x04C11DB7 if value & 0x80000000 else 0)
    return value & 0xFFFFFFFF


_CHECKS = tuple(_check(byte) for byte in range(256))


def _mp3(data: bytes) -> Sound:
    """The sum of all frames between the remarks at the beginning and at the end."""
    begin = 0
    if data.startswith(b"ID3"):
        size = data[6:10]
        begin = 10 + (size[0] << 21 | size[1] << 14 | size[2] << 7 | size[3])
    at, seconds, frames = begin, 0.0, 0
    while at + 4 <= len(data) and not data.startswith((b"TAG", b"APETAGEX"), at):
        if not data[at] and not data[at:].strip(b"\0"):
            # Some recorders fill the last block with nothing.
            break
        length, lasts = _frame(data[at : at + 4])
        at += length
        seconds += lasts
        frames += 1
    if frames < 2:
        raise NoSound
    return Sound(MP3, -(-round(seconds * 1000) // 1000), data[begin:at])


def _frame(head: bytes) -> tuple[int, float]:
    """Length in bytes and in seconds of one frame of layer III; raises NoSound."""
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    bits, rate = head[2] >> 4, head[2] >> 2 & 3
    if head[0] != 0xFF or head[1] >> 5 != 7 or version == 1 or layer != 1:
        raise NoSound
    if bits in (0, 15) or rate == 3:
        raise NoSound
    first = version == 3
    hertz = _RATES[version][rate]
    kilobits = (_BITS_1 if first else _BITS_2)[bits]
    samples = 1152 if first else 576
    padding = head[2] >> 1 & 1
    return samples // 8 * kilobits * 1000 // hertz + padding, samples / hertz
