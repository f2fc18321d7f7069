"""The CMS's own door leads to ours; logins and groups are not kept in the CMS."""

from django.urls import path, re_path
from django.views.generic import RedirectView

from people.views.sign_in import account_views

_DOOR = RedirectView.as_view(pattern_name="account_login", query_string=True)
_FORGOTTEN = RedirectView.as_view(pattern_name="account_reset_password")
_MINE = RedirectView.as_view(pattern_name="mfa_index")
_ROLES = RedirectView.as_view(pattern_name="people:roles")

urlpatterns = [
    path("login/", _DOOR),
    path("logout/", account_views.logout),
    re_path(r"^password_reset/", lambda request: _FORGOTTEN(request)),
    path("account/", lambda request: _MINE(request)),
    re_path(r"^(users|groups)/", lambda request, _room: _ROLES(request)),
]
