"""The door, under /vao/: allauth's views by the names it knows, at addresses of ours."""

from allauth.account import views as account_views
from django.conf import settings
from django.urls import include, path
from django.views.generic import RedirectView

from people.views import sign_in

urlpatterns = [
    path("", sign_in.login, name="account_login"),
    path("thoat/", account_views.logout, name="account_logout"),
    path("tam-khoa/", account_views.account_inactive, name="account_inactive"),
    path("xac-nhan/", sign_in.reauthenticate, name="account_reauthenticate"),
    path("quen/", sign_in.ForgottenView.as_view(), name="account_reset_password"),
    path("dang-ky/", sign_in.ClosedDoorView.as_view(), name="account_signup"),
    path("hai-lop/", sign_in.authenticate, name="mfa_authenticate"),
    path("hai-lop/xac-nhan/", sign_in.reauthenticate_mfa, name="mfa_reauthenticate"),
    path("hai-lop/bat/", sign_in.activate_totp, name="mfa_activate_totp"),
    path("hai-lop/tat/", sign_in.deactivate_totp, name="mfa_deactivate_totp"),
    path("ma-du-phong/", sign_in.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "ma-du-phong/moi/",
        sign_in.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path("toi/", sign_in.MyLoginView.as_view(), name="mfa_index"),
    path(
        "mat-khau/doi/",
        RedirectView.as_view(pattern_name="people:choose_password"),
        name="account_change_password",
    ),
    path(
        "mat-khau/dat/",
        RedirectView.as_view(pattern_name="people:choose_password"),
        name="account_set_password",
    ),
]
if settings.SOCIALACCOUNT_PROVIDERS:
    urlpatterns += [
        path("ngoai/", include("allauth.socialaccount.urls")),
        path("", include("allauth.socialaccount.providers.openid_connect.urls")),
    ]
