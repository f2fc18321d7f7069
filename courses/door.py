"""The door of the CMS: to the sign-in for strangers, words for who has no work there."""

from __future__ import annotations

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@require_safe
@never_cache
def editors_door(request: HttpRequest) -> HttpResponse:
    """Where Wagtail sends whoever may not come in.

    The sign-in itself leads a signed-in user straight back, so without this door the
    browser of a coordinator would go round for ever.
    """
    desk = reverse("wagtailadmin_home")
    if not request.user.is_authenticated:
        wanted = request.GET.get("next") or desk
        return redirect_to_login(wanted, login_url=reverse("account_login"))
    if not request.user.has_perm("wagtailadmin.access_admin"):
        raise PermissionDenied
    return redirect(desk)
