"""The door: signing in, one-time codes, passwords, second factor, the first screen."""

from __future__ import annotations

from allauth.account import views as account_views
from allauth.account.adapter import get_adapter
from allauth.account.utils import perform_login
from allauth.mfa.base import views as mfa_views
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as recovery_views
from allauth.mfa.totp import views as totp_views
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView, TemplateView, View
from wagtail.log_actions import log

from people import actions
from people.factors import (
    SET_UP_HERE,
    has_second_factor,
    missing_step,
    needs_second_factor,
)
from people.forms.sign_in import (
    ActivateTOTPForm,
    AuthenticateForm,
    CodeForm,
    LoginForm,
    PasswordForm,
    ReauthenticateForm,
    ReauthenticateMFAForm,
)
from people.roles import TEAM_LEADER, TEAM_MEMBER, Role

login = account_views.LoginView.as_view(form_class=LoginForm)
reauthenticate = account_views.ReauthenticateView.as_view(form_class=ReauthenticateForm)
authenticate = mfa_views.AuthenticateView.as_view(form_class=AuthenticateForm)
reauthenticate_mfa = mfa_views.ReauthenticateView.as_view(
    form_class=ReauthenticateMFAForm
)
view_recovery_codes = never_cache(recovery_views.ViewRecoveryCodesView.as_view())
generate_recovery_codes = recovery_views.GenerateRecoveryCodesView.as_view()
deactivate_totp = totp_views.DeactivateTOTPView.as_view()


class ActivateTOTPView(totp_views.ActivateTOTPView):
    """Setting up the app; the secret is also shown in letters, for one phone alone."""

    form_class = ActivateTOTPForm

    def get_context_data(self, **kwargs) -> dict:
        secret = kwargs.get("form") and kwargs["form"].secret
        context = super().get_context_data(**kwargs)
        secret = secret or context["form"].secret
        context["secret"] = " ".join(
            secret[start : start + 4] for start in range(0, len(secret), 4)
        )
        context["is_forced"] = needs_second_factor(self.request.user)
        return context

    def form_valid(self, form: ActivateTOTPForm) -> HttpResponse:
        response = super().form_valid(form)
        # This session has shown the second factor; every other one is asked for it.
        self.request.session[SET_UP_HERE] = True
        log(self.request.user, "people.second_factor", user=self.request.user)
        return response


activate_totp = never_cache(ActivateTOTPView.as_view())

# Where each kind of work begins. A login with several hats begins with its own sessions.
FIRST_SCREENS: dict[str, str] = {
    TEAM_MEMBER: "/so/",
    TEAM_LEADER: "/so/",
    Role.COMMUNE_COORDINATOR: "/xa/",
    Role.PROVINCE_COORDINATOR: "/tinh/",
    Role.ADMINISTRATOR: "/tinh/",
    Role.AUDITOR: "/tinh/",
    Role.EDITOR: "/soan/",
    Role.REVIEWER: "/soan/",
}


@method_decorator(never_cache, name="dispatch")
class NextStepView(LoginRequiredMixin, View):
    """After signing in: the missing step, else the first screen of the login's work."""

    def get(self, request: HttpRequest) -> HttpResponse:
        step = missing_step(request)
        if step:
            return redirect(step)
        screens = {FIRST_SCREENS[role] for role in request.user.reach().roles}
        if not screens:
            if request.user.is_superuser:
                return redirect("/tinh/")
            return render(request, "people/no_work.html")
        return redirect(screens.pop() if len(screens) == 1 else "/so/")


@method_decorator([never_cache, sensitive_post_parameters("code")], name="dispatch")
class UseCodeView(FormView):
    """Entering with the code on the paper."""

    form_class = CodeForm
    template_name = "people/use_code.html"

    def form_valid(self, form: CodeForm) -> HttpResponse:
        try:
            row = actions.use_code(
                username=form.cleaned_data["username"],
                code=form.cleaned_data["code"],
                address=get_adapter(self.request).get_client_ip(self.request),
            )
        except ValidationError as error:
            form.add_error(None, error)
            return self.form_invalid(form)
        if self.request.user.is_authenticated:
            self.request.session.flush()
        return perform_login(
            self.request, row.user, redirect_url=reverse("people:choose_password")
        )


@method_decorator(
    [never_cache, sensitive_post_parameters("old", "password", "again")],
    name="dispatch",
)
class ChoosePasswordView(LoginRequiredMixin, FormView):
    """A new password: at once after a one-time code, later whenever its holder likes."""

    form_class = PasswordForm
    template_name = "people/choose_password.html"
    success_url = reverse_lazy("people:next_step")

    def get_form_kwargs(self) -> dict:
        return super().get_form_kwargs() | {"user": self.request.user}

    def form_valid(self, form: PasswordForm) -> HttpResponse:
        actions.choose_password(self.request.user, form.cleaned_data["password"])
        # This session ended with the others; begin it anew under the new password.
        update_session_auth_hash(self.request, self.request.user)
        UserSession.objects.create_from_request(self.request)
        messages.success(self.request, _("The new password is stored."))
        return super().form_valid(form)


@method_decorator(never_cache, name="dispatch")
class MyLoginView(LoginRequiredMixin, TemplateView):
    """One's own login: password, second factor, phones and browsers signed in."""

    template_name = "people/my_login.html"

    def get_context_data(self, **kwargs) -> dict:
        user = self.request.user
        codes = Authenticator.objects.filter(
            user=user, type=Authenticator.Type.RECOVERY_CODES
        ).first()
        return super().get_context_data(**kwargs) | {
            "has_second_factor": has_second_factor(user),
            "needs_second_factor": needs_second_factor(user),
            "codes_left": len(codes.wrap().get_unused_codes()) if codes else 0,
            "sessions": sorted(
                UserSession.objects.purge_and_list(user), key=lambda row: row.created_at
            ),
        }


class EndOtherSessionsView(LoginRequiredMixin, View):
    """Sign out everywhere else."""

    def post(self, request: HttpRequest) -> HttpResponse:
        for row in UserSession.objects.purge_and_list(request.user):
            if not row.is_current():
                row.end()
        messages.success(request, _("Every other phone and browser is signed out."))
        return redirect("mfa_index")


class ForgottenView(TemplateView):
    """Nobody sends a password by message: who forgot it asks the officer for a code."""

    template_name = "people/forgotten.html"


class ClosedDoorView(TemplateView):
    """There is no open registration."""

    template_name = "people/no_signup.html"


def has_oidc() -> bool:
    """Is signing in through an identity provider set up?"""
    return bool(settings.SOCIALACCOUNT_PROVIDERS.get("openid_connect"))
