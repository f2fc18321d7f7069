"""The addresses of the map: /xa/dia-ban/."""

from django.urls import path

from pilot_communes.views import changes, ground

app_name = "pilot_communes"

HAMLET = "<slug:code>/ap/<slug:hamlet>/"
POINT = "<slug:code>/diem-ho-tro/<uuid:point>/"

urlpatterns = [
    path("", ground.Communes.as_view(), name="index"),
    path("<slug:code>/", ground.CommuneGround.as_view(), name="commune"),
    path("<slug:code>/them/", changes.AddHamlets.as_view(), name="add"),
    path("<slug:code>/gop/", changes.MergeHamlets.as_view(), name="merge"),
    path("<slug:code>/nen/", ground.Bases.as_view(), name="bases"),
    path("<slug:code>/lich-su/", changes.History.as_view(), name="history"),
    path("<slug:code>/lich-su/<uuid:change>/", changes.Undo.as_view(), name="undo"),
    path(f"{HAMLET}doi-ten/", changes.RenameHamlet.as_view(), name="rename"),
    path(f"{HAMLET}tach/", changes.SplitHamlet.as_view(), name="split"),
    path(f"{HAMLET}chuyen/", changes.MoveHamlet.as_view(), name="move"),
    path(
        "<slug:code>/diem-ho-tro/",
        ground.SupportPoints.as_view(),
        name="support-points",
    ),
    path(
        "<slug:code>/diem-ho-tro/moi/",
        ground.AddSupportPoint.as_view(),
        name="add-support-point",
    ),
    path(POINT, ground.ChangeSupportPoint.as_view(), name="support-point"),
    path(
        f"{POINT}dong/",
        ground.CloseSupportPoint.as_view(),
        name="close-support-point",
    ),
]
