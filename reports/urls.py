"""The addresses of figures: /tinh/ for the province, /xa/ for a commune's officer."""

from django.urls import path

from reports.views import mine, phases, places, province

app_name = "reports"
urlpatterns = [
    path("tinh/", province.province, name="province"),
    path("tinh/dot/", phases.phases, name="phases"),
    path("tinh/xa/<slug:code>/", places.commune, name="commune"),
    path("tinh/ap/<uuid:uuid>/", places.hamlet, name="hamlet"),
    path("tinh/buoi/<uuid:uuid>/", places.session, name="session"),
    path("xa/", mine.mine, name="mine"),
]
