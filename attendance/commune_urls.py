"""What waits for the commune's coordinator, mounted at /xa/cho-xac-nhan/."""

from django.urls import path

from attendance.views import confirmations

app_name = "confirmations"

urlpatterns = [
    path("", confirmations.waiting, name="waiting"),
    path("<uuid:entry>/", confirmations.decide, name="decide"),
]
