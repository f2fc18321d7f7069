"""The list, in code, of every model that a public page can show.

A room registers its models in `AppConfig.ready()`. Saving or deleting a row of one of
them bumps the `ContentVersion` in the same transaction, and with that every stored
public page is old. `QuerySet.update()` and `bulk_create()` send no signals: whoever uses
them on a model of this list calls `ContentVersion.bump()` beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import models
from django.db.models.signals import m2m_changed, post_delete, post_save

from common.models import ContentVersion

When = Callable[[models.Model], bool]

_models: dict[type[models.Model], When | None] = {}


def register(*shown: type[models.Model], when: When | None = None) -> None:
    """Models whose rows public pages show; `when` says which rows, by default all.

    Proxies and children of a registered model must be registered themselves: signals are
    sent for the class that was saved.
    """
    for model in shown:
        _models[model] = when
        post_save.connect(_changed, sender=model, dispatch_uid=f"public {model}")
        post_delete.connect(_changed, sender=model, dispatch_uid=f"public {model}")
        for relation in model._meta.many_to_many:
            m2m_changed.connect(
                _changed,
                sender=getattr(model, relation.name).through,
                dispatch_uid=f"public {model} {relation.name}",
            )


def registered() -> list[type[models.Model]]:
    """Every model of the list, by its label."""
    return sorted(_models, key=lambda model: model._meta.label)


def _changed(sender: type[models.Model], instance: Any, **kwargs: Any) -> None:
    if kwargs.get("raw"):
        return
    when = _models.get(sender)
    if when is None or when(instance):
        ContentVersion.bump()


def bump(**kwargs: Any) -> None:
    """A receiver for signals of other kinds: a page was moved."""
    ContentVersion.bump()
