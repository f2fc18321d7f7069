"""Every address of the people room: the door, the staff screens, the CMS's side doors."""

from django.urls import include, path

urlpatterns = [
    path("vao/", include("people.urls.entrance")),
    path("soan/", include("people.urls.cms")),
    path("", include("people.urls.staff")),
]
