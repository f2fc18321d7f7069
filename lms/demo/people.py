"""The officers and team members of the demonstration, and how they sign in."""

from __future__ import annotations

import dataclasses
import datetime as dt

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from lms.demo.story import Member
from people.actions import add_person, invite, invite_officer, join_team
from people.actions.showing import show_my_phone
from people.models import Person, User
from people.roles import Role
from pilot_communes.models import Team, Unit

PASSWORD = "toso-dung-thu"  # noqa: S105 -- printed, and only where everything is invented


@dataclasses.dataclass(frozen=True)
class Login:
    """A way in that is printed: what it is called and whose screens it shows."""

    username: str
    words: str
    name: str = ""
    role: str = ""
    unit: str = "96"


# The coordinator of Năm Căn stands before an empty commune and its five steps.
OFFICERS = (
    Login("quantri", "Quản trị", "Trần Thị Mẫu", Role.ADMINISTRATOR),
    Login("tinh", "Điều phối tỉnh", "Lê Văn Mẫu", Role.PROVINCE_COORDINATOR),
    Login(
        "xa", "Điều phối xã Đất Mũi", "Phạm Thị Mẫu", Role.COMMUNE_COORDINATOR, "32248"
    ),
    Login(
        "xa2",
        "Điều phối xã Sông Đốc",
        "Huỳnh Văn Mẫu",
        Role.COMMUNE_COORDINATOR,
        "32098",
    ),
    Login(
        "xamoi",
        "Điều phối xã Năm Căn (chưa bắt đầu)",
        "Võ Thị Mẫu",
        Role.COMMUNE_COORDINATOR,
        "32191",
    ),
    Login("soanbai", "Biên soạn bài", "Đặng Thị Mẫu", Role.EDITOR),
    Login("duyetbai", "Duyệt bài", "Ngô Văn Mẫu", Role.REVIEWER),
    Login("kiemtra", "Kiểm tra", "Hồ Thị Mẫu", Role.AUDITOR),
)
# Member keys of the plan that get a name of their own.
TEAM_LOGINS = {
    "32248-t1-0": Login("totruong", "Tổ trưởng ở Đất Mũi"),
    "32248-t1-2": Login("tovien", "Tổ viên ở Đất Mũi"),
}
LOGINS = (*OFFICERS, *TEAM_LOGINS.values())


class Doorkeeper:
    """Gives logins by the rooms' own invitations, then the one printed password.

    The hash is made once: a hundred slow hashes of one word would take half a minute.
    """

    def __init__(self) -> None:
        self._hash = make_password(PASSWORD)

    def officer(self, login: Login, unit: Unit) -> User:
        issued = invite_officer(
            user=None, name=login.name, role=login.role, unit=unit, phone="0900 000 000"
        )
        return self._let_in(issued.login, login.username)

    def coordinator(self, commune: Unit, number: int) -> User:
        """An officer of a commune whose login is not printed."""
        return self.officer(
            Login(
                f"xa-{commune.code}",
                "",
                f"Cán bộ Mẫu {number}",
                Role.COMMUNE_COORDINATOR,
            ),
            commune,
        )

    def member(
        self, member: Member, team: Team, *, officer: User, since: dt.date
    ) -> Person:
        """A member of a team, without a login yet."""
        person = add_person(
            user=officer,
            name=member.name,
            birth_year=member.birth_year,
            sex=member.sex,
            phone=member.phone,
            hamlet=team.hamlets.order_by("pk").first().hamlet,
        )
        join_team(
            person,
            team=team,
            user=officer,
            position=member.position,
            since=since,
            phone_public=member.phone_public,
        )
        return person

    def let_in(self, member: Member, person: Person, *, officer: User) -> User:
        """The member used the one-time code and chose the password."""
        printed = TEAM_LOGINS.get(member.key)
        username = printed.username if printed else f"tv-{member.key}"
        login = self._let_in(invite(person, user=officer).login, username)
        if member.phone_public:
            show_my_phone(user=login)
        return login

    def _let_in(self, login: User, username: str) -> User:
        login.codes.update(used_at=timezone.now())
        login.username = username
        login.password = self._hash
        login.must_set_password = False
        login.last_login = timezone.now()
        login.save()
        return login
