"""Sound files told by their bytes: Opus in Ogg, and MP3. Nothing is decoded."""

from __future__ import annotations

import dataclasses
import struct
from typing import BinaryIO

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

LARGEST = 1024 * 1024
LONGEST_SECONDS = 20 * 60
OPUS, MP3 = "audio/ogg", "audio/mpeg"
_OPUS_CLOCK = 48_000
_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_BITS_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_BITS_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)


@dataclasses.dataclass(frozen=True)
class Sound:
    """What a file is and how long it plays, in whole seconds, rounded up."""

    mime: str
    seconds: int


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
    """Kind and length of these bytes; raises NoSound."""
    try:
        if data.startswith(b"OggS"):
            return Sound(OPUS, _opus_seconds(data))
        return Sound(MP3, _mp3_seconds(data))
    except (struct.error, IndexError) as error:
        raise NoSound from error


def _opus_seconds(data: bytes) -> int:
    """From the first page's skip to the last page's count of samples."""
    if data[28:36] != b"OpusHead":
        raise NoSound
    skip = struct.unpack_from("<H", data, 38)[0]
    at, last = 0, 0
    while at < len(data):
        if data[at : at + 4] != b"OggS":
            raise NoSound
        position = struct.unpack_from("<q", data, at + 6)[0]
        segments = data[at + 26]
        last = max(last, position)
        at += 27 + segments + sum(data[at + 27 : at + 27 + segments])
    return -(-max(0, last - skip) // _OPUS_CLOCK)


def _mp3_seconds(data: bytes) -> int:
    """The sum of all frames after the tag at the beginning."""
    at = 0
    if data.startswith(b"ID3"):
        size = data[6:10]
        at = 10 + (size[0] << 21 | size[1] << 14 | size[2] << 7 | size[3])
    seconds, frames = 0.0, 0
    while at + 4 <= len(data) and data[at : at + 3] != b"TAG":
        length, lasts = _frame(data[at : at + 4])
        at += length
        seconds += lasts
        frames += 1
    if frames < 2:
        raise NoSound
    return -(-int(seconds * 1000) // 1000)


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
