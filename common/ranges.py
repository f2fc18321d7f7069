"""Answering for a part of a file: players of sound ask for bytes, not for the whole.

Safari plays nothing from a server that cannot do this.
"""

from __future__ import annotations

import re

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase

_ONE_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def part_asked_for(header: str, size: int) -> tuple[int, int] | None:
    """First and last byte of the one range in the header; None when all is wanted.

    Raises ValueError when the range lies outside the file.
    """
    match = _ONE_RANGE.fullmatch(header.replace(" ", ""))
    if match is None or match.groups() == ("", ""):
        return None
    if not match[1]:
        first, last = max(0, size - int(match[2])), size - 1
    else:
        first = int(match[1])
        last = min(int(match[2]), size - 1) if match[2] else size - 1
    if first >= size or first > last:
        raise ValueError(header)
    return first, last


def in_part(request: HttpRequest, response: FileResponse) -> HttpResponseBase:
    """The response as it is, or the part of its file that the request names."""
    response.headers["Accept-Ranges"] = "bytes"
    asked = request.headers.get("Range", "")
    if not asked or "If-Range" in request.headers:
        return response
    size = int(response.headers["Content-Length"])
    try:
        part = part_asked_for(asked, size)
    except ValueError:
        # Not the response: closing it would tell Django that the request is over.
        response.file_to_stream.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    if part is None:
        return response
    first, last = part
    with response.file_to_stream as file:
        file.seek(first)
        body = file.read(last - first + 1)
    kept = {
        name: value
        for name, value in response.items()
        if name.lower() not in ("content-length", "content-range")
    }
    return HttpResponse(
        body,
        status=206,
        headers=kept | {"Content-Range": f"bytes {first}-{last}/{size}"},
    )
