"""Finding a lesson by words typed without diacritics, in short forms, with slips.

What was sought is compared with the lessons in memory and kept nowhere.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rapidfuzz.distance import OSA

from common.names import fold_name

if TYPE_CHECKING:
    from courses.models import LessonPage

LONGEST = 100
MOST_WORDS = 12
# How much of the weight of a question a lesson must answer, and how near it must come
# to the best answer.
ENOUGH, NEAR_THE_BEST = 0.6, 0.5
PREFIX, SLIP, SMALL_WEIGHT = 0.8, 0.6, 0.6
# From these lengths on one slip, or two, still mean the same word.
ONE_SLIP, TWO_SLIPS = 4, 8
# As the loudspeaker says it: "bài số 12".
_NUMBERED = re.compile(r"(?:bai )?(?:so )?0*([0-9]{1,6})")

# As people write on a telephone.
SHORT_FORMS = {
    "k": "khong",
    "ko": "khong",
    "kg": "khong",
    "hok": "khong",
    "hong": "khong",
    "hem": "khong",
    "dc": "duoc",
    "đc": "duoc",
    "dk": "dang ky",
    "mk": "mat khau",
    "tk": "tai khoan",
    "ck": "chuyen khoan",
    "nh": "ngan hang",
    "dt": "dien thoai",
    "sdt": "so dien thoai",
    "cccd": "can cuoc",
    "cmnd": "can cuoc",
    "bhyt": "bao hiem y te",
    "bhxh": "bao hiem xa hoi",
    "dvc": "dich vu cong",
    "fb": "facebook",
    "zl": "zalo",
    "mxh": "mang xa hoi",
    "otp": "ma otp",
    "pass": "mat khau",
    "wf": "wifi",
}
# Words of the asking, not of what is asked for. "mã", "thẻ", "ví", "chữ" are not here.
_SMALL = """
khong duoc bi lam sao cach cho toi con em co ba ong tui minh giup dum gium nao gi thi va
o roi nua hoai muon hay voi cua cai nay do a oi ha chi hoi ra
"""
SMALL = frozenset(_SMALL.split())


@dataclasses.dataclass(frozen=True)
class Indexed:
    """A lesson with the words it is found by, each with its weight."""

    lesson: LessonPage
    weights: dict[str, float]
    text: str
    pairs: frozenset[str]
    # Without its spaces, for who types none: "quenmatkhau".
    joined: str


def matching(lessons: Iterable[LessonPage], sought: str) -> list[LessonPage]:
    """The lessons that answer what was typed, the best first.

    All lessons, in their order, when nothing is sought; none when nothing comes near.
    """
    lessons = list(lessons)
    phrase, words = words_of(sought)
    numbered = _NUMBERED.fullmatch(phrase)
    called = numbered and [x for x in lessons if x.number == int(numbered[1])]
    if called:
        return called
    if not words:
        return lessons if not fold_name(sought) else []
    shelf = [_index(lesson) for lesson in lessons]
    fits = {word: [_fit(word, one) for one in shelf] for word in words}
    # A word that stands in every lesson says little, one that stands in few says much.
    rare = {
        word: math.log(1 + (len(shelf) + 1) / (1 + sum(1 for fit in row if fit)))
        for word, row in fits.items()
    }
    whole = sum(rare.values())
    small = set(phrase.split()) & SMALL
    scored = []
    for place, one in enumerate(shelf):
        answered = sum(rare[word] for word in words if fits[word][place])
        if answered < ENOUGH * whole:
            continue
        score = sum(rare[word] * fits[word][place] for word in words)
        if len(words) > 1 and phrase in one.text:
            score += whole
        # "không vào được": small words tell apart what answers equally well.
        score += sum(SMALL_WEIGHT for word in small if word in one.weights)
        scored.append((score, one.lesson))
    best = max((score for score, _lesson in scored), default=0)
    scored = [pair for pair in scored if pair[0] >= NEAR_THE_BEST * best]
    scored.sort(key=lambda pair: -pair[0])
    return [lesson for _score, lesson in scored]


def words_of(sought: str) -> tuple[str, list[str]]:
    """The phrase and its telling words: folded, short forms spelt out."""
    plain = re.sub(r"[^a-z0-9]+", " ", fold_name(sought[:LONGEST]))
    spelt = " ".join(SHORT_FORMS.get(word, word) for word in plain.split())
    words = list(dict.fromkeys(spelt.split()))[:MOST_WORDS]
    telling = [word for word in words if word not in SMALL and len(word) > 1]
    if not telling:
        telling = [word for word in words if word not in SMALL] or words
    return " ".join(spelt.split()), telling


def _index(lesson: LessonPage) -> Indexed:
    fields = (
        (lesson.title, 3.0),
        (lesson.short_title, 3.0),
        (lesson.search_words, 2.5),
        (str(lesson.number), 3.0),
        (lesson.task, 1.0),
    )
    weights: dict[str, float] = {}
    texts = []
    pairs: set[str] = set()
    for text, weight in fields:
        plain = re.sub(r"[^a-z0-9]+", " ", fold_name(text))
        words = plain.split()
        texts.append(" ".join(words))
        pairs.update(first + second for first, second in itertools.pairwise(words))
        for word in words:
            weights[word] = max(weight, weights.get(word, 0))
    text = " | ".join(texts)
    return Indexed(lesson, weights, text, frozenset(pairs), text.replace(" ", ""))


def _fit(word: str, one: Indexed) -> float:
    """How well a lesson has this word: its weight, less for a beginning or a slip."""
    if word in one.weights:
        return one.weights[word]
    if word.isdigit():
        return 0.0
    found = 0.0
    together = len(word) >= 5 and word in one.pairs  # "matkhau"
    if together or (len(word) >= TWO_SLIPS and word in one.joined):
        found = 2.0
    slips = 2 if len(word) >= TWO_SLIPS else 1 if len(word) >= ONE_SLIP else 0
    for other, weight in one.weights.items():
        if len(word) >= 3 and other.startswith(word):
            found = max(found, PREFIX * weight)
        elif (
            slips
            and len(other) >= ONE_SLIP
            and abs(len(other) - len(word)) <= slips
            and OSA.distance(word, other, score_cutoff=slips) <= slips
        ):
            found = max(found, SLIP * weight)
    return found
