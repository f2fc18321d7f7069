"""How allauth behaves here: no open sign-up, Vietnamese sentences, sealed secrets."""

from __future__ import annotations

import base64
import hashlib
import io
import time
from typing import Any

import segno
from allauth.account import app_settings as account_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from people.factors import needs_second_factor

_WAIT = _("Too many wrong tries. Please wait five minutes and try again.")
_WRONG_CODE = _(
    "The code does not fit. Wait for the next one in the app and type that."
)


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _(
            "Sign-in name and password do not fit. Look at capital letters and try again."
        ),
        "too_many_login_attempts": _WAIT,
        "rate_limited": _WAIT,
        "incorrect_password": _("The password does not fit."),
        "enter_current_password": _("Please type the present password."),
    }

    def is_open_for_signup(self, request) -> bool:
        return False

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Who signed in minutes ago need not show the password again."""
        records = get_authentication_records(self.request, self.request.user)
        if records:
            age = time.time() - records[-1]["at"]
            if age < account_settings.REAUTHENTICATION_TIMEOUT:
                return False
        return super().is_reauthentication_required(app=app, **kwargs)

    def add_message(
        self, request, level, message_template=None, *args, message=None, **kwargs
    ):
        """Only sentences of ours: allauth's templates name logins and say nothing new."""
        if message:
            super().add_message(request, level, message=message)


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    def is_open_for_signup(self, request, sociallogin) -> bool:
        return False


def _seal() -> Fernet:
    key = hashlib.sha256(b"people.second_factor:" + settings.PEPPER.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))


class MFAAdapter(DefaultMFAAdapter):
    """Second factors, encrypted at rest with a key that is not in the database."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _WRONG_CODE,
        "cannot_delete_authenticator": _("Your role needs the second factor."),
    }

    def encrypt(self, text: str) -> str:
        return _seal().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _seal().decrypt(encrypted_text.encode()).decode()

    def build_totp_svg(self, url: str) -> str:
        """On white, so that it can be scanned from a dark screen."""
        picture = io.BytesIO()
        segno.make(url, error="m").save(
            picture, kind="svg", scale=5, border=4, dark="#000", light="#fff"
        )
        return picture.getvalue().decode()

    def can_delete_authenticator(self, authenticator) -> bool:
        return not needs_second_factor(authenticator.user)
