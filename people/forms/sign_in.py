"""Forms at the door."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.account.forms import ReauthenticateForm as AllauthReauthenticateForm
from allauth.mfa.base.forms import AuthenticateForm as AllauthAuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as AllauthReauthenticateMFAForm
from allauth.mfa.totp.forms import ActivateTOTPForm as AllauthActivateForm
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

_PLAIN = {"autocapitalize": "none", "autocorrect": "off", "spellcheck": "false"}
_DIGITS = {"inputmode": "numeric", "autocomplete": "one-time-code", **_PLAIN}


class LoginForm(AllauthLoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        login, password = self.fields["login"], self.fields["password"]
        login.label = _("Sign-in name")
        login.widget = forms.TextInput(attrs={"autocomplete": "username", **_PLAIN})
        password.label = _("Password")
        password.widget = forms.PasswordInput(
            attrs={"autocomplete": "current-password"}
        )
        password.help_text = ""


class ReauthenticateForm(AllauthReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].label = _("Password")
        self.fields["password"].widget = forms.PasswordInput(
            attrs={"autocomplete": "current-password"}
        )


class _CodeMixin:
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("Six digits from the app")
        self.fields["code"].widget = forms.TextInput(attrs=dict(_DIGITS))


class AuthenticateForm(_CodeMixin, AllauthAuthenticateForm):
    pass


class ReauthenticateMFAForm(_CodeMixin, AllauthReauthenticateMFAForm):
    pass


class ActivateTOTPForm(_CodeMixin, AllauthActivateForm):
    pass


class CodeForm(forms.Form):
    """The slip of paper: sign-in name and one-time code."""

    username = forms.CharField(
        label=_("Sign-in name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "username", **_PLAIN}),
    )
    code = forms.CharField(
        label=_("Code on the paper"),
        max_length=20,
        help_text=_("Eight letters and digits, in two groups."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", **_PLAIN, "autocapitalize": "characters"}
        ),
    )


class PasswordForm(forms.Form):
    """A new password, twice; with the present one unless a code was just used."""

    old = forms.CharField(
        label=_("Present password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    password = forms.CharField(
        label=_("New password"),
        help_text=_(
            "At least 8 characters. Three words in a row are easy to remember."
        ),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("New password once more"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        if user.must_set_password:
            del self.fields["old"]

    def clean_old(self) -> str:
        if not self.user.check_password(self.cleaned_data["old"]):
            raise ValidationError(gettext("The password does not fit."), code="old")
        return self.cleaned_data["old"]

    def clean_password(self) -> str:
        validate_password(self.cleaned_data["password"], self.user)
        return self.cleaned_data["password"]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if "password" in data and "again" in data and data["password"] != data["again"]:
            self.add_error("again", gettext("The two passwords are not the same."))
        return data
