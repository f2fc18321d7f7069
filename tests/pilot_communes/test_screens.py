"""The screens under /xa/dia-ban/, as plain forms."""

import datetime as dt

import pytest
from django.urls import reverse

from people.factors import SET_UP_HERE
from pilot_communes.models import (
    MapChange,
    PopulationFigure,
    Succession,
    SupportPoint,
    Unit,
)
from tests import factories as make

CODE = "32248"
DAY = "2026-08-01"
DECISION = {"effective_on": DAY, "decree": "12/NQ-HĐND"}
pytestmark = pytest.mark.usefixtures("on_the_day")


def url(name, *args, code=CODE):
    return reverse(f"pilot_communes:{name}", args=[code, *args])


@pytest.fixture
def as_(client, cast):
    """Sign in as one of the cast, the second factor shown."""

    def sign_in(name):
        client.force_login(getattr(cast, name))
        session = client.session
        session[SET_UP_HERE] = True
        session.save()
        return client

    return sign_in


@pytest.fixture
def point(ground):
    return SupportPoint.objects.create(
        commune=ground.dat_mui, name="Nhà văn hóa", valid_from=make.BEGAN
    )


def screens(point, ground):
    hamlet = ground.rach_moi.code
    return [
        url("commune"),
        url("add"),
        url("merge"),
        url("bases"),
        url("history"),
        url("rename", hamlet),
        url("split", hamlet),
        url("move", hamlet),
        url("support-points"),
        url("add-support-point"),
        url("support-point", point.uuid),
        url("close-support-point", point.uuid),
    ]


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("hanh", 200),
        ("mai", 200),
        ("quan", 200),
        ("dao", 404),
        ("son", 404),
        ("tam", 403),
        ("lan", 403),
        ("dung", 403),
        ("thu", 403),
        ("thao", 403),
    ],
)
def test_only_those_who_answer_for_the_commune_open_its_screens(
    as_, ground, point, who, status
):
    client = as_(who)
    assert {
        path: client.get(path).status_code for path in screens(point, ground)
    } == dict.fromkeys(screens(point, ground), status)


def test_a_guest_is_sent_to_sign_in(client, ground, point):
    for path in [reverse("pilot_communes:index"), *screens(point, ground)]:
        response = client.get(path)
        assert response.status_code == 302
        assert response.url.startswith("/vao/")


def test_a_hamlet_of_the_sibling_is_not_found_under_ones_own_commune(as_, ground):
    client = as_("hanh")
    for name in ("rename", "split", "move"):
        assert client.get(url(name, ground.ong_trang.code)).status_code == 404
        assert client.get(url(name, ground.unknown.code)).status_code == 404


def test_a_commune_coordinator_goes_straight_to_the_commune(as_, ground):
    response = as_("hanh").get(reverse("pilot_communes:index"))
    assert (response.status_code, response.url) == (302, url("commune"))


def test_the_province_chooses_a_commune_by_folded_name(as_, ground):
    client = as_("mai")
    page = client.get(reverse("pilot_communes:index"))
    assert [(c.name, n) for c, n in page.context["rows"]] == [
        ("Đất Mũi", 2),
        ("Tân Ân", 1),
    ]
    found = client.get(reverse("pilot_communes:index"), {"tim": "dat mui"})
    assert [c.name for c, _n in found.context["rows"]] == ["Đất Mũi"]


def test_others_have_no_commune_to_choose(as_, ground):
    assert as_("tam").get(reverse("pilot_communes:index")).status_code == 403


def test_the_list_names_hamlets_bases_and_teams(as_, ground):
    PopulationFigure.objects.create(
        unit=ground.rach_moi,
        group="households",
        value=1319,
        date=make.BEGAN,
        source="x",
        quality="declared",
    )
    html = as_("hanh").get(url("commune")).content.decode()
    for words in ("Ấp Rạch Mới", "Ấp Kinh Tư", "1.319", "Tổ ấp Rạch Mới", "32248001"):
        assert words in html
    assert "Ông Trang" not in html


def test_a_pasted_list_is_checked_then_added_at_once(as_, ground):
    client = as_("hanh")
    text = "Tên ấp\tSố hộ\nẤp Mũi\t1.250\t900\nKhóm Chợ"
    page = client.post(url("add"), {"hamlets": text, **DECISION})
    assert [line.name for line in page.context["preview"].after] == [
        "ấp Mũi (32248003)",
        "khóm Chợ (32248004)",
    ]
    assert not Unit.objects.filter(name="Mũi").exists()
    typed = dict(page.context["typed"])
    response = client.post(url("add"), typed | {"apply": "1"})
    assert (response.status_code, response.url) == (302, url("commune"))
    assert list(
        Unit.objects.under(ground.dat_mui)
        .filter(code__gt="32248002")
        .values_list("code", "kind", "name", "decree")
        .order_by("code")
    ) == [
        ("32248003", "ap", "Mũi", "12/NQ-HĐND"),
        ("32248004", "khom", "Chợ", "12/NQ-HĐND"),
    ]
    assert set(PopulationFigure.objects.values_list("group", "value", "quality")) == {
        ("households", 1250, "declared"),
        ("adults", 900, "declared"),
    }


def test_wrong_lines_are_listed_and_nothing_is_added(as_, ground):
    client = as_("hanh")
    text = "Ấp Mũi;nhiều\n\nrạch mới\nẤp Mũi B;1;2;3\n;5\nẤp C\nấp c"
    for apply in ({}, {"apply": "1"}):
        page = client.post(url("add"), {"hamlets": text, **DECISION, **apply})
        assert page.status_code == 200
        problems = page.context["form"].non_field_errors()
        if not apply:
            assert len(problems) == 5
            assert [
                "".join(c for c in p.partition(":")[0] if c.isdigit()) for p in problems
            ] == ["1", "3", "4", "5", "7"]
        assert "Ấp Mũi;nhiều" in page.content.decode()
    assert Unit.objects.hamlets().count() == 4


def test_edit_brings_the_form_back_with_what_was_typed(as_, ground):
    page = as_("hanh").post(url("add"), {"hamlets": "Ấp Mũi", **DECISION, "edit": "1"})
    assert "preview" not in page.context
    assert page.context["form"]["hamlets"].value() == "Ấp Mũi"


def test_hamlets_are_merged_and_the_merger_undone_on_screen(as_, ground, snapshot):
    before = snapshot()
    client = as_("hanh")
    asked = {
        "units": [ground.rach_moi.pk, ground.kinh_tu.pk],
        "name": "Rạch Tư",
        "kind": "ap",
        **DECISION,
    }
    page = client.post(url("merge"), asked)
    assert page.context["typed"].count(("units", str(ground.kinh_tu.pk))) == 1
    assert not MapChange.objects.exists()
    assert client.post(url("merge"), asked | {"apply": "1"}).status_code == 302
    change = MapChange.objects.get()
    history = client.get(url("history"))
    assert url("undo", change.uuid) in history.content.decode()
    assert (
        client.get(url("undo", change.uuid)).context["preview"].after[0].name
        == "ấp Rạch Mới"
    )
    assert client.post(url("undo", change.uuid)).status_code == 302
    assert snapshot() == before
    assert url("undo", change.uuid) not in client.get(url("history")).content.decode()


def test_an_undo_that_cannot_be_says_why_and_changes_nothing(as_, ground, snapshot):
    client = as_("hanh")
    client.post(url("add"), {"hamlets": "Ấp Mũi", **DECISION, "apply": "1"})
    make.make_session(Unit.objects.get(name="Mũi"))
    change = MapChange.objects.get()
    before = snapshot()
    page = client.get(url("undo", change.uuid))
    assert page.context["preview"] is None
    assert len(page.context["reasons"]) == 1
    client.post(url("undo", change.uuid))
    assert snapshot() == before


def test_the_sibling_cannot_undo_by_address(as_, ground):
    as_("hanh").post(url("add"), {"hamlets": "Ấp Mũi", **DECISION, "apply": "1"})
    change = MapChange.objects.get()
    client = as_("dao")
    for code in (CODE, "32236"):
        assert client.post(url("undo", change.uuid, code=code)).status_code == 404
    change.refresh_from_db()
    assert change.undone_at is None


def test_a_refused_change_stays_on_the_form(as_, ground):
    page = as_("hanh").post(
        url("merge"),
        {"units": [ground.rach_moi.pk], "name": "X", "kind": "ap", **DECISION},
    )
    assert page.status_code == 200
    assert len(page.context["form"].non_field_errors()) == 1


def test_a_hamlet_of_the_sibling_cannot_be_chosen_for_a_merger(as_, ground):
    page = as_("hanh").post(
        url("merge"),
        {
            "units": [ground.rach_moi.pk, ground.ong_trang.pk],
            "name": "X",
            "kind": "ap",
            **DECISION,
            "apply": "1",
        },
    )
    assert list(page.context["form"].errors) == ["units"]
    assert not MapChange.objects.exists()


def test_a_hamlet_is_split_and_a_part_joins_another(as_, ground):
    client = as_("hanh")
    asked = {
        "name_1": "Rạch Mới",
        "households_1": "200",
        "households_2": "100",
        "joins_2": ground.kinh_tu.pk,
        **DECISION,
    }
    path = url("split", ground.rach_moi.code)
    page = client.post(path, asked)
    assert [line.name for line in page.context["preview"].after] == [
        "ấp Rạch Mới",
        "ấp Kinh Tư",
    ]
    assert "66,7" in page.content.decode()
    assert client.post(path, asked | {"apply": "1"}).status_code == 302
    assert Succession.objects.count() == 3


@pytest.mark.parametrize(
    "asked",
    [
        {"name_1": "Một", "households_1": "5"},
        {"name_1": "Một", "households_1": "5", "name_2": "Hai"},
        {"name_1": "Một", "households_1": "5", "households_2": "5"},
        {"name_1": "Một", "households_1": "0", "name_2": "Hai", "households_2": "5"},
    ],
)
def test_an_unfinished_split_is_refused(as_, ground, asked):
    page = as_("hanh").post(url("split", ground.rach_moi.code), asked | DECISION)
    assert page.status_code == 200
    assert len(page.context["form"].non_field_errors()) == 1


def test_a_hamlet_is_renamed(as_, ground):
    path = url("rename", ground.rach_moi.code)
    asked = {"name": "Rạch Cũ", "kind": "khom", **DECISION}
    client = as_("hanh")
    assert client.post(path, asked).context["preview"].after[0].name == "khóm Rạch Cũ"
    client.post(path, asked | {"apply": "1"})
    ground.rach_moi.refresh_from_db()
    assert ground.rach_moi.full_name == "khóm Rạch Cũ"


def test_the_province_moves_a_hamlet_and_a_commune_reads_that_it_cannot(as_, ground):
    path = url("move", ground.rach_moi.code)
    assert b'<form method="post" novalidate>' not in as_("hanh").get(path).content
    client = as_("mai")
    asked = {"parent": ground.tan_an.pk, **DECISION}
    assert client.post(path, asked).context["preview"].notes
    client.post(path, asked | {"apply": "1"})
    assert ground.rach_moi in Unit.objects.under(ground.tan_an)


def test_bases_are_declared_with_date_and_source(as_, ground):
    page = as_("hanh").post(
        url("bases"),
        {
            "date": "2026-10-01",
            "source": "UBND xã kê khai",
            f"households_{ground.dat_mui.pk}": "4500",
            f"households_{ground.rach_moi.pk}": "319",
            f"adults_{ground.rach_moi.pk}": "",
        },
    )
    assert page.status_code == 302
    assert set(
        PopulationFigure.objects.values_list(
            "unit__name", "group", "value", "quality", "date", "source"
        )
    ) == {
        (
            "Đất Mũi",
            "households",
            4500,
            "declared",
            dt.date(2026, 10, 1),
            "UBND xã kê khai",
        ),
        (
            "Rạch Mới",
            "households",
            319,
            "declared",
            dt.date(2026, 10, 1),
            "UBND xã kê khai",
        ),
    }


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"households": "-1"},
        {"households": "ba trăm"},
        {"households": "5", "date": "2026-12-01"},
        {"households": "5", "source": " "},
    ],
)
def test_wrong_bases_are_refused(as_, ground, asked):
    asked = {"date": "2026-10-01", "source": "UBND xã"} | asked
    if "households" in asked:
        asked[f"households_{ground.rach_moi.pk}"] = asked.pop("households")
    page = as_("hanh").post(url("bases"), asked)
    assert page.status_code == 200
    assert page.context["form"].errors
    assert not PopulationFigure.objects.exists()


def test_a_support_point_is_opened_corrected_and_closed(as_, ground):
    client = as_("hanh")
    asked = {
        "name": "Trung tâm Phục vụ hành chính công",
        "hamlet": ground.rach_moi.pk,
        "hours": "Thứ Hai đến thứ Sáu",
        "phone": "0290 3870 000",
        "has_device": "on",
        "valid_from": "2026-08-01",
    }
    assert client.post(url("add-support-point"), asked).status_code == 302
    point = SupportPoint.objects.get()
    assert point.hamlet == ground.rach_moi
    path = url("support-point", point.uuid)
    client.post(path, asked | {"hours": "Cả tuần"})
    point.refresh_from_db()
    assert (point.hours, point.valid_from) == ("Cả tuần", dt.date(2026, 8, 1))
    closing = url("close-support-point", point.uuid)
    assert client.post(closing, {"closed_on": "2026-07-01"}).status_code == 200
    client.post(closing, {"closed_on": "2026-11-01"})
    point.refresh_from_db()
    assert point.valid_to == dt.date(2026, 11, 1)
    assert client.get(path).status_code == 404


@pytest.fixture
def many(ground):
    """So many hamlets with teams and bases, support points, changes and communes."""

    def make_many(count):
        for number in range(count):
            make.make_unit(f"Xã {number}", "commune", parent=ground.province)
            hamlet = make.make_unit(f"Ấp {number}", "hamlet", parent=ground.dat_mui)
            make.make_team(f"Tổ {number}", ground.dat_mui, hamlet)
            PopulationFigure.objects.create(
                unit=hamlet,
                group="households",
                value=1,
                date=make.BEGAN,
                source="x",
                quality="declared",
            )
            SupportPoint.objects.create(
                commune=ground.dat_mui,
                hamlet=ground.rach_moi,
                name=f"Điểm {number}",
                valid_from=make.BEGAN,
            )
            MapChange.objects.create(
                kind="rename",
                effective_on=make.BEGAN,
                decree="x",
                record={"words": {"before": ["a"], "after": ["b"]}},
            ).grounds.add(ground.dat_mui)

    return make_many


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    ("who", "name", "queries"),
    [
        ("mai", "index", 10),
        ("hanh", "commune", 11),
        ("hanh", "bases", 10),
        ("hanh", "merge", 8),
        ("hanh", "history", 9),
        ("hanh", "support-points", 9),
    ],
)
def test_a_screen_costs_the_same_for_one_and_for_three(
    as_, many, count, who, name, queries, django_assert_num_queries
):
    many(count)
    client = as_(who)
    path = reverse("pilot_communes:index") if name == "index" else url(name)
    # The first request of a session also writes the session.
    client.get(path)
    with django_assert_num_queries(queries):
        assert client.get(path).status_code == 200
