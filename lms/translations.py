"""The Vietnamese words: one catalogue from the rooms' fragments, without gettext tools.

Rooms keep `locale/vi/LC_MESSAGES/parts/<room>.po`. They are merged into `django.po` and
compiled to `django.mo` with polib; neither is kept in git. `used_messages` reads every
string that the code or a template asks gettext for, so that a test can find the one
that would show English to a farmer.
"""

from __future__ import annotations

import ast
import dataclasses
import io
import os
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import polib
from django.conf import settings
from django.utils.translation.template import templatize

ROOMS = (
    "attendance",
    "common",
    "courses",
    "home",
    "lms",
    "offline",
    "people",
    "pilot_communes",
    "reports",
)
# Words for the CMS's own screens; where a room says something else, the room is right.
CMS_WORDS = "wagtail.po"
# What the scripts of the CMS say: Django keeps it in a catalogue of its own.
SCRIPT_WORDS = "wagtail-js.po"
HEADER = {
    "Project-Id-Version": "toso",
    "Language": "vi",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "nplurals=1; plural=0;",
}
# Position of message, plural and context among the arguments.
_FUNCTIONS: dict[str, tuple[int, int | None, int | None]] = {
    "_": (0, None, None),
    "gettext": (0, None, None),
    "gettext_lazy": (0, None, None),
    "gettext_noop": (0, None, None),
    "ngettext": (0, 1, None),
    "ngettext_lazy": (0, 1, None),
    "pgettext": (1, None, 0),
    "pgettext_lazy": (1, None, 0),
    "npgettext": (1, 2, 0),
    "npgettext_lazy": (1, 2, 0),
}
_PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|(?<!\{)\{(\w+)\}(?!\})|%[sd]")


class ConflictingWords(ValueError):
    """Two fragments translate one message differently."""


@dataclasses.dataclass(frozen=True)
class Message:
    """A string that a person may see, with where it is asked for."""

    msgid: str
    plural: str = ""
    context: str = ""
    place: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return (self.context, self.msgid)


def catalogue_folder() -> Path:
    return Path(settings.LOCALE_PATHS[0]) / "vi" / "LC_MESSAGES"


def parts() -> list[Path]:
    """The fragments, in order of their names, those of the CMS last."""
    found = (catalogue_folder() / "parts").glob("*.po")
    return sorted(
        (part for part in found if part.name != SCRIPT_WORDS),
        key=lambda part: (part.name == CMS_WORDS, part.name),
    )


def script_words() -> Path:
    """The fragment with what the scripts of the CMS say."""
    return catalogue_folder() / "parts" / SCRIPT_WORDS


def merge(*, strict: bool = True) -> polib.POFile:
    """One catalogue from all fragments.

    The same words twice are fine. Raises ConflictingWords, naming message and
    fragments, when two differ; without `strict` the first fragment wins.
    """
    merged = polib.POFile()
    merged.metadata = dict(HEADER)
    origin: dict[tuple[str, str], Path] = {}
    known: dict[tuple[str, str], polib.POEntry] = {}
    for part in parts():
        for entry in polib.pofile(str(part), encoding="utf-8"):
            if entry.obsolete or not entry.translated():
                continue
            key = (entry.msgctxt or "", entry.msgid)
            first = known.get(key)
            if first is None:
                known[key], origin[key] = entry, part
                merged.append(entry)
                continue
            if part.name == CMS_WORDS:
                continue
            if _words(first) != _words(entry) and strict:
                raise ConflictingWords(
                    f"{entry.msgid!r} is {_words(first)} in {origin[key].name} "
                    f"but {_words(entry)} in {part.name}."
                )
            if entry.msgid_plural and not first.msgid_plural:
                merged.remove(first)
                known[key] = entry
                merged.append(entry)
    return merged


def _words(entry: polib.POEntry) -> str:
    """The translation as shown; Vietnamese has one form for every number."""
    return entry.msgstr_plural.get(0, "") if entry.msgid_plural else entry.msgstr


def compile_messages(*, strict: bool = True) -> Path:
    """Write django.po and django.mo, and djangojs.mo for scripts; returns django.mo.

    The files are put in place by renaming, so that a server that starts meanwhile reads
    the old words or the new ones.
    """
    folder = catalogue_folder()
    merged = merge(strict=strict)
    written = [("django.po", merged.save), ("django.mo", merged.save_as_mofile)]
    if script_words().exists():
        scripts = polib.pofile(str(script_words()), encoding="utf-8")
        written.insert(0, ("djangojs.mo", scripts.save_as_mofile))
    for name, save in written:
        making = folder / f".{name}.{os.getpid()}"
        save(str(making))
        making.replace(folder / name)
    return folder / "django.mo"


def is_stale() -> bool:
    """Is there a fragment newer than the compiled catalogue?"""
    compiled = catalogue_folder() / "django.mo"
    if not compiled.exists():
        return True
    made = compiled.stat().st_mtime
    if script_words().exists() and not compiled.with_name("djangojs.mo").exists():
        return True
    return any(
        part.stat().st_mtime > made
        for part in (*parts(), script_words())
        if part.exists()
    )


def _literal(node: ast.AST) -> str | None:
    try:
        value = ast.literal_eval(node)
    except ValueError:
        return None
    return value if isinstance(value, str) else None


def _calls(tree: ast.AST, place: str) -> Iterator[Message]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        name = getattr(function, "id", None) or getattr(function, "attr", None)
        if name not in _FUNCTIONS:
            continue
        message_at, plural_at, context_at = _FUNCTIONS[name]
        texts = [_literal(argument) for argument in node.args]
        if len(texts) <= message_at or texts[message_at] is None:
            continue
        plural = texts[plural_at] if plural_at is not None else ""
        context = texts[context_at] if context_at is not None else ""
        yield Message(
            texts[message_at], plural or "", context or "", f"{place}:{node.lineno}"
        )


def messages_of_code(path: Path, source: str) -> Iterator[Message]:
    """Every literal that a Python file hands to a gettext function."""
    yield from _calls(ast.parse(source), str(path))


def messages_of_template(path: Path, source: str) -> Iterator[Message]:
    """Every literal of a template, through Django's own translation of templates."""
    text = templatize(source, origin=str(path))
    for match in re.finditer(
        r"(?<![\w.])(_|gettext|ngettext|pgettext|npgettext)\(", text
    ):
        call = _balanced(text[match.start() :])
        if call is None:
            continue
        line = text.count("\n", 0, match.start()) + 1
        for message in _calls(ast.parse(call), str(path)):
            yield dataclasses.replace(message, place=f"{path}:{line}")


def _balanced(text: str) -> str | None:
    """The call at the beginning of the text, up to its closing bracket."""
    depth, pieces = 0, []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type in (tokenize.NL, tokenize.NEWLINE, tokenize.COMMENT):
                continue
            pieces.append(token.string)
            if token.string == "(":
                depth += 1
            elif token.string == ")":
                depth -= 1
                if depth == 0:
                    # templatize marks literals with a u prefix, which Python still reads.
                    return "".join(
                        f"{piece} " if piece == "," else piece for piece in pieces
                    )
    except (tokenize.TokenError, IndentationError, SyntaxError):
        return None
    return None


def used_messages(rooms: tuple[str, ...] = ROOMS) -> list[Message]:
    """Every message of these rooms' code and templates, migrations left out."""
    root = Path(settings.BASE_DIR)
    found: list[Message] = []
    for room in rooms:
        for path in sorted((root / room).rglob("*.py")):
            if "migrations" in path.parts:
                continue
            found += messages_of_code(
                path.relative_to(root), path.read_text(encoding="utf-8")
            )
        for ending in ("*.html", "*.txt"):
            for path in sorted((root / room).rglob(ending)):
                if "templates" in path.parts:
                    found += messages_of_template(
                        path.relative_to(root), path.read_text(encoding="utf-8")
                    )
    return [message for message in found if message.msgid.strip()]


def untranslated(messages: list[Message] | None = None) -> list[Message]:
    """Messages that no fragment translates."""
    merged = merge(strict=False)
    known = {(entry.msgctxt or "", entry.msgid) for entry in merged}
    return [m for m in (messages or used_messages()) if m.key not in known]


def broken_placeholders() -> list[str]:
    """Translations that name a placeholder which their message does not have."""
    problems = []
    for part in (*parts(), *filter(Path.exists, [script_words()])):
        for entry in polib.pofile(str(part), encoding="utf-8"):
            asked = _names(entry.msgid) | _names(entry.msgid_plural)
            given = _names(_words(entry))
            if entry.translated() and not given <= asked:
                problems.append(f"{part.name}: {entry.msgid!r} has no {given - asked}")
            if (
                entry.translated()
                and _names(entry.msgid) - given
                and "%" in entry.msgid
            ):
                missing = _names(entry.msgid_plural or entry.msgid) - given
                if missing:
                    problems.append(f"{part.name}: {entry.msgid!r} loses {missing}")
    return problems


def _names(text: str) -> set[str]:
    return {match[1] or match[2] or match[0] for match in _PLACEHOLDER.finditer(text)}
