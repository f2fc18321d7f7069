"""What the screens of figures say, to whom, and at what cost."""

import csv
import datetime as dt
import io
import time

import pytest
import time_machine
from django.urls import reverse
from openpyxl import load_workbook

from people.middleware import ACTIVE_AT
from pilot_communes.models import Phase, PopulationFigure, Unit
from reports.models import HamletDay
from tests import factories as make
from tests.conftest import TODAY
from tests.reports.register import hold

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 20, 5, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def seen(ground, cast):
    """Two sessions in Rạch Mới, one in the sibling commune, a base and a plan gone by."""
    folk = [
        make.make_person(f"P{n}", ground.rach_moi, birth_year=1960) for n in range(3)
    ]
    away = make.make_person("Q", ground.ong_trang)
    hold(ground.rach_moi, TODAY, [(folk[0], "alone"), (folk[1], "not_yet")], heads=4)
    hold(ground.rach_moi, TODAY - dt.timedelta(days=3), folk, heads=3)
    hold(ground.ong_trang, TODAY - dt.timedelta(days=60), [away], heads=1)
    make.make_session(ground.kinh_tu, ground.team, date=TODAY - dt.timedelta(days=9))
    PopulationFigure.objects.create(
        unit=ground.dat_mui,
        date=dt.date(2026, 10, 1),
        group="adults",
        value=300,
        source="UBND xã",
        quality="declared",
    )
    return folk


def enter(client, user):
    """Signed in a moment ago, second factor and all."""
    client.force_login(user)
    session = client.session
    session[ACTIVE_AT] = time.time()
    session.save()


def page(client, user, path, status=200, **query):
    enter(client, user)
    response = client.get(path, query)
    assert response.status_code == status, path
    return response


def test_day_one_shows_no_percentage_and_one_next_step(client, cast):
    text = page(client, cast.mai, reverse("reports:province")).text
    assert "%<" not in text.replace("100%", "")
    assert text.count('class="button"') == 1
    assert reverse("reports:phases") in text
    assert "not-started" in text or "<svg" in text


def test_the_province_sees_every_commune_with_its_state(client, cast, seen):
    response = page(client, cast.mai, reverse("reports:province"), so="luot")
    states = {
        line["cells"][0][1]: (line["cells"][2][1], line["cells"][3][1])
        for line in response.context["lines"]
    }
    assert states == {
        "xã Đất Mũi": ("Đang hoạt động", "7"),
        "xã Tân Ân": ("Chững lại", "chưa có số liệu"),
    }


def test_help_is_needed_where_registers_are_missing_and_where_nothing_happens(
    client, cast, seen
):
    needs = page(client, cast.mai, reverse("reports:province")).context["needs"]
    assert [(n.place.name, [c.name for c in n.contacts]) for n in needs] == [
        ("Đất Mũi", ["Phạm Thị Hạnh"]),
        ("Tân Ân", ["Ngô Thị Đào"]),
    ]
    assert needs[0].reasons == ["1 sổ chưa về"]
    assert needs[1].reasons == ["chưa có buổi nào 60 ngày"]


def test_a_percentage_is_printed_with_its_base_source_and_dates(
    client, cast, seen, ground
):
    path = reverse("reports:commune", args=[ground.dat_mui.code])
    value = page(client, cast.mai, path, so="nguoi").context["value"]
    assert value == (
        "1,0\u00a0% số người (3/300 người; mẫu số do UBND xã kê khai ngày 01/10/2026; "
        "số liệu đến 12:00 ngày 20/11/2026)."
    )


def test_without_a_base_there_is_no_percentage(client, cast, seen, ground):
    path = reverse("reports:commune", args=[ground.dat_mui.code])
    value = page(client, cast.mai, path, so="ho").context["value"]
    assert "%" not in value
    assert value == "Chưa có số liệu – không phải là 0." or value.startswith("0 hộ")


@pytest.mark.parametrize("measure", ["ap", "buoi", "luot", "nguoi", "ho", "lam-duoc"])
def test_screen_csv_and_xlsx_say_the_same(client, cast, seen, ground, measure):
    for path in (
        reverse("reports:province"),
        reverse("reports:commune", args=[ground.dat_mui.code]),
        reverse("reports:hamlet", args=[ground.rach_moi.uuid]),
    ):
        shown = page(client, cast.mai, path, so=measure)
        screen = (
            [
                [
                    str(value if value is not None else "")
                    for _column, value in line["cells"]
                ]
                for line in shown.context["lines"]
            ]
            if "cells" in shown.context["lines"][0]
            and isinstance(shown.context["lines"][0]["cells"][0], tuple)
            else None
        )
        if screen is None:
            screen = [
                [
                    str("" if value is None else value)
                    for _column, value in line["cells"]
                ]
                for line in shown.context["lines"]
            ]
        head = [str(column.label) for column in shown.context["table"].columns]
        text = page(client, cast.mai, path, so=measure, tep="csv").content
        assert text.startswith(b"\xef\xbb\xbf")
        rows = list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))
        start = rows.index(head)
        assert rows[start + 1 :] == screen
        book = load_workbook(
            io.BytesIO(page(client, cast.mai, path, so=measure, tep="xlsx").content)
        )
        cells = [
            ["" if value is None else str(value) for value in row]
            for row in book.active.iter_rows(values_only=True)
        ]
        width = len(head)
        start = [row[:width] for row in cells].index(head)
        assert [row[:width] for row in cells[start + 1 :]] == screen


def test_a_commune_coordinator_sees_only_her_commune(client, cast, seen, ground):
    mine = page(client, cast.hanh, reverse("reports:mine"))
    assert mine.context["unit"] == ground.dat_mui
    page(client, cast.hanh, reverse("reports:province"), status=403)
    page(client, cast.hanh, reverse("reports:commune", args=[ground.dat_mui.code]))
    for name, key in (
        ("commune", ground.tan_an.code),
        ("hamlet", ground.ong_trang.uuid),
        ("session", ground.ong_trang.sessions.get().uuid),
    ):
        page(client, cast.hanh, reverse(f"reports:{name}", args=[key]), status=404)


def test_who_has_no_business_with_figures_is_sent_away(client, cast, seen):
    for user in (cast.tam, cast.dung):
        page(client, user, reverse("reports:province"), status=403)
        page(client, user, reverse("reports:mine"), status=403)


def test_three_counts_stand_on_three_lines(client, cast, seen):
    mine = page(client, cast.hanh, reverse("reports:mine"))
    counts = [(label, number) for label, number, _ in mine.context["counts"]]
    assert counts == [("buổi", "2"), ("lượt người", "7"), ("người", "3"), ("hộ", "0")]
    assert mine.context["missing_count"] == 1
    assert mine.context["missing"][0].leader == "Trần Văn Tâm"
    assert "Đang hoạt động" in mine.text


def test_a_session_shows_its_own_figures_without_a_name(client, cast, seen, ground):
    session = ground.rach_moi.sessions.get(date=TODAY)
    text = page(client, cast.mai, reverse("reports:session", args=[session.uuid])).text
    assert "P0" not in text
    assert '<span class="big">4</span>' in text
    assert '<span class="big">2</span>' in text


def test_a_month_without_data_says_so(client, cast, seen):
    response = page(client, cast.mai, reverse("reports:province"), ky="2026-01")
    assert "Chưa có số liệu – không phải là 0." in response.text
    assert all(
        line["cells"][3][1] == "chưa có số liệu" for line in response.context["lines"]
    )


@pytest.mark.parametrize("query", [{"ky": "2026-13"}, {"so": "x"}, {"ban-do": "1"}])
def test_an_address_that_asks_nonsense_is_not_found(client, cast, query):
    page(client, cast.mai, reverse("reports:province"), status=404, **query)


def test_sixty_four_communes_cost_the_same_with_one_and_three_hamlets(
    client, cast, ground, django_assert_num_queries
):
    communes = [
        make.make_unit(
            f"Xã {n}",
            "commune",
            parent=ground.province,
            tile_col=n % 10,
            tile_row=n // 10,
        )
        for n in range(62)
    ]
    person = make.make_person("Một người", ground.rach_moi)
    for each in (1, 2):
        for commune in communes:
            for n in range(each):
                hamlet = make.make_unit(f"Ấp {n}", "hamlet", parent=commune)
                hold(hamlet, TODAY, [person], heads=3)
        enter(client, cast.mai)
        with django_assert_num_queries(10):
            response = client.get(reverse("reports:province"))
        assert len(response.context["lines"]) == 64
    assert HamletDay.objects.filter(measure="sessions").count() == 62 * 3


def test_the_sentence_of_a_list_is_not_a_formula(client, cast, seen, ground):
    Unit.objects.filter(pk=ground.kinh_tu.pk).update(name="=1+1", is_unknown=True)
    path = reverse("reports:commune", args=[ground.dat_mui.code])
    text = page(client, cast.mai, path, tep="csv").content.decode()
    assert "'=1+1" in text


def test_the_province_page_never_asks_more_than_twelve_times(
    client, cast, seen, ground, django_assert_num_queries
):
    """With a commune to call, a blocker to name and a base to divide by."""
    folk = [make.make_person(f"R{n}", ground.rach_moi) for n in range(10)]
    came = [(person, "not_yet", {"blocker": "nfc"}) for person in folk]
    hold(ground.rach_moi, TODAY, came, heads=10)
    enter(client, cast.mai)
    with django_assert_num_queries(12):
        response = client.get(reverse("reports:province"))
    assert "vướng “nfc” lặp lại 10 lần" in response.context["needs"][0].reasons


def test_indicators_say_nothing_where_nothing_was_recorded(client, cast, seen, ground):
    path = reverse("reports:commune", args=[ground.tan_an.code])
    values = page(client, cast.mai, path).context["values"]
    assert {value.text for value in values} == {"Chưa có số liệu – không phải là 0."}


def test_indicators_stand_on_their_bases(client, cast, seen, ground):
    path = reverse("reports:commune", args=[ground.dat_mui.code])
    texts = {
        value.indicator.code: value.text
        for value in page(client, cast.mai, path).context["values"]
    }
    assert texts["I06"] == "1/2 ấp, khóm (50,0\u00a0%)"
    assert texts["I07"] == "0 hộ"
    assert texts["I08"] == "7 lượt người: 5 có tên, 2 không tên"
    assert texts["I09"].startswith("3/300 người (1,0\u00a0%)")
    assert texts["I11"].startswith("2 buổi, bình quân 3,5 lượt người một buổi")
    assert texts["I13"].startswith("đã làm được 1/2 lượt người (50,0\u00a0%)")


def test_a_coordinator_chooses_who_joins_the_first_phase(client, cast, ground):
    phase = Phase.objects.create(code="dot-1", name="Đợt 1", is_pilot=True)
    enter(client, cast.mai)
    path = reverse("reports:phases")
    assert "Đợt 1" in client.get(path).text
    asked = {
        "phase": phase.pk,
        "communes": [ground.dat_mui.pk],
        "joined_on": "2026-11-20",
    }
    assert client.post(path, asked).status_code == 302
    assert phase.memberships.get().commune_id == ground.dat_mui.pk
    # Who stands in a phase is not offered again.
    again = client.post(path, asked)
    assert again.status_code == 200
    assert again.context["form"].errors
    enter(client, cast.thao)
    assert client.get(path).status_code == 200
    assert client.post(path, asked).status_code == 403
