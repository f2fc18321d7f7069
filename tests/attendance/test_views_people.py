"""Adding people, the child who learns for somebody, the rest of a person later."""

from __future__ import annotations

import datetime as dt
import json

import pytest
import time_machine

from attendance.models import EntryBody, HouseholdReach, RegisterEntry
from attendance.reading import Reading
from people.models import Household, Person, Residence
from tests import factories as make
from tests.attendance.screens import enter, look, words


@pytest.fixture(autouse=True)
def in_the_evening():
    with time_machine.travel(dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC), tick=True):
        yield


@pytest.fixture
def session(cast, ground):
    return make.make_session(ground.rach_moi, ground.team, status="open")


@pytest.fixture
def adding(client, cast, session):
    """The page "Thêm người" after the sentence was read."""
    enter(client, cast.tam)
    page = look(client, f"/so/buoi/{session.uuid}/them/")
    return page.send("consent", ("consent", "read"))


def named(session) -> int:
    session.refresh_from_db()
    return Reading.of(session).named


def body_of(entry: RegisterEntry) -> dict:
    body = json.loads(bytes(EntryBody.objects.get(entry=entry).bytes))
    body.pop("salt")
    return body


def test_only_the_name_is_asked_and_the_form_stays_open(adding, session, ground):
    page = adding.send("add", name="  ngô   thị  Mận ")
    assert "Đã ghi: ngô thị Mận, số thứ tự 4." in page.main
    assert page.soup.select_one("#id_name").get("value", "") == ""
    person = Person.objects.get(name="ngô thị Mận")
    assert person.birth_year is None
    residence = Residence.objects.get(person=person)
    assert residence.hamlet == ground.rach_moi


def test_the_name_stands_in_the_body_and_not_in_the_header(adding):
    adding.send("add", name="Ngô Thị Mận")
    entry = RegisterEntry.objects.get(kind="walk_in")
    assert body_of(entry) == {"name": "Ngô Thị Mận"}
    header = json.dumps(
        {
            field.attname: str(getattr(entry, field.attname))
            for field in entry._meta.fields
        }
    )
    assert "Mận" not in header


def test_the_rest_may_be_told_at_once(adding, ground):
    household = make.make_household("Lâm Văn Ngoan", ground.rach_moi)
    adding.send(
        "add",
        name="Ngô Thị Mận",
        usual_name="Tư Mận",
        birth_year="1958",
        sex="f",
        household="lam van ngoan",
        phone="0900 000 000",
    )
    person = Person.objects.get(name="Ngô Thị Mận")
    assert (person.usual_name, person.birth_year, person.sex, person.phone) == (
        "Tư Mận",
        1958,
        "f",
        "0900000000",
    )
    assert Residence.objects.get(person=person).household == household


def test_a_household_that_nobody_knows_comes_with_the_entry(adding, ground):
    adding.send("add", name="Ngô Thị Mận", household="Ngô Văn Cam")
    household = Household.objects.get()
    assert household.head_name == "Ngô Văn Cam"
    assert Residence.objects.get(person__name="Ngô Thị Mận").household == household


def test_a_guest_lives_elsewhere_or_in_another_hamlet(adding, ground):
    page = adding.send("add", name="Khách Xa", home="outside")
    page.send("add", name="Người Kinh Tư", home=str(ground.kinh_tu.uuid))
    far = Residence.objects.get(person__name="Khách Xa")
    near = Residence.objects.get(person__name="Người Kinh Tư")
    assert (far.outside, far.hamlet) == (True, None)
    assert (near.outside, near.hamlet) == (False, ground.kinh_tu)


def test_a_guest_is_placed_in_no_hamlet_of_another_commune(adding, ground, session):
    page = adding.send("add", name="Người Ông Trang", home=str(ground.ong_trang.uuid))
    assert "Chưa xong" in page.main
    assert named(session) == 0


def test_undo_takes_the_last_name_out(adding, session):
    page = adding.send("add", name="Ngô Thị Mận")
    person = Person.objects.get(name="Ngô Thị Mận")
    page = page.send(f"nguoi/{person.uuid}/", ("di", "bo"))
    assert page.messages == ["Đã bỏ khỏi buổi này: Ngô Thị Mận."]
    assert page.url.endswith("/them/")
    assert named(session) == 0


@pytest.mark.parametrize(
    "name",
    ["", "   ", "123", "‮", "\x00", "...", "<>", "a" * 121],
)
def test_what_is_no_name_is_not_taken(name, adding, session):
    page = adding.send("add", name=name)
    assert page.response.status_code == 200
    assert "Chưa xong" in page.main
    assert named(session) == 0
    assert not RegisterEntry.objects.filter(kind="walk_in").exists()


def test_markup_and_turned_letters_are_only_text(adding, session):
    page = adding.send("add", name="<b onclick=x>Út\u202e\u0007 Hiền</b>")
    assert named(session) == 1
    name = Person.objects.get(created_by__isnull=False).name
    assert name == "<b onclick=x>Út Hiền</b>"
    assert "<b onclick" not in page.html
    page = look(page.client, f"/so/buoi/{session.uuid}/diem-danh/")
    assert "<b onclick" not in page.html
    assert "<b onclick=x>Út Hiền</b>" in page.main


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("birth_year", "62", "Anh chị ghi năm sinh đủ bốn số, ví dụ 1962."),
        ("birth_year", "2027", "Năm này chưa tới. Anh chị xem lại."),
        ("birth_year", "9" * 400, "Chưa xong"),
        ("birth_year", "năm hai", "Chưa xong"),
        ("phone", "12", "Số điện thoại chưa đúng. Anh chị xem lại các chữ số."),
        ("phone", "abc", "Số điện thoại chưa đúng. Anh chị xem lại các chữ số."),
        ("sex", "x", "Chưa xong"),
        ("home", "x", "Chưa xong"),
        ("usual_name", "a" * 81, "Chưa xong"),
    ],
)
def test_a_wrong_detail_is_told_and_the_name_stays(field, value, told, adding, session):
    page = adding.send("add", name="Ngô Thị Mận", **{field: value})
    assert told in page.main
    assert page.soup.select_one("#id_name")["value"] == "Ngô Thị Mận"
    assert named(session) == 0


def test_several_names_at_once_one_a_line(adding, session, cast):
    page = look(adding.client, adding.url, nhieu="1")
    page = page.send("add", names="Ngô Thị Mận\r\n\r\n Cao Văn Ổi \nTrà Thị Bưởi\n")
    assert page.messages == ["Đã ghi 3 tên."]
    assert named(session) == 3


def test_pasted_names_that_may_be_known_are_asked_about(adding, session, cast):
    page = look(adding.client, adding.url, nhieu="1")
    page = page.send("add", names="Ngô Thị Mận\nnguyen thi bay\nLê Thị Lan")
    assert named(session) == 0, "nothing is written before the answer"
    assert len(page.soup.select("select[name=who]")) == 2
    unanswered = page.send("add")
    assert named(session) == 0
    page = unanswered.send("add", who=["new", str(cast.bay.uuid), "new"])
    assert page.messages == ["Đã ghi 3 tên."]
    session.refresh_from_db()
    assert Reading.of(session).is_present(cast.bay.uuid)
    assert not Reading.of(session).is_present(cast.lan.person.uuid)


def test_a_pasted_name_already_here_can_be_left_out(adding, session, cast):
    page = adding.send("add", name="Ngô Thị Mận")
    page = look(page.client, adding.url, nhieu="1")
    page = page.send("add", names="Ngô Thị Mận\nCao Văn Ổi")
    page = page.send("add", who=["skip", "new"])
    assert page.messages == ["Đã ghi 1 tên.", "Đã có trong buổi này: 1."]
    assert named(session) == 2


def test_five_thousand_lines_are_refused_whole(adding, session):
    page = look(adding.client, adding.url, nhieu="1")
    for text in (
        "\n".join(["Ngô Thị Mận"] * 5000),
        "\n".join(["Út A"] * 101),
        "x" * 99_999,
    ):
        answer = page.send("add", names=text)
        assert answer.response.status_code == 200
        assert "Chưa xong" in answer.main
    assert named(session) == 0


def test_a_pasted_line_that_is_no_name_stops_all(adding, session):
    page = look(adding.client, adding.url, nhieu="1")
    page = page.send("add", names="Ngô Thị Mận\n12345")
    assert "Anh chị ghi họ tên bằng chữ." in page.main
    assert named(session) == 0
    assert "Ngô Thị Mận" in page.soup.select_one("textarea").text


def test_a_child_is_counted_and_never_named(adding, session, ground):
    household = make.make_household("Lâm Văn Ngoan", ground.rach_moi)
    page = look(adding.client, adding.url).send("hoc-thay/", household="Lâm Văn Ngoan")
    assert named(session) == 0
    assert HouseholdReach.objects.get().household == household
    assert Reading.of(session).totals["proxies"] == 1
    page = page.send("hoc-thay/", household="Lâm Văn Ngoan")
    assert page.messages == ["Hộ này đã ghi rồi."]
    assert HouseholdReach.objects.count() == 1


def test_a_childs_new_household_waits_for_the_sentence(client, cast, session):
    enter(client, cast.tam)
    page = look(client, f"/so/buoi/{session.uuid}/them/")
    page = page.send("hoc-thay/", household="Ngô Văn Cam")
    assert "Đọc lời xin phép cho bà con nghe rồi mới ghi tên hộ." in page.messages[0]
    assert not Household.objects.exists()


def test_the_rest_of_a_person_is_written_later(adding, session, cast, ground):
    home = f"/so/buoi/{session.uuid}/"
    page = adding.send("add", name="Ngo Thi Man")
    person = Person.objects.get(name="Ngo Thi Man")
    page = look(page.client, f"{home}nguoi/{person.uuid}/")
    page = page.send(
        "person",
        name="Ngô Thị Mận",
        birth_year="1958",
        sex="f",
        household="Ngô Văn Cam",
    )
    assert page.messages == ["Đã lưu: Ngô Thị Mận."]
    person.refresh_from_db()
    assert (person.name, person.birth_year, person.sex) == ("Ngô Thị Mận", 1958, "f")
    assert Residence.objects.get(person=person, valid_to=None).household.head_name == (
        "Ngô Văn Cam"
    )
    row = page.row_of("Ngô Thị Mận")
    assert words(row.select_one("small")) == "1958 · hộ Ngô Văn Cam"
    assert Reading.of(session).totals["conflicts"] == 0


def test_saving_a_person_unchanged_changes_nothing(client, cast, session):
    enter(client, cast.tam)
    before = list(Residence.objects.order_by("pk").values())
    page = look(client, f"/so/buoi/{session.uuid}/nguoi/{cast.bay.uuid}/")
    assert page.soup.select_one("#id_birth_year")["value"] == "1962"
    page.send("person")
    assert list(Residence.objects.order_by("pk").values()) == before
    cast.bay.refresh_from_db()
    assert (cast.bay.usual_name, cast.bay.birth_year) == ("Bảy Lành", 1962)


def test_a_new_name_after_closing_comes_with_its_reason(adding, session):
    client = adding.client
    look(client, f"/so/buoi/{session.uuid}/dong/").send("close", head_count="3")
    page = look(client, adding.url)
    page = page.send("add", name="Ngô Thị Mận")
    assert named(session) == 0
    page.send("add", name="Ngô Thị Mận", reason="Ký trên giấy mà sót")
    assert named(session) == 1
    entry = RegisterEntry.objects.get(kind="walk_in")
    assert body_of(entry) == {"name": "Ngô Thị Mận", "reason": "Ký trên giấy mà sót"}


def test_a_wrong_last_address_shows_nobody(adding, session, cast):
    for key in ("x", str(cast.bay.uuid), str(cast.son.person.uuid)):
        page = look(adding.client, adding.url, xong=key)
        assert page.response.status_code == 200
        assert "Đã ghi" not in page.main
