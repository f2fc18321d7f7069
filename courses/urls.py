"""Addresses of lessons that are not in the page tree."""

from django.urls import path, re_path

from courses import views

urlpatterns = [
    # With and without the slash, so that a typed number costs one redirect, not two.
    re_path(r"^(?P<number>[0-9]{1,6})/?$", views.by_number, name="lesson_by_number"),
    path(
        "bai/<slug:course>/<slug:slug>/cau-hoi/",
        views.questions,
        name="lesson_questions",
    ),
    path("gan-nha/", views.nearby, name="nearby"),
    path("so-can-goi/", views.hotlines, name="hotlines"),
    path("so/bai/<int:number>/huong-dan/", views.guide, name="lesson_guide"),
    path("so/bai/<int:number>/tam-go/", views.withdraw, name="lesson_withdraw"),
]
