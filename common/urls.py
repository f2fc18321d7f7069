"""Addresses of the machine room, mounted at /suc-khoe/."""

from django.urls import path

from common import views

urlpatterns = [
    path("", views.status, name="health"),
    path("song/", views.live, name="health-live"),
    path("san-sang/", views.ready, name="health-ready"),
]
