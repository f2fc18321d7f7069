"""Read the environment and fail loudly, naming the remedy."""

import contextlib
import os
import re
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"", "0", "false", "no", "off"}


def names_in(example: Path) -> frozenset[str]:
    """The variables that an example file lists, commented out or not."""
    return frozenset(
        re.findall(
            r"^#?\s*([A-Z][A-Z0-9_]*)=", example.read_text("utf-8"), re.MULTILINE
        )
    )


def read_env_file(file: Path, *, known: frozenset[str] | None = None) -> None:
    """Take variables from lines NAME=value; what the environment has already wins.

    Raises ImproperlyConfigured, naming the line, for anything else, and for a name that
    is not `known`: a misspelt variable would change nothing and say nothing.
    """
    if not file.exists():
        return
    for number, raw in enumerate(
        file.read_text(encoding="utf-8").splitlines(), start=1
    ):
        line = raw.strip().removeprefix("export ")
        if not line or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals or not name.strip().isidentifier():
            raise ImproperlyConfigured(f"{file.name}, line {number}: write NAME=value.")
        if known is not None and name.strip() not in known:
            raise ImproperlyConfigured(
                f"{file.name}, line {number}: {name.strip()} is no setting; "
                ".env.example lists them all."
            )
        value = value.strip()
        if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        os.environ.setdefault(name.strip(), value)


def env_str(name: str, default: str = "") -> str:
    """The text of a variable, stripped; the default if unset or empty."""
    return os.environ.get(name, "").strip() or default


def env_bool(name: str, *, default: bool = False) -> bool:
    """True or False; raises ImproperlyConfigured for any other word."""
    value = os.environ.get(name)
    if value is None:
        return default
    word = value.strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ImproperlyConfigured(f"{name}={value!r}: write True or False.")


def env_int(name: str, default: int) -> int:
    """A whole number; raises ImproperlyConfigured for anything else."""
    value = env_str(name)
    if not value:
        return default
    try:
        return int(value)
    except ValueError as error:
        raise ImproperlyConfigured(
            f"{name}={value!r}: write a whole number."
        ) from error


def env_list(name: str, default: str = "") -> list[str]:
    """A comma-separated list, empty items dropped."""
    return [item.strip() for item in env_str(name, default).split(",") if item.strip()]


def env_secret(name: str, *, file: Path, debug: bool) -> str:
    """A secret from the environment, else from a file made once with mode 600.

    Raises ImproperlyConfigured when the secret is shorter than 40 characters.
    """
    value = env_str(name)
    if not value:
        if not file.exists():
            _make_secret(file)
        value = file.read_text().strip()
    if len(value) < 40 and not debug:
        raise ImproperlyConfigured(
            f"{name} is too short: give it at least 40 random characters, "
            "or unset it and one is made in the data folder."
        )
    return value


def _make_secret(file: Path) -> None:
    """Write a random secret, complete or not at all; of two processes one wins."""
    file.parent.mkdir(parents=True, exist_ok=True)
    making = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(making, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(secrets.token_urlsafe(50))
    with contextlib.suppress(FileExistsError):
        os.link(making, file)
    making.unlink()
