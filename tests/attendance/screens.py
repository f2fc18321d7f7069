"""Forms filled in as a browser without JavaScript fills them in."""

from __future__ import annotations

from typing import Any

from bs4 import BeautifulSoup, Tag
from django.test import Client

from people.factors import SET_UP_HERE


class Screen:
    """A page that a client got, with its forms."""

    def __init__(self, client: Client, response: Any) -> None:
        self.client = client
        self.response = response
        self.url = response.request["PATH_INFO"]
        self.html = response.content.decode()
        self.soup = BeautifulSoup(self.html, "html.parser")

    @property
    def main(self) -> str:
        """The words of the page's main part, with single spaces."""
        return words(self.soup.main)

    @property
    def messages(self) -> list[str]:
        return [words(tag) for tag in self.soup.select(".messages .note")]

    def values(self, form: Tag) -> dict[str, list[str]]:
        """What the browser would send of a form, no button pressed."""
        found: dict[str, list[str]] = {}
        for tag in self._controls(form):
            name = tag.get("name")
            if not name or tag.name == "button":
                continue
            if tag.name == "select":
                chosen = tag.select("option[selected]") or tag.select("option")[:1]
                values = [option.get("value", "") for option in chosen]
            elif tag.name == "textarea":
                values = [tag.text.removeprefix("\n")]
            elif tag.get("type") in ("checkbox", "radio"):
                values = [tag.get("value", "on")] if tag.has_attr("checked") else []
            else:
                values = [tag.get("value", "")]
            if values:
                found.setdefault(name, []).extend(values)
        return found

    def _controls(self, form: Tag) -> list[Tag]:
        tags = form.select("input, select, textarea, button")
        if form.get("id"):
            tags += self.soup.select(f'[form="{form["id"]}"]')
        return tags

    def form(self, key: str) -> Tag:
        """The form with that id, or the one that goes to an address ending so."""
        found = self.soup.select_one(f"form#{key}") if key.isidentifier() else None
        found = found or self.soup.select_one(f'form[id="{key}"]')
        found = found or self.soup.select_one(f'form[action$="{key}"]')
        assert found is not None, f"no form {key} on {self.url}"
        return found

    def send(
        self, key: str, _press: tuple[str, str] | None = None, /, **changes: Any
    ) -> Screen:
        """Submit a form with changes, follow to the page that comes."""
        form = self.form(key)
        data: dict[str, Any] = self.values(form)
        data.update(changes)
        if _press is not None:
            data[_press[0]] = _press[1]
        action = form.get("action") or self.response.request["PATH_INFO"]
        query = self.response.request.get("QUERY_STRING", "")
        if not form.get("action") and query:
            action = f"{action}?{query}"
        response = self.client.post(action, data, follow=True)
        return Screen(self.client, response)

    def row_of(self, name: str) -> Tag:
        """The list row or fieldset that names this person."""
        for tag in self.soup.select("ul.people > li, fieldset.result"):
            label = tag.select_one("b, legend")
            if name in words(label):
                return tag
        raise AssertionError(f"no row of {name} on {self.url}")

    def tick(self, *names: str) -> list[str]:
        """The values of "p" with these people ticked too."""
        ticked = self.values(self.form("so")).get("p", [])
        return ticked + [self.row_of(name).input["value"] for name in names]

    def without(self, *names: str) -> list[str]:
        """The values of "p" with these people's ticks taken off."""
        gone = {self.row_of(name).input["value"] for name in names}
        return [
            one for one in self.values(self.form("so")).get("p", []) if one not in gone
        ]

    def position(self, name: str) -> str:
        """The number of the person's row on the page of outcomes."""
        return self.row_of(name).select_one("input.a")["name"].removeprefix("o")


def words(tag: Tag | None) -> str:
    return " ".join(tag.get_text(" ").split()) if tag is not None else ""


def look(client: Client, url: str, **query: str) -> Screen:
    """Get a page, following redirects."""
    return Screen(client, client.get(url, query, follow=True))


def enter(client: Client, user: Any) -> Client:
    """Sign in, with the second factor shown for those who need one."""
    client.force_login(user)
    session = client.session
    session[SET_UP_HERE] = True
    session.save()
    return client
