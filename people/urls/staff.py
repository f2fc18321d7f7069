"""Screens of the people room, in the namespace `people`."""

from django.urls import path

from people.views import households, persons, roles, showing, sign_in, teams

app_name = "people"
urlpatterns = [
    path("vao/tiep/", sign_in.NextStepView.as_view(), name="next_step"),
    path("vao/ma/", sign_in.UseCodeView.as_view(), name="use_code"),
    path("vao/mat-khau/", sign_in.ChoosePasswordView.as_view(), name="choose_password"),
    path("vao/thoat-het/", sign_in.EndOtherSessionsView.as_view(), name="end_sessions"),
    path("vao/toi/so-dien-thoai/", showing.MyPhoneView.as_view(), name="my_phone"),
    path("xa/to/", teams.TeamListView.as_view(), name="teams"),
    path("xa/to/moi/", teams.AddTeamView.as_view(), name="add_team"),
    path("xa/to/<uuid:uuid>/", teams.TeamView.as_view(), name="team"),
    path("xa/to/<uuid:uuid>/sua/", teams.ChangeTeamView.as_view(), name="change_team"),
    path("xa/to/<uuid:uuid>/nguoi/", teams.AddMemberView.as_view(), name="add_member"),
    path(
        "xa/to/<uuid:uuid>/nguoi/<int:pk>/",
        teams.MemberView.as_view(),
        name="member",
    ),
    path("xa/dan/", persons.PersonListView.as_view(), name="persons"),
    path("xa/dan/moi/", persons.AddPersonView.as_view(), name="add_person"),
    path("xa/dan/chua-xep/", persons.UnplacedView.as_view(), name="unplaced"),
    path("xa/dan/<uuid:uuid>/", persons.PersonView.as_view(), name="person"),
    path(
        "xa/dan/<uuid:uuid>/sua/",
        persons.ChangePersonView.as_view(),
        name="change_person",
    ),
    path(
        "xa/dan/<uuid:uuid>/noi-o/",
        persons.MovePersonView.as_view(),
        name="move_person",
    ),
    path("xa/dan/<uuid:uuid>/gop/", persons.MergeView.as_view(), name="merge"),
    path(
        "xa/dan/<uuid:uuid>/tach/<int:pk>/",
        persons.UnmergeView.as_view(),
        name="unmerge",
    ),
    path(
        "xa/dan/<uuid:uuid>/xoa/",
        persons.ErasePersonView.as_view(),
        name="erase_person",
    ),
    path(
        "xa/dan/<uuid:uuid>/ban-sao/",
        persons.ExportPersonView.as_view(),
        name="export_person",
    ),
    path("xa/ho/", households.HouseholdListView.as_view(), name="households"),
    path("xa/ho/moi/", households.AddHouseholdView.as_view(), name="add_household"),
    path(
        "xa/ho/dan/", households.PasteHouseholdsView.as_view(), name="paste_households"
    ),
    path(
        "xa/ho/dan/<uuid:uuid>/bo/",
        households.UndoPasteView.as_view(),
        name="undo_paste",
    ),
    path("xa/ho/<uuid:uuid>/", households.HouseholdView.as_view(), name="household"),
    path(
        "xa/ho/<uuid:uuid>/xoa/",
        households.EraseHouseholdView.as_view(),
        name="erase_household",
    ),
    path("tinh/quyen/", roles.RoleListView.as_view(), name="roles"),
    path("tinh/quyen/moi/", roles.AppointView.as_view(), name="appoint"),
    path("tinh/quyen/<int:pk>/", roles.AssignmentView.as_view(), name="assignment"),
]
