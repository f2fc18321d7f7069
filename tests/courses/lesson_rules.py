"""What a lesson source must keep to be safe to print and to follow.

Pure Python, no database. ``faults`` and ``picture_faults`` name everything wrong with one
lesson or picture in words, and give an empty list when it is right.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
import tomllib
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from courses import targets as tap

ROOT = Path(__file__).resolve().parents[2]
CONTENT = ROOT / "courses" / "content"
PROGRAMME = ROOT / "lms" / "programme"

NEEDED = {
    "number",
    "slug",
    "course",
    "title",
    "short_title",
    "task",
    "minutes",
    "search_words",
    "skills",
    "legal",
    "checked_on",
    "review_by",
    "owner",
    "replacement",
    "need",
    "steps",
    "interrupted",
    "stuck",
    "questions",
    "guide",
}
OPTIONAL = {"withdraw_on", "practices"}
STEP_KEYS = {"text", "picture", "alt", "network", "warning", "check", "check_note"}
PRACTICE_KEYS = {"slug", "task", "done", "screens"}
SCREEN_KEYS = {"say", "picture", "targets"}
TARGET_KEYS = {"x", "y", "w", "h", "label", "right", "why"}

WORDS_IN_A_SENTENCE = 18
# What the fields of a lesson hold in the CMS: courses/blocks.py, courses/models/pages.py.
LONGEST = {
    "task": 200,
    "need": 255,
    "interrupted": 255,
    "search_words": 300,
    "owner": 120,
    "alt": 200,
    "check_note": 200,
    "warning": 200,
    "go": 160,
    "bring": 160,
    "why": 240,
    "mistakes": 240,
    "prepare": 240,
    "timing": 200,
    "practice slug": 60,
    "practice task": 160,
    "practice done": 200,
    "say": 300,
    "label": 60,
}
RING = "#D9561C"
SVG = "{http://www.w3.org/2000/svg}"
SHAPES = {"svg", "g", "rect", "circle", "path", "text"}
PRESENTATION = {
    "viewBox",
    "role",
    "font-family",
    "font-size",
    "font-weight",
    "text-anchor",
    "text-decoration",
    "fill",
    "stroke",
    "stroke-width",
    "stroke-linecap",
    "stroke-linejoin",
    "stroke-dasharray",
    "transform",
    "d",
    "x",
    "y",
    "width",
    "height",
    "rx",
    "cx",
    "cy",
    "r",
}
OFFICE_WORDS = (
    "tích hợp",
    "truy cập",
    "thao tác",
    "thực hiện",
    "quý khách",
    "người dùng",
    "bạn",
)
# Mobile and landline numbers, service lines, and the short emergency numbers.
PHONE_NUMBER = re.compile(
    r"(?<![\d.])(0\d{2,3}[ .]?\d{3}[ .]?\d{3,4}|1[89]00[ .]?\d{3,4}|11[1-5])(?![\d.]\d)"
)


def table(name: str) -> dict[str, dict[str, str]]:
    """The rows of one programme file by code."""
    with (PROGRAMME / f"{name}.csv").open(encoding="utf-8") as file:
        return {row["code"]: row for row in csv.DictReader(file)}


def known_codes() -> dict[str, dict]:
    """What a lesson may point to."""
    courses = tomllib.loads((CONTENT / "courses.toml").read_text(encoding="utf-8"))
    return {
        "course": {row["slug"]: row for row in courses["courses"]},
        "skill": table("skills"),
        "legal": table("legal_documents"),
        "blocker": table("blockers"),
        "hotline": {row["number"]: row for row in table("hotlines").values()},
    }


def read(folder: Path) -> dict:
    return tomllib.loads((folder / "lesson.toml").read_text(encoding="utf-8"))


def resident_texts(lesson: dict) -> Iterator[str]:
    """Every text that the lesson shows to a resident."""
    yield from (lesson["title"], lesson["short_title"], lesson["task"], *lesson["need"])
    for step in lesson["steps"]:
        yield from (step[key] for key in ("text", "warning", "alt") if key in step)
    yield from lesson["interrupted"]["text"]
    for row in lesson["stuck"]:
        yield from (row["text"], row["go"], row["bring"])
    for question in lesson["questions"]:
        yield question["text"]
        for option in question["options"]:
            yield from (option["text"], option["why"])
    for practice in lesson.get("practices", ()):
        yield from (practice["task"], practice["done"])
        for screen in practice["screens"]:
            yield from (screen["say"], screen.get("alt", ""))
            for target in screen["targets"]:
                yield from (target["label"], target["why"])


def guide_texts(guide: dict) -> Iterator[str]:
    yield from (what for _, what in guide["timing"])
    yield from (*guide["mistakes"], *guide["say"], *guide["prepare"])


def sentences(text: str) -> list[str]:
    """Split at a full stop, question or exclamation mark that ends a sentence."""
    return [part for part in re.split(r"(?<=[.?!])[”\"]?\s+", text) if part]


def without_quotes(text: str) -> str:
    """The text without what stands in quotation marks: the words on a button."""
    return re.sub(r"“[^”]*”", "", text).lower()


# --- the rules ---------------------------------------------------------------


def faults(lesson: dict, known: dict[str, dict]) -> list[str]:
    """Everything wrong with the text of one lesson, in words; empty when it is right."""
    missing = NEEDED - lesson.keys()
    if missing:
        return [f"missing: {', '.join(sorted(missing))}"]
    return [
        *shape_faults(lesson),
        *step_faults(lesson["steps"]),
        *question_faults(lesson["questions"]),
        *practice_faults(lesson.get("practices", ())),
        *reference_faults(lesson, known),
        *date_faults(lesson, known["legal"]),
        *wording_faults(lesson, known["hotline"]),
        *length_faults(lesson),
        *guide_faults(lesson),
    ]


def shape_faults(lesson: dict) -> Iterator[str]:
    strange = lesson.keys() - NEEDED - OPTIONAL
    if strange:
        yield f"unknown key: {', '.join(sorted(strange))}"
    if len(lesson["title"]) > 40:
        yield "title longer than 40 characters"
    if len(lesson["short_title"]) > 26:
        yield "short title longer than 26 characters"
    if not 3 <= lesson["minutes"] <= 7:
        yield "a lesson takes 3 to 7 minutes"
    for key in ("task", "owner", "need", "steps", "skills", "legal", "search_words"):
        if not lesson[key]:
            yield f"{key} is empty"
    if not lesson["interrupted"].get("text"):
        yield "nothing says what to do when interrupted"
    if not 5 <= len(lesson["stuck"]) <= 7:
        yield "5 to 7 rows under stuck"
    for row in lesson["stuck"]:
        words = all(row.get(key) for key in ("blocker", "text", "go"))
        if row.keys() != {"blocker", "text", "go", "bring"} or not words:
            yield "a stuck row says what and where to go, and what to bring if anything"


def step_faults(steps: list[dict]) -> Iterator[str]:
    for number, step in enumerate(steps, 1):
        if step.keys() - STEP_KEYS:
            yield f"step {number}: unknown key"
        for key in ("text", "warning"):
            if len(step.get(key, "").split()) > WORDS_IN_A_SENTENCE:
                yield f"step {number}: {key} is longer than 18 words"
        if step.get("check", False) != bool(step.get("check_note")):
            yield f"step {number}: check and its note go together"
        if "check_note" in step and not step["check_note"].startswith("Nguồn mục"):
            yield f"step {number}: the check note names its place in the source notes"


def question_faults(questions: list[dict]) -> Iterator[str]:
    if len(questions) != 3:
        yield "exactly three questions"
    for question in questions:
        options = question["options"]
        if not 2 <= len(options) <= 4:
            yield "a question has 2 to 4 options"
        if sum(option["right"] for option in options) != 1:
            yield "exactly one option is right"
        if not all(option.get("why") for option in options):
            yield "every option is explained"


def practice_faults(practices: list[dict]) -> Iterator[str]:
    """W3: few screens, one right place each, large enough for a thumb."""
    if len({practice.get("slug") for practice in practices}) != len(practices):
        yield "two practices have one slug"
    for practice in practices:
        name = f"practice {practice.get('slug')}"
        if practice.keys() != PRACTICE_KEYS:
            yield f"{name}: has {sorted(practice)}, not {sorted(PRACTICE_KEYS)}"
            continue
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", practice["slug"]):
            yield f"{name}: the slug has small letters, digits and hyphens"
        if len(practice["task"].split()) > WORDS_IN_A_SENTENCE:
            yield f"{name}: the task is longer than 18 words"
        if not tap.FEWEST_SCREENS <= len(practice["screens"]) <= tap.MOST_SCREENS:
            yield f"{name}: 3 to 7 screens"
        for number, screen in enumerate(practice["screens"], 1):
            yield from (
                f"{name}, screen {number}: {wrong}" for wrong in screen_faults(screen)
            )


def screen_faults(screen: dict) -> Iterator[str]:
    if screen.keys() - {"alt"} != SCREEN_KEYS:
        yield f"has {sorted(screen)}, not {sorted(SCREEN_KEYS)} and perhaps alt"
        return
    if len(screen["say"].split()) > WORDS_IN_A_SENTENCE:
        yield "say is longer than 18 words"
    targets = screen["targets"]
    if not 1 <= len(targets) <= tap.MOST_TARGETS:
        yield "1 to 4 targets"
    if any(target.keys() != TARGET_KEYS for target in targets):
        yield f"a target has {sorted(TARGET_KEYS)}"
        return
    if not tap.is_one_right(targets):
        yield "exactly one target is right"
    if len({target["label"] for target in targets}) != len(targets):
        yield "two targets have one label"
    if not all(target["label"] and target["why"] for target in targets):
        yield "every target has a label and says why"
    for index, sentence in tap.place_faults(targets):
        yield f"target {index + 1}: {sentence}"


def reference_faults(lesson: dict, known: dict[str, dict]) -> Iterator[str]:
    cited = [("course", lesson["course"])]
    cited += [("skill", code) for code in lesson["skills"]]
    cited += [("legal", code) for code in lesson["legal"]]
    cited += [("blocker", row["blocker"]) for row in lesson["stuck"]]
    for kind, code in cited:
        if code not in known[kind]:
            yield f"unknown {kind}: {code}"
    blockers = [row["blocker"] for row in lesson["stuck"]]
    if len(blockers) != len(set(blockers)):
        yield "a blocker stands twice"


def date_faults(lesson: dict, documents: dict[str, dict[str, str]]) -> Iterator[str]:
    if lesson["review_by"] <= lesson["checked_on"]:
        yield "review_by is not after checked_on"
    withdraw_on = lesson.get("withdraw_on")
    if withdraw_on and lesson["review_by"] > withdraw_on:
        yield "review_by is after withdraw_on"
    for code in lesson["legal"]:
        document = documents.get(code, {})
        if document.get("replaced_by"):
            yield f"{code} has been replaced by {document['replaced_by']}"
        if document.get("in_force_to"):
            lapses = dt.date.fromisoformat(document["in_force_to"]) + dt.timedelta(1)
            if withdraw_on is None or withdraw_on > lapses:
                yield f"{code} lapses: withdraw_on must be {lapses} or earlier"


def wording_faults(lesson: dict, hotlines: dict) -> Iterator[str]:
    for text in (*resident_texts(lesson), *guide_texts(lesson["guide"])):
        if text != unicodedata.normalize("NFC", text):
            yield f"not NFC: {text}"
        if PHONE_NUMBER.search(text) or any(
            re.search(rf"(?<![\d.]){re.escape(number)}(?![\d.])", text)
            for number in hotlines
        ):
            yield f"a phone number: {text}"
    for text in resident_texts(lesson):
        for sentence in sentences(text):
            if len(sentence.split()) > WORDS_IN_A_SENTENCE:
                yield f"longer than 18 words: {sentence}"
        for word in OFFICE_WORDS:
            if re.search(rf"\b{word}\b", without_quotes(text)):
                yield f"office word “{word}”: {text}"


def length_faults(lesson: dict) -> Iterator[str]:
    """A text too long for its field would be cut or refused when it is loaded."""
    guide = lesson["guide"]
    fields = [
        ("task", lesson["task"]),
        ("owner", lesson["owner"]),
        ("search_words", ", ".join(lesson["search_words"])),
        *(("need", text) for text in lesson["need"]),
        *(("interrupted", text) for text in lesson["interrupted"]["text"]),
        *(("timing", what) for _, what in guide["timing"]),
    ]
    for key in ("mistakes", "say", "prepare"):
        fields += [(key, text) for text in guide[key]]
    options = [x for question in lesson["questions"] for x in question["options"]]
    for row in (*lesson["steps"], *lesson["stuck"], *options):
        fields += [(key, text) for key, text in row.items() if key in LONGEST]
    for practice in lesson.get("practices", ()):
        fields += [
            (f"practice {key}", practice[key]) for key in ("slug", "task", "done")
        ]
        for screen in practice["screens"]:
            fields += [(key, screen[key]) for key in ("say", "alt") if key in screen]
            fields += [("label", target["label"]) for target in screen["targets"]]
            fields += [("why", target["why"]) for target in screen["targets"]]
    for key, text in fields:
        if len(text) > LONGEST[key]:
            yield f"{key} is longer than {LONGEST[key]} characters: {text}"


def guide_faults(lesson: dict) -> Iterator[str]:
    guide = lesson["guide"]
    for key in ("timing", "mistakes", "say", "prepare"):
        if not guide.get(key):
            yield f"the guide has no {key}"
    if sum(int(minutes) for minutes, _ in guide["timing"]) != guide["minutes"]:
        yield "the guide's timing does not add up"
    secret = re.compile("mật khẩu|passcode|mã bí mật|mã otp", re.I)
    if any(secret.search(step["text"]) for step in lesson["steps"]) and not any(
        "quay mặt" in text for text in guide_texts(guide)
    ):
        yield "the guide does not say to turn the head away"


def picture_faults(svg: bytes, step: int) -> list[str]:
    """Everything wrong with the picture of one step, in words."""
    found, nodes = drawing_faults(svg, "0 0 216 384")
    if not nodes:
        return found
    rings = [i for i, n in enumerate(nodes) if n.get("stroke", "").upper() == RING]
    if len(rings) != 1 or svg.upper().count(RING.encode()) != 1:
        return [*found, "exactly one orange ring"]
    after = [n.text for n in nodes[rings[0] :] if n.tag == f"{SVG}text"]
    if after[:1] != [str(step)]:
        found.append("the ring carries the step number")
    return found


def screen_picture_faults(svg: bytes) -> list[str]:
    """Everything wrong with the drawing of one practice screen: the page draws the ring."""
    found, nodes = drawing_faults(svg, f"0 0 {tap.WIDTH} {tap.HEIGHT}")
    if nodes and RING.encode() in svg.upper():
        found.append("the page draws the ring, not the drawing")
    if nodes and "BÀI TẬP" in svg.decode():
        found.append("the page draws the strip BÀI TẬP, not the drawing")
    return found


def drawing_faults(
    svg: bytes, frame: str
) -> tuple[list[str], list[ElementTree.Element]]:
    """What is wrong with any drawing of ours, and its elements when it can be read."""
    found = []
    if len(svg) > 4096:
        found.append("larger than 4 KB")
    try:
        root = ElementTree.fromstring(svg)  # noqa: S314 -- our own files
    except ElementTree.ParseError as error:
        return [*found, f"not well-formed: {error}"], []
    nodes = list(root.iter())
    for node in nodes:
        if node.tag.removeprefix(SVG) not in SHAPES or not node.tag.startswith(SVG):
            found.append(f"element not allowed: {node.tag}")
        found += [
            f"attribute not allowed: {a}" for a in node.attrib.keys() - PRESENTATION
        ]
        if float(node.get("font-size", 14)) < 14:
            found.append("text smaller than 14")
    if root.get("viewBox") != frame or root.get("role") != "img":
        found.append("the root has the frame's viewBox and role img")
    return found, nodes
