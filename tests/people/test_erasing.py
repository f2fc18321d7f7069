"""After erasing no name and no telephone is left anywhere, and a restore repeats it."""

from __future__ import annotations

from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from wagtail.models import ModelLogEntry, Revision

from people import actions
from people.models import Consent, Encounter, Household, OneTimeCode, Person, User
from tests import factories as make
from tests.people.dump import files_with, tables_with

NAME, FOLDED, USUAL, PHONE = (
    "Huỳnh Thị Lượm",
    "huynh thi luom",
    "Lượm Bánh Bò",
    "0917555123",
)
CODE = "LXMB2345"


@pytest.fixture
def luom(cast, ground):
    """Somebody of whom everything is known: home, household, team, login, consents, codes."""
    person = actions.add_person(
        user=cast.hanh,
        name=NAME,
        usual_name=USUAL,
        birth_year=1971,
        sex="f",
        phone=PHONE,
        hamlet=ground.rach_moi,
    )
    person.card_code = CODE
    person.save()
    household = actions.add_household(
        user=cast.hanh, hamlet=ground.rach_moi, head=person, usual_name=USUAL
    )
    actions.move_person(
        person, user=cast.hanh, hamlet=ground.rach_moi, household=household
    )
    actions.record_consent(person, user=cast.hanh, mode="signed", witness=cast.bay)
    actions.record_consent(cast.bay, user=cast.hanh, mode="room", witness=person)
    actions.note_reached(
        [actions.Reached(person.pk, ground.kinh_tu.pk, person.created_at.date())]
    )
    actions.join_team(person, team=ground.team, user=cast.hanh, phone_public=True)
    issued = actions.invite(person, user=cast.hanh)
    login = User.objects.get(person=person)
    login.set_password(make.PASSWORD)
    login.must_set_password = False
    login.email = "luom@example.vn"
    login.save()
    TOTP.activate(login, "JBSWY3DPEHPK3PXP")
    actions.issue_enrolment(login, user=cast.hanh)
    client = Client()
    client.post("/vao/", {"login": login.username, "password": make.PASSWORD})
    # What the CMS might have written down in passing.
    ModelLogEntry.objects.log_action(person, "people.change", user=cast.hanh)
    ModelLogEntry.objects.log_action(
        cast.bay, "people.change", user=cast.hanh, title=f"Gặp {NAME}"
    )
    own = ContentType.objects.get_for_model(Person)
    Revision.objects.create(
        content_type=own,
        base_content_type=own,
        object_id=str(person.pk),
        content={"name": NAME},
        object_str=NAME,
    )
    assert issued.login == login
    return person


def test_what_was_planted_is_found_before(luom):
    assert tables_with(NAME, FOLDED, PHONE, CODE) >= {
        "people_person",
        "people_household",
        "wagtailcore_modellogentry",
        "wagtailcore_revision",
    }


def test_nothing_is_left_in_any_table_or_file(cast, luom, data_folder):
    login = User.objects.get(person=luom)
    username = login.username
    actions.erase_person(luom, user=cast.hanh)
    needles = (NAME, FOLDED, USUAL, PHONE, CODE, "luom thi", "luom@example", username)
    assert tables_with(*needles) == set()
    for folder in (
        data_folder,
        Path(settings.MEDIA_DIR),
        Path(settings.EMAIL_FILE_PATH),
    ):
        assert files_with(folder, *needles) == set()


def test_what_stays_is_an_empty_tombstone_and_its_places(cast, ground, luom):
    actions.erase_person(luom, user=cast.hanh)
    luom.refresh_from_db()
    assert luom.is_erased
    assert (luom.name, luom.search, luom.phone, luom.birth_year, luom.sex) == (
        "",
        "",
        "",
        None,
        "",
    )
    assert luom.residences.get(valid_to=None).hamlet == ground.rach_moi
    assert Household.objects.get().head_name == ""
    assert not Encounter.objects.filter(person=luom).exists()
    assert not luom.team_memberships.valid_on().exists()


def test_the_login_is_closed_for_good(cast, luom):
    actions.erase_person(luom, user=cast.hanh)
    login = User.objects.get(person=luom)
    assert login.username == f"da-xoa-{login.pk}"
    assert not login.is_active
    assert not login.has_usable_password()
    assert not Authenticator.objects.filter(user=login).exists()
    assert not OneTimeCode.objects.filter(user=login).exists()
    with pytest.raises(ValidationError):
        actions.reactivate(login, user=None)
    with pytest.raises(ValidationError):
        actions.invite(luom, user=None)


def test_proof_of_consent_stays_without_its_details(cast, luom):
    actions.erase_person(luom, user=cast.hanh)
    consent = Consent.objects.get(person=luom)
    assert consent.withdrawn_at is not None
    assert consent.witness is None
    assert Consent.objects.get(person=cast.bay).witness is None


def test_merged_records_go_together(cast, ground, luom):
    twin = make.make_person("Huỳnh Thị Lụm", ground.rach_moi, phone="0917555124")
    other = make.make_person("Lụm Nhỏ", ground.rach_moi)
    actions.merge_persons(twin, into=luom, user=cast.hanh)
    actions.merge_persons(luom, into=other, user=cast.hanh)
    assert actions.erase_person(twin, user=cast.hanh) == 3
    assert tables_with("Huỳnh Thị Lụm", "Lụm Nhỏ", "0917555124", NAME) == set()


def test_erasing_again_changes_nothing(cast, luom, data_folder):
    actions.erase_person(luom, user=cast.hanh)
    before = actions.listed_erasures()
    assert actions.erase_person(luom, user=None) == 0
    assert actions.listed_erasures() == before


def test_the_list_outside_the_database_holds_public_ids_only(cast, luom, data_folder):
    actions.erase_person(luom, user=cast.hanh)
    text = (data_folder / "erasures.list").read_text()
    assert str(luom.uuid) in text
    assert NAME not in text
    assert (data_folder / "erasures.list").stat().st_mode & 0o077 == 0


def test_a_restored_copy_forgets_again_what_was_erased_since(cast, luom, data_folder):
    copy = Person.objects.filter(pk=luom.pk).values().get()
    actions.erase_person(luom, user=cast.hanh)
    Person.objects.filter(pk=luom.pk).update(**copy)
    assert tables_with(PHONE) == {"people_person"}
    assert actions.repeat_erasures() == 1
    assert tables_with(NAME, FOLDED, PHONE) == set()
    assert actions.repeat_erasures() == 0


def test_only_the_commune_of_the_person_erases(cast, luom):
    for user in (cast.tam, cast.lan, cast.dao, cast.mai, cast.quan, cast.thao):
        with pytest.raises(PermissionDenied):
            actions.erase_person(luom, user=user)
    luom.refresh_from_db()
    assert not luom.is_erased


def test_nothing_more_is_written_on_a_tombstone(cast, ground, luom):
    actions.erase_person(luom, user=cast.hanh)
    luom.refresh_from_db()
    for attempt in (
        lambda: actions.change_person(luom, user=None, name="Ai Đó"),
        lambda: actions.move_person(luom, user=None, hamlet=ground.kinh_tu),
        lambda: actions.record_consent(luom, user=None, mode="room"),
        lambda: actions.join_team(luom, team=ground.team, user=None),
        lambda: actions.merge_persons(luom, into=cast.bay, user=None),
    ):
        with pytest.raises(ValidationError) as refused:
            attempt()
        assert refused.value.code == "erased"


def test_a_restored_copy_keeps_no_session_and_no_open_code(cast, luom):
    client = Client()
    client.force_login(cast.tam, backend="people.backends.RoleBackend")
    assert client.get("/so/").status_code == 200
    actions.forget_sign_ins()
    assert client.get("/so/").status_code == 302
    assert not OneTimeCode.objects.filter(used_at=None, withdrawn_at=None).exists()
