"""Lessons read aloud: told by their bytes, silent when their text has changed."""

from __future__ import annotations

import io
import struct

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from courses.audio import MP3, OPUS, NoSound, read_audio, sound_of
from courses.models import LessonPage, LessonRecording
from courses.recordings import RecordingForm
from tests.courses.making import make_lesson, make_recording, sign_in


def opus(seconds: float, *, remarks: bytes = b"") -> bytes:
    """A file with the pages of Opus in Ogg that hold no sound."""
    head = b"OpusHead" + bytes([1, 1]) + struct.pack("<HIHB", 312, 48000, 0, 0)
    tags = b"OpusTags" + struct.pack("<II", 0, 1 if remarks else 0)
    if remarks:
        tags += struct.pack("<I", len(remarks)) + remarks
    pages = [
        (0, head),
        (0, tags),
        (min(48000, int(seconds * 48000)), b"x" * 90),
        (int(seconds * 48000) + 312, b"x"),
    ]
    found, number = [], 0
    for position, body in pages:
        # A page holds 255 pieces of at most 255 bytes; a full last piece is continued.
        pieces = [body[at : at + 255] for at in range(0, len(body) + 1, 255)]
        for begin in range(0, len(pieces), 255):
            part = pieces[begin : begin + 255]
            found.append(
                b"OggS\0\0" + struct.pack("<qIII", position, 7, number, 0)
                + bytes([len(part), *map(len, part)]) + b"".join(part)
            )  # fmt: skip
            number += 1
    return b"".join(found)


def pages_of(data: bytes) -> list[bytes]:
    return [b"OggS" + page for page in data.split(b"OggS")[1:]]


def checksum_holds(page: bytes) -> bool:
    """Dividing by Ogg's polynomial bit by bit, as its specification says."""
    rest = 0
    for byte in page[:22] + bytes(4) + page[26:]:
        rest ^= byte << 24
        for _bit in range(8):
            rest = (rest << 1 ^ (0x04C11DB7 if rest >> 31 else 0)) & 0xFFFFFFFF
    return rest == struct.unpack_from("<I", page, 22)[0]


def mp3(frames: int, *, tag: bytes = b"") -> bytes:
    """Silent frames of MPEG 2, layer III, 24 kHz, 32 kbit/s: 24 ms and 96 bytes each."""
    frame = b"\xff\xf3\x44\xc0" + bytes(92)
    return tag + frame * frames


# --- sound files -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "mime", "seconds"),
    [
        (opus(3), OPUS, 3),
        (opus(185.5), OPUS, 186),
        (mp3(125), MP3, 3),
        (mp3(125, tag=b"ID3\4\0\0\0\0\0\5hello"), MP3, 3),
        (mp3(125) + b"TAG" + bytes(125), MP3, 3),
    ],
)
def test_a_sound_file_is_told_by_its_bytes(data, mime, seconds):
    sound = sound_of(data)
    assert (sound.mime, sound.seconds) == (mime, seconds)


def test_a_bare_file_is_kept_as_it_is():
    assert [sound_of(data).data == data for data in (opus(3), mp3(125))] == [True, True]


@pytest.mark.parametrize("remarks", [10, 300, 90_000])
def test_what_a_recorder_wrote_about_itself_is_left_out_of_opus(remarks):
    data = opus(3, remarks=b"GPS=8.6,104.7" + b"x" * remarks)
    sound = sound_of(data)
    assert b"GPS" in data
    assert b"GPS" not in sound.data
    # The same pages but for their numbers, each with the checksum that players compute.
    assert sound_of(sound.data) == sound
    assert [checksum_holds(page) for page in pages_of(sound.data)][1:] == [True] * 3
    assert [struct.unpack_from("<I", p, 18)[0] for p in pages_of(sound.data)] == [
        0,
        1,
        2,
        3,
    ]


def test_what_a_recorder_wrote_about_itself_is_left_out_of_mp3():
    tagged = mp3(125, tag=b"ID3\4\0\0\0\0\0\5hello") + b"TAGco Lan" + bytes(119)
    assert sound_of(tagged).data == mp3(125)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"OggS",
        b"OggS" + bytes(60),
        opus(3)[:-1] + b"OggX",
        b"RIFF\0\0\0\0WAVE",
        b"<html>",
        b"\xff\xf3\x44\xc0" + bytes(92),
        b"\xff\xff\xff\xff" * 90,
        b"ID3\4\0\0\x7f\x7f\x7f\x7f" + bytes(90),
        mp3(3) + b"GIF89a",
    ],
)
def test_anything_else_is_no_sound(data):
    with pytest.raises(NoSound):
        sound_of(data)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<html>", "không phải Opus hay MP3"),
        (opus(0), "một giây đến hai mươi phút"),
        (opus(1201), "một giây đến hai mươi phút"),
        (mp3(11000), "nặng hơn 1 MB"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_in_words(data, said):
    with pytest.raises(ValidationError) as caught:
        read_audio(io.BytesIO(data), field="audio")
    assert said in caught.value.message_dict["audio"][0]


# --- on the lesson ---------------------------------------------------------------------


def test_a_whole_recording_stands_above_the_steps_with_its_length_and_weight(
    lesson, client
):
    make_recording(lesson)
    page = client.get(lesson.url).text
    assert "Nghe bài <small>(3 phút, 271 KB)</small>" in page
    assert page.count("<audio") == 1
    assert '<audio controls preload="none" lang="vi">' in page
    assert page.index("<audio") < page.index("Cần có sẵn")
    assert f'href="{lesson.listen_url}">Đọc lời bài này</a>' in page


def test_a_lesson_without_a_recording_shows_no_way_to_listen(lesson, client):
    page = client.get(lesson.url).text
    assert ("<audio" in page, "/nghe/" in page) == (False, False)
    response = client.get(lesson.listen_url)
    assert (response.status_code, response.url) == (302, lesson.url)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(1, "1 giây"), (59, "59 giây"), (60, "1 phút"), (160, "3 phút")],
)
def test_the_length_is_said_in_words(seconds, said):
    assert LessonRecording(seconds=seconds).length == said


def test_a_recording_of_one_step_stands_at_that_step(lesson, client):
    make_recording(lesson, from_step=2, to_step=2)
    page = client.get(lesson.url).text
    assert "Nghe bước 2 <small>" in page
    assert page.index('id="buoc-2"') < page.index("<audio")
    assert "Đọc lời" not in page


def test_khmer_stands_beside_vietnamese_in_its_own_language(lesson, client):
    make_recording(lesson)
    make_recording(lesson, language="km", transcript="ជំហានទីមួយ")
    page = client.get(lesson.url).text
    assert 'preload="none" lang="km"' in page
    assert "Nghe tiếng Khmer" in page
    assert page.count("<audio") == 2
    words = client.get(lesson.listen_url).text
    assert '<div lang="km"><p>ជំហានទីមួយ</p></div>' in words
    assert "Chào cô chú. Bước một: mở ứng dụng." in words


def test_a_spare_file_stands_behind_the_first(lesson, client):
    make_recording(lesson, spare="ghi-am/bai.mp3")
    page = client.get(lesson.url).text
    first, second = page.index('type="audio/ogg"'), page.index('type="audio/mpeg"')
    assert first < second


def test_a_recording_falls_silent_when_its_text_changes(lesson, client):
    of_one = make_recording(lesson, to_step=1)
    of_two = make_recording(lesson, from_step=2)
    steps = lesson.steps.get_prep_value()
    steps[1]["value"]["text"] = "Bấm “Đăng ký”."
    lesson.steps = steps
    lesson.save_revision().publish()
    page = client.get(lesson.url).text
    assert ("Nghe bước 1" in page, "Nghe bước 2" in page) == (True, False)
    assert LessonRecording.objects.to_record_again() == [of_two]
    assert LessonRecording.objects.that_speak() == [of_one]


def test_what_residents_do_not_hear_may_change_without_silencing(lesson, client):
    make_recording(lesson)
    steps = lesson.steps.get_prep_value()
    steps[1]["value"] |= {"network": False, "check": True, "alt": "Khác."}
    lesson.steps = steps
    lesson.save_revision().publish()
    assert "<audio" in client.get(lesson.url).text


@pytest.mark.parametrize("change", ["drop", "swap", "warn"])
def test_a_step_less_a_new_order_or_a_new_warning_silences(change, lesson, client):
    make_recording(lesson)
    steps = lesson.steps.get_prep_value()
    if change == "drop":
        steps.pop()
    elif change == "swap":
        steps.reverse()
    else:
        steps[0]["value"]["warning"] = "Coi chừng."
    lesson.steps = steps
    lesson.interrupted = [("sentence", "Làm lại.")]
    lesson.save_revision().publish()
    assert "<audio" not in client.get(lesson.url).text


def test_a_draft_silences_nothing_for_residents(lesson, client):
    make_recording(lesson)
    lesson.steps = [("step", {"text": "Khác hẳn."})]
    lesson.save_revision()
    assert "<audio" in client.get(lesson.url).text


def test_a_withdrawn_lesson_is_not_heard(lesson, client):
    make_recording(lesson)
    LessonPage.objects.filter(pk=lesson.pk).update(withdraw_on="2026-11-20")
    assert "<audio" not in client.get(lesson.url).text
    assert client.get(lesson.listen_url).status_code == 302


def test_the_same_steps_are_recorded_once_in_a_language(lesson):
    make_recording(lesson)
    make_recording(lesson, language="km")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_recording(lesson)


@pytest.mark.parametrize("many", [1, 3])
def test_a_lesson_with_three_recordings_asks_as_much_as_with_one(
    many, db, client, settings, django_assert_num_queries
):
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    }
    lesson = make_lesson(steps=[("step", {"text": f"Bước {n}."}) for n in range(3)])
    for number in range(1, many + 1):
        make_recording(lesson, from_step=number, to_step=number)
    client.get(lesson.url)
    with django_assert_num_queries(QUERIES):
        page = client.get(lesson.url).text
    assert page.count("<audio") == many


QUERIES = 24


# --- in the CMS --------------------------------------------------------------------------


def form(lesson: LessonPage, sound: bytes, instance=None, **more) -> RecordingForm:
    fields = {
        "lesson": lesson.pk,
        "language": "vi-south",
        "from_step": 1,
        "to_step": 2,
        "transcript": "Chào cô chú.",
        "recorded_on": "2026-11-20",
    }
    files = {"audio": SimpleUploadedFile("giong co Lan.ogg", sound)} if sound else {}
    files |= {name: more.pop(name) for name in ("spare",) if name in more}
    return RecordingForm(fields | more, files, instance=instance)


def saved(filled: RecordingForm) -> LessonRecording:
    assert filled.is_valid(), filled.errors
    return filled.save()


def test_an_upload_is_measured_and_kept_under_a_name_that_names_nobody(
    lesson, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path
    recording = saved(form(lesson, opus(185)))
    assert (recording.seconds, recording.mime) == (185, "audio/ogg")
    assert recording.bytes == len(opus(185))
    assert recording.audio.name.startswith(f"ghi-am/bai-{lesson.number}-1-2-vi-south.")
    assert recording.audio.name.endswith(".opus")
    assert not recording.is_silent


@pytest.mark.parametrize(
    ("more", "sound", "field"),
    [
        ({"to_step": 3}, opus(5), "to_step"),
        ({"from_step": 2, "to_step": 1}, opus(5), "to_step"),
        ({}, b"<html>", "audio"),
        ({"spare": ContentFile(opus(5), "a.mp3")}, opus(5), "spare"),
    ],
)
def test_a_recording_that_does_not_fit_says_where(more, sound, field, lesson):
    wrong = form(lesson, sound, **more)
    assert not wrong.is_valid()
    assert field in wrong.errors


def test_who_listened_again_may_let_it_speak(lesson):
    recording = make_recording(lesson)
    LessonRecording.objects.update(text_digest="x")
    recording.refresh_from_db()
    assert "still_right" in form(lesson, b"", recording).fields
    saved(form(lesson, b"", recording))
    assert recording.is_silent
    saved(form(lesson, b"", recording, still_right="on"))
    assert not recording.is_silent
    assert "still_right" not in form(lesson, b"", recording).fields


@pytest.mark.parametrize("many", [1, 3])
def test_the_list_says_which_must_be_recorded_again(
    many, lesson, client, cast, django_assert_num_queries
):
    for number in range(many):
        language = "km" if number == 1 else "vi-south"
        make_recording(lesson, language=language, to_step=2 if number < 2 else 1)
    LessonRecording.objects.filter(language="vi-south", to_step=2).update(
        text_digest="x"
    )
    sign_in(client, cast.dung)
    client.get("/soan/ban-thu/")
    with django_assert_num_queries(LIST_QUERIES):
        page = client.get("/soan/ban-thu/").text
    assert page.count("cần thu lại: lời bài đã sửa") == 1
    assert page.count("bà con nghe được") == many - 1


LIST_QUERIES = 13
