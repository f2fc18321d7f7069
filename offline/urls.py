"""Addresses of the phone without a network."""

from django.urls import path

from offline import views

urlpatterns = [
    path("sw.js", views.worker, name="offline_worker"),
    path("mat-mang/", views.offline_page, name="offline_page"),
    path("may-nay/", views.this_phone, name="this_phone"),
    path("giu/loi/", views.script_words, name="offline_words"),
    path("giu/<slug:course>/", views.what_to_keep, name="keep_group"),
    path("giu/<slug:course>/<slug:slug>/", views.what_to_keep, name="keep_lesson"),
]
