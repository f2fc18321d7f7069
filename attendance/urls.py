"""The team's screens, mounted at /so/."""

from django.urls import path

from attendance.views import (
    app,
    closing,
    days,
    outcomes,
    papers,
    people,
    persons,
    plans,
    register,
)

app_name = "attendance"

urlpatterns = [
    path("", days.today_view, name="today"),
    path("vo/", app.shell, name="app_shell"),
    path("ghi-danh/", app.shell, name="app_enrolment"),
    path("sw.js", app.worker, name="app_worker"),
    path("app.webmanifest", app.manifest, name="app_manifest"),
    path("lich/", days.calendar, name="calendar"),
    path("buoi/moi/", plans.plan, name="plan"),
    path("buoi/<uuid:session>/", plans.overview, name="session"),
    path("buoi/<uuid:session>/sua/", plans.change, name="change"),
    path("buoi/<uuid:session>/huy/", plans.cancel, name="cancel"),
    path("buoi/<uuid:session>/bat-dau/", plans.start, name="start"),
    path("buoi/<uuid:session>/mo-lai/", plans.reopen, name="reopen"),
    path("buoi/<uuid:session>/diem-danh/", register.register, name="register"),
    path("buoi/<uuid:session>/so-thu-tu/", register.by_number, name="by_number"),
    path("buoi/<uuid:session>/loi-doc/", register.consent, name="consent"),
    path("buoi/<uuid:session>/them/", people.add, name="add"),
    path("buoi/<uuid:session>/hoc-thay/", people.proxy, name="proxy"),
    path("buoi/<uuid:session>/nguoi/<uuid:person>/", persons.person, name="person"),
    path("buoi/<uuid:session>/ket-qua/", outcomes.outcomes, name="outcomes"),
    path("buoi/<uuid:session>/lech/", outcomes.choose, name="choose"),
    path("buoi/<uuid:session>/dong/", closing.close, name="close"),
    path("buoi/<uuid:session>/in/", papers.sign_list_pdf, name="sign_list"),
]
