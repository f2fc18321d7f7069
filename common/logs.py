"""One JSON object a line, and nothing personal in it.

The first net is the caller: it logs short codes and numbers. The second net is here:
messages lose telephone numbers, e-mail addresses, long digits, tokens and query strings;
an error keeps its class and its places in the code, and never its message, because
databases and validators quote the row they refused.
"""

from __future__ import annotations

import json
import logging
import re
import traceback
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent

_UUID = re.compile(
    r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.I
)
_REDACTIONS = (
    (re.compile(r"\?[^\s\"'<>\])]+"), "?…"),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "[e-mail]"),
    (re.compile(r"(?<![\w.])(?:\+?84|0)(?:[ .\-]?\d){8,10}(?![\w])"), "[phone]"),
    (re.compile(r"(?<![\w.:-])\d{9,}(?![\w:-])"), "[digits]"),
    (
        re.compile(
            r"\b(token|code|secret|password|passwd|key|cookie|authorization|sessionid|phien)"
            r"(\"?'?\s*[=:]\s*\"?'?)[^\s\"',;&}]+",
            re.I,
        ),
        r"\1\2[secret]",
    ),
    (
        re.compile(r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{32,}(?![\w-])"),
        "[token]",
    ),
)
# What every log record has anyway; the rest is what the caller gave as `extra`.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {
    "message",
    "asctime",
    "taskName",
    "request",
    "status_code",
}
# `constraint "a_person_is_in_a_team_once"`, `UNIQUE constraint failed: people_person.card_code`
_CONSTRAINT = re.compile(r'constraint (?:failed: )?"?([a-z0-9_.]+)')


def redact(text: str) -> str:
    """The text without telephone numbers, addresses, long digits, tokens and queries."""
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        kept.append(match[0])
        return f"\x00{len(kept) - 1}\x00"

    text = _UUID.sub(keep, text)
    for pattern, instead in _REDACTIONS:
        text = pattern.sub(instead, text)
    return re.sub(r"\x00(\d+)\x00", lambda match: kept[int(match[1])], text)


def route_of(request: Any) -> str:
    """The pattern that answered a request, never its path with ids in it."""
    match = getattr(request, "resolver_match", None)
    return match.route if match is not None else "-"


def describe_error(error: BaseException) -> dict[str, Any]:
    """The class of an error, the constraint it broke and its places in our code."""
    chain: list[dict[str, Any]] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen and len(chain) < 4:
        seen.add(id(current))
        entry: dict[str, Any] = {
            "type": f"{type(current).__module__}.{type(current).__qualname__}"
        }
        broken = _CONSTRAINT.search(str(current))
        if broken:
            entry["constraint"] = broken[1]
        entry["at"] = [
            f"{_short(frame.filename)}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(current.__traceback__)[-12:]
        ]
        chain.append(entry)
        current = current.__cause__ or current.__context__
    return {**chain[0], **({"because": chain[1:]} if chain[1:] else {})}


def _short(filename: str) -> str:
    path = Path(filename)
    if path.is_relative_to(ROOT) and ".venv" not in path.parts:
        return str(path.relative_to(ROOT))
    return "/".join(path.parts[-3:])


class JSONFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "logger": record.name,
        }
        request = getattr(record, "request", None)
        if request is not None and hasattr(request, "method"):
            # Django's own lines name the path; the pattern says enough.
            line["message"] = (
                f"{getattr(record, 'status_code', '')} {request.method} "
                f"{route_of(request)}"
            ).strip()
            line["request_id"] = getattr(request, "request_id", None)
        else:
            line["message"] = redact(_message(record))
        for name, value in vars(record).items():
            if name not in _STANDARD and not name.startswith("_"):
                safe = name == "route" or _is_plain(value)
                line[name] = value if safe else redact(str(value))
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = describe_error(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # noqa: BLE001 -- a badly formed log line is still a log line
        return str(record.msg)


def _is_plain(value: Any) -> bool:
    if value is None or isinstance(value, bool):
        return True
    # A number of eight digits or more may be a telephone number without its zero.
    return isinstance(value, int | float) and abs(value) < 10_000_000
