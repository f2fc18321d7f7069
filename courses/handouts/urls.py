"""Addresses of handouts: beside their lesson, guides among the team's screens."""

from django.urls import path

from courses.handouts import views

LESSON = "bai/<slug:course>/<slug:slug>/"

urlpatterns = [
    path(f"{LESSON}anh/", views.picture_page, name="lesson_picture"),
    path(
        f"{LESSON}anh/<slug:name>.png", views.picture_file, name="lesson_picture_file"
    ),
    path(f"{LESSON}in/", views.print_page, name="lesson_print"),
    path(f"{LESSON}in/<slug:name>.pdf", views.print_file, name="lesson_print_file"),
    path("so/bai/huong-dan/", views.choose_guides, name="lesson_guides"),
    path("so/bai/huong-dan.pdf", views.guides_pdf, name="lesson_guides_pdf"),
    path(
        "so/bai/<int:number>/huong-dan.pdf", views.guide_file, name="lesson_guide_pdf"
    ),
]
