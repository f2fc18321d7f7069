"""The content security policy, with the hashes of what a page carries inline.

A lesson is the same bytes for everybody, so there is no nonce: the tags of
`common.templatetags.inline` put the hash of what they wrote on the request, and the
middleware adds it to the policy of that response. A stored copy of the page keeps its
headers, and so keeps its policy.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any, Literal

from csp.constants import HEADER
from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

Directive = Literal["style-src", "script-src"]


def csp_hash(text: str) -> str:
    """The source expression that allows exactly this inline text."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def allow_inline(request: HttpRequest, directive: Directive, text: str) -> None:
    """Let the response to this request carry this inline style or script."""
    hashes: dict[str, list[str]] = request.__dict__.setdefault("_csp_hashes", {})
    source = csp_hash(text)
    if source not in hashes.setdefault(directive, []):
        hashes[directive].append(source)


class HashedCSPMiddleware(CSPMiddleware):
    """django-csp, plus the hashes of the inline parts, plus the policy of the CMS."""

    def get_policy_parts(
        self,
        request: HttpRequest,
        response: HttpResponseBase,
        report_only: bool = False,
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        hashes = getattr(request, "_csp_hashes", None)
        if hashes and not report_only:
            update: dict[str, Any] = dict(parts.update or {})
            for directive, sources in hashes.items():
                update[directive] = [*update.get(directive, ()), *sources]
            parts.update = update
        return parts

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if request.path_info.startswith(
            settings.CONTENT_SECURITY_POLICY["EXCLUDE_URL_PREFIXES"]
        ):
            response.headers.setdefault(HEADER, settings.CMS_CONTENT_SECURITY_POLICY)
        return super().process_response(request, response)
