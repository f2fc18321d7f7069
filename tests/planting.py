"""The same things planted in both communes, so that each could leak into the other."""

from __future__ import annotations

import datetime as dt
import types
from typing import Any

from attendance.actions import close_session, plan_session
from attendance.models import HeldEntry
from attendance.pen import Draft, write
from common.ids import new_uuid
from people.actions import add_household, merge_persons
from people.imports import apply_households
from people.models import PersonPointer, TeamMembership
from pilot_communes.actions import add_hamlets, add_support_point
from pilot_communes.plans import read_hamlets
from pilot_communes.querysets import today
from tests import factories as make
from tests.courses.making import (
    make_drawing,
    make_lesson,
    make_recording,
    practice,
)

HERE, THERE, ABOVE = "here", "there", "above"

# Words that only the people of a commune may ever read. They are planted below.
SECRETS = {
    HERE: (
        "Nguyễn Thị Bảy",
        "Bảy Chèo Đò",
        "0900000071",
        "Lâm Văn Chòi",
        "kín ở Rạch Mới",
    ),
    THERE: ("Lý Thị Ngà", "Sáu Ngà", "0900000072", "Thạch Văn Đước", "kín ở Ông Trang"),
}
# Names of a team's members: their commune and those who manage teams may read them.
STAFF_NAMES = {
    HERE: ("Trần Văn Tâm", "Lê Thị Lan"),
    THERE: ("Võ Văn Sơn",),
}


def plant(
    cast: types.SimpleNamespace, ground: types.SimpleNamespace
) -> types.SimpleNamespace:
    """The same things in both communes, so that each could leak into the other."""
    cast.nobody = make.make_user("nobody", make.make_person("Cao Văn Không"))
    cast.root = make.make_user("root", is_superuser=True)
    make.make_unit(
        "ấp chưa rõ", "hamlet", parent=ground.tan_an, code="32236000", is_unknown=True
    )
    lesson = make_lesson(practices=[("practice", practice(picture=make_drawing()))])
    make_recording(lesson)
    planted = {
        HERE: _plant_in(
            ground.dat_mui,
            ground.rach_moi,
            ground.team,
            cast.hanh,
            cast.tam,
            HERE,
            lesson,
        ),
        THERE: _plant_in(
            ground.tan_an,
            ground.ong_trang,
            ground.other_team,
            cast.dao,
            cast.son,
            THERE,
            lesson,
        ),
    }
    province_role = cast.mai.assignments.get()
    planted[ABOVE] = {
        "code": ground.province.code,
        "assignment": province_role.pk,
    }
    course = lesson.get_parent()
    return types.SimpleNamespace(
        cast=cast,
        ground=ground,
        planted=planted,
        lesson_page=lesson,
        lesson_number=lesson.number,
        lesson_args={"course": course.slug, "slug": lesson.slug},
    )


def _plant_in(commune, hamlet, team, officer, leader, unit, lesson) -> dict[str, Any]:
    name, usual, phone, head, note = SECRETS[unit]
    household = add_household(user=officer, hamlet=hamlet, head_name=head)
    bay = make.make_person(
        name,
        hamlet,
        usual_name=usual,
        phone=phone,
        birth_year=1962,
        household=household,
    )
    twin = make.make_person(name, hamlet)
    merge_persons(twin, into=bay, user=officer)
    session = plan_session(
        user=leader, host=hamlet, team=team, date=today(), lessons=[lesson]
    )
    seen = {"person": bay.uuid}
    write(
        session,
        user=leader,
        drafts=[
            Draft("consent", "consent", "read"),
            Draft("mark", f"presence/{bay.uuid}", "present", **seen),
            Draft("outcome", f"outcome/{bay.uuid}", "helped", **seen),
            Draft("head_count", "head_count", "3"),
            Draft("note", f"note/{new_uuid()}", "", body={"text": f"ghi chú {note}"}),
        ],
    )
    closed = plan_session(
        user=leader, host=hamlet, team=team, date=today() - dt.timedelta(days=3)
    )
    write(
        closed,
        user=leader,
        drafts=[
            Draft("consent", "consent", "read"),
            Draft("mark", f"presence/{bay.uuid}", "present", **seen),
            Draft("head_count", "head_count", "1"),
        ],
    )
    close_session(closed, user=leader)
    planned = plan_session(
        user=leader, host=hamlet, team=team, date=today() + dt.timedelta(days=2)
    )
    start = plan_session(user=leader, host=hamlet, team=team, date=today())
    said = {"household": str(household.uuid), "household_head": head}
    (receipt,) = write(
        start,
        user=leader,
        drafts=[Draft("walk_in", f"presence/{bay.uuid}", "present", bay.uuid, said)],
    )
    HeldEntry.objects.filter(pk=receipt.id).update(reason=HeldEntry.Reason.OTHER_GROUND)
    point = add_support_point(
        commune, user=officer, name=f"Điểm {commune.name}", valid_from=today()
    )
    change = add_hamlets(
        commune,
        read_hamlets(f"Xóm Mới {commune.code}", commune),
        user=officer,
        valid_from=commune.valid_from,
        decree="Quyết định 1",
    )
    run = apply_households(f"Hộ dán {commune.code}", hamlet=hamlet, user=officer)
    return {
        "code": commune.code,
        "hamlet": hamlet.code,
        "hamlet_uuid": hamlet.uuid,
        "team": team.uuid,
        "member": TeamMembership.objects.get(team=team, person=leader.person).pk,
        "person": bay.uuid,
        "pointer": PersonPointer.objects.get(from_person=twin).pk,
        "household": household.uuid,
        "run": run.uuid,
        "session": session.uuid,
        "closed": closed.uuid,
        "planned": planned.uuid,
        "start": start.uuid,
        "held": receipt.id,
        "point": point.uuid,
        "change": change.uuid,
        "assignment": officer.assignments.get().pk,
    }
