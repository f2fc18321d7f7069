"""Addresses of the first steps, below /xa/bat-dau/."""

from django.urls import path

from lms import setup_views

urlpatterns = [path("", setup_views.setup, name="setup")]
