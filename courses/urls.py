"""Addresses of lessons that are not in the page tree."""

from django.urls import include, path, re_path

from courses import door, front, taught, views

urlpatterns = [
    # With and without the slash, so that a typed number costs one redirect, not two.
    re_path(r"^(?P<number>[0-9]{1,6})/?$", views.by_number, name="lesson_by_number"),
    path(
        "bai/<slug:course>/<slug:slug>/cau-hoi/",
        views.questions,
        name="lesson_questions",
    ),
    path(
        "bai/<slug:course>/<slug:slug>/tap/<int:number>/",
        views.practice,
        name="lesson_practice",
    ),
    path(
        "bai/<slug:course>/<slug:slug>/nghe/",
        views.listen,
        name="lesson_listen",
    ),
    path(
        "bai/<slug:course>/<slug:slug>/lam-duoc/",
        views.told,
        name="lesson_told",
    ),
    path("", include("courses.handouts.urls")),
    path("gan-nha/", front.nearby, name="nearby"),
    path("gan-nha/<slug:slug>/", front.nearby_commune, name="nearby_commune"),
    path("so-can-goi/", front.hotlines, name="hotlines"),
    path("bao-bai-sai/", front.wrong_lesson, name="wrong_lesson"),
    path("nghe-tieng-khmer/", front.khmer, name="lessons_in_khmer"),
    path("so/bai/<int:number>/huong-dan/", views.guide, name="lesson_guide"),
    path("vao/soan/", door.editors_door, name="editors_door"),
    path(
        "so/bai/<int:number>/ban/<int:revision>/",
        taught.as_taught,
        name="lesson_as_taught",
    ),
    path("so/bai/<int:number>/tam-go/", views.withdraw, name="lesson_withdraw"),
]
