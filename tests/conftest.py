"""The fixed cast and the ground it stands on.

Two communes of one province. In xã Đất Mũi the team of ấp Rạch Mới: anh Tâm leads, chị
Lan helps. Chị Hạnh coordinates the commune. In the sibling xã Tân Ân anh Sơn leads the
team of ấp Ông Trang, and chị Đào coordinates: both must not see Đất Mũi. Chị Mai
coordinates the province, anh Dũng edits lessons, chị Thu reviews, anh Quân administers,
chị Thảo audits. Bà Bảy is a resident without a login. Nobody is a guest.
"""

from __future__ import annotations

import datetime as dt
import types

import pytest
from django.contrib.contenttypes.models import ContentType

from lms.translations import compile_messages, is_stale
from people.roles import Role
from tests import factories as make
from tests.databases import copies

pytest_plugins = ["tests.browser"]

# The evening of design-brief §2.3 is 20 November 2026; the cast lives on that day.
TODAY = dt.date(2026, 11, 20)


@pytest.fixture(scope="session", autouse=True)
def vietnamese_words() -> None:
    """Screens are asserted in Vietnamese: the catalogue is as new as its fragments."""
    if is_stale():
        compile_messages(strict=False)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker):
    """A copy of a database migrated once for each state of the migrations."""
    with django_db_blocker.unblock():
        database = copies()
        database.create()
    yield
    with django_db_blocker.unblock():
        database.destroy()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item):
    """A test with real transactions ends with every table emptied, also of what the
    migrations put there; the next test finds a migrated database again."""
    result = yield
    marker = item.get_closest_marker("django_db")
    if (marker is not None and marker.kwargs.get("transaction")) or {
        "transactional_db",
        "live_server",
    } & set(item.fixturenames):
        copies().restore()
        ContentType.objects.clear_cache()
    return result


@pytest.fixture
def ground(db) -> types.SimpleNamespace:
    """Tỉnh Cà Mau with two communes, their hamlets and their teams."""
    province = make.make_unit("Cà Mau", "province", code="96")
    dat_mui = make.make_unit("Đất Mũi", "commune", parent=province, code="32248")
    tan_an = make.make_unit("Tân Ân", "commune", parent=province, code="32236")
    rach_moi = make.make_unit("Rạch Mới", "hamlet", parent=dat_mui, code="32248001")
    kinh_tu = make.make_unit("Kinh Tư", "hamlet", parent=dat_mui, code="32248002")
    ong_trang = make.make_unit("Ông Trang", "hamlet", parent=tan_an, code="32236001")
    unknown = make.make_unit(
        "ấp chưa rõ", "hamlet", parent=dat_mui, code="32248000", is_unknown=True
    )
    team = make.make_team("Tổ ấp Rạch Mới", dat_mui, rach_moi)
    other_team = make.make_team("Tổ ấp Ông Trang", tan_an, ong_trang)
    return types.SimpleNamespace(
        province=province,
        dat_mui=dat_mui,
        tan_an=tan_an,
        rach_moi=rach_moi,
        kinh_tu=kinh_tu,
        ong_trang=ong_trang,
        unknown=unknown,
        team=team,
        other_team=other_team,
    )


@pytest.fixture
def cast(ground) -> types.SimpleNamespace:
    """The people of the tests, with their logins."""
    persons = {
        "tam": make.make_person(
            "Trần Văn Tâm", ground.rach_moi, birth_year=1968, sex="m"
        ),
        "lan": make.make_person(
            "Lê Thị Lan", ground.rach_moi, birth_year=1990, sex="f"
        ),
        "hanh": make.make_person("Phạm Thị Hạnh"),
        "son": make.make_person("Võ Văn Sơn", ground.ong_trang),
        "dao": make.make_person("Ngô Thị Đào"),
        "mai": make.make_person("Đặng Thị Mai"),
        "dung": make.make_person("Bùi Văn Dũng"),
        "thu": make.make_person("Hồ Thị Thu"),
        "quan": make.make_person("Dương Văn Quân"),
        "thao": make.make_person("Lý Thị Thảo"),
    }
    users = {key: make.make_user(key, person) for key, person in persons.items()}
    make.join_team(persons["tam"], ground.team, "leader")
    make.join_team(persons["lan"], ground.team, "member")
    make.join_team(persons["son"], ground.other_team, "leader")
    make.give_role(users["hanh"], Role.COMMUNE_COORDINATOR, ground.dat_mui)
    make.give_role(users["dao"], Role.COMMUNE_COORDINATOR, ground.tan_an)
    make.give_role(users["mai"], Role.PROVINCE_COORDINATOR, ground.province)
    make.give_role(users["dung"], Role.EDITOR, ground.province)
    make.give_role(users["thu"], Role.REVIEWER, ground.province)
    make.give_role(users["quan"], Role.ADMINISTRATOR, ground.province)
    make.give_role(users["thao"], Role.AUDITOR, ground.province)
    bay = make.make_person(
        "Nguyễn Thị Bảy",
        ground.rach_moi,
        usual_name="Bảy Lành",
        birth_year=1962,
        sex="f",
    )
    return types.SimpleNamespace(
        **users, bay=bay, persons=types.SimpleNamespace(**persons)
    )
