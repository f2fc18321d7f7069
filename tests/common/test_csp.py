"""The policy of every page, and the hash of what a page carries inline."""

from __future__ import annotations

import re

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse
from django.template import Context, Template
from django.test import RequestFactory

from common.csp import HashedCSPMiddleware, csp_hash
from common.templatetags.inline import minify_css


def answer(template: str, path: str = "/") -> HttpResponse:
    """The response to a request whose page is this template."""

    def view(request):
        return HttpResponse(Template(template).render(Context({"request": request})))

    return HashedCSPMiddleware(view)(RequestFactory().get(path))


def directives(response: HttpResponse) -> dict[str, set[str]]:
    parts = response.headers["Content-Security-Policy"].split("; ")
    return {part.split()[0]: set(part.split()[1:]) for part in parts}


def test_a_page_without_inline_parts_allows_none():
    policy = directives(answer("chào"))
    assert policy["script-src"] == {"'self'"}
    assert policy["style-src"] == {"'self'"}
    assert policy["object-src"] == {"'none'"}
    assert not any(
        "unsafe" in source for sources in policy.values() for source in sources
    )


def test_an_inline_style_is_allowed_by_exactly_its_hash():
    response = answer('{% load inline %}{% inline_css "lms/tokens.css" %}')
    style = re.fullmatch(r"<style>(.*)</style>", response.text, re.DOTALL)[1]
    policy = directives(response)
    assert policy["style-src"] == {"'self'", csp_hash(style)}
    assert policy["script-src"] == {"'self'"}


def test_the_next_response_does_not_inherit_the_hash():
    answer('{% load inline %}{% inline_css "lms/tokens.css" %}')
    assert directives(answer("chào"))["style-src"] == {"'self'"}


def test_several_files_become_one_style_in_their_order():
    both = answer(
        '{% load inline %}{% inline_css "lms/tokens.css" "lms/public.css" %}'
    ).text
    one = answer('{% load inline %}{% inline_css "lms/tokens.css" %}').text
    assert both.count("<style>") == 1
    assert both.startswith(one.removesuffix("</style>").rstrip("}"))


def test_a_missing_file_is_named():
    with pytest.raises(ImproperlyConfigured, match=r"nowhere\.css"):
        answer('{% load inline %}{% inline_css "nowhere.css" %}')


def test_a_template_without_a_request_fails_loudly():
    template = Template('{% load inline %}{% inline_css "lms/tokens.css" %}')
    with pytest.raises(ImproperlyConfigured, match="request"):
        template.render(Context())


def test_the_cms_has_a_policy_of_its_own():
    policy = directives(answer("chào", "/soan/pages/"))
    assert "'unsafe-inline'" in policy["script-src"]
    assert policy["default-src"] == {"'self'"}


@pytest.mark.parametrize(
    ("source", "small"),
    [
        ("a { color : red ; }", "a{color :red}"),
        ("a{b:c}/* weg */\nd , e > f{g:h}", "a{b:c}d,e>f{g:h}"),
        ('a::before{content:" , /* x */ ; "}', 'a::before{content:" , /* x */ ; "}'),
        (
            "@media (min-width: 40em) and (x){a{b:c}}",
            "@media (min-width:40em) and (x){a{b:c}}",
        ),
        ("a{width:calc(1px + 2px)}", "a{width:calc(1px + 2px)}"),
        ("a :hover{b:c}", "a :hover{b:c}"),
    ],
)
def test_minifying_keeps_the_meaning(source, small):
    assert minify_css(source) == small


@pytest.mark.django_db
def test_every_page_has_the_headers(client):
    response = client.get("/robots.txt")
    assert {
        name: response.headers.get(name)
        for name in (
            "X-Content-Type-Options",
            "Referrer-Policy",
            "Cross-Origin-Opener-Policy",
            "Cross-Origin-Resource-Policy",
            "X-Frame-Options",
        )
    } == {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Frame-Options": "SAMEORIGIN",
    }
    assert "default-src 'self'" in response.headers["Content-Security-Policy"]
    assert "geolocation=()" in response.headers["Permissions-Policy"]
