"""The whole house's addresses."""

from django.conf import settings
from django.urls import include, path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls

from common.views import public_file
from lms import views
from lms.api import api

handler400 = views.bad_request
handler500 = views.server_error

urlpatterns = [
    path("suc-khoe/", include("common.urls")),
    path("api/v1/", api.urls),
    path("robots.txt", views.robots_txt, name="robots"),
    path(".well-known/security.txt", views.security_txt, name="security-txt"),
    path(
        f"{settings.MEDIA_URL.strip('/')}/<path:path>", public_file, name="public-file"
    ),
    # Before the CMS: its own sign-in, logins and groups lead to ours.
    path("", include("people.urls")),
    path("soan/", include(wagtailadmin_urls)),
    path("so/", include("attendance.urls")),
    path("xa/dia-ban/", include("pilot_communes.urls")),
    path("xa/cho-xac-nhan/", include("attendance.commune_urls")),
    path("xa/bat-dau/", include("lms.setup_urls")),
    path("", include("reports.urls")),
    path("", include("offline.urls")),
    path("", include("courses.urls")),
    path("", include(wagtail_urls)),
]
