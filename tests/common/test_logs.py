"""What a log line may say."""

from __future__ import annotations

import json
import logging
import sys

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import RequestFactory

from common.logs import JSONFormatter, redact
from people.models import Person
from tests.factories import PASSWORD

NAME, PHONE = "Nguyễn Thị Bảy", "0912345678"


def line(message: str, *args, error: bool = False, **extra) -> dict:
    """The log line of one call, as read back."""
    record = logging.getLogger("t").makeRecord(
        "t",
        logging.INFO,
        __file__,
        1,
        message,
        args,
        sys.exc_info() if error else None,
        extra=extra,
    )
    return json.loads(JSONFormatter().format(record))


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("gọi 0912345678 ngay", "gọi [phone] ngay"),
        ("gọi 0912 345 678", "gọi [phone]"),
        ("gọi 0912.345.678", "gọi [phone]"),
        ("gọi +84 912 345 678.", "gọi [phone]."),
        ("số 096085001234", "số [digits]"),
        ("thư bay@example.vn tới", "thư [e-mail] tới"),
        ("Not Found: /xa/dan/?tim=bay", "Not Found: /xa/dan/?…"),
        ("token=abc123 rồi", "token=[secret] rồi"),
        ('{"password": "hoa-sen"}', '{"password": "[secret]"}'),
        ("khoá 3f9a" + "0b1c" * 8, "khoá [token]"),
    ],
)
def test_the_second_net_catches_what_a_caller_lets_slip(said, written):
    assert redact(said) == written


@pytest.mark.parametrize(
    "said",
    [
        "2026-11-20T07:30:00 job done",
        "xã 32248, 23 lượt người",
        "u12 opened 0191e9c2-7f3e-7cc1-8d2a-6f1f0a1b2c3d",
        "migration people.0003_household_hamlet took 1203 ms",
        "toso_template_6c41bb0f1a2d",
    ],
)
def test_dates_codes_and_public_ids_stay_readable(said):
    assert redact(said) == said


def test_a_line_is_one_json_object_with_the_extras():
    entry = line("job done", job="lms.backup", attempt=2)
    assert {
        key: entry[key] for key in ("level", "logger", "message", "job", "attempt")
    } == {
        "level": "INFO",
        "logger": "t",
        "message": "job done",
        "job": "lms.backup",
        "attempt": 2,
    }


def test_extras_pass_through_the_net_too():
    entry = line("sent", to=PHONE, number=912345678)
    assert (entry["to"], entry["number"]) == ("[phone]", "[digits]")


def test_an_error_keeps_its_class_and_places_but_not_its_message():
    try:
        raise ValidationError(f"{NAME} {PHONE}")
    except ValidationError:
        entry = line("broken", error=True)
    assert entry["error"]["type"] == "django.core.exceptions.ValidationError"
    assert entry["error"]["at"][-1].startswith("tests/common/test_logs.py:")
    assert NAME not in json.dumps(entry, ensure_ascii=False)


@pytest.mark.django_db
def test_a_refused_row_is_named_by_its_constraint_and_not_by_its_values():
    """PostgreSQL quotes the failing row in the message; SQLite does not."""
    try:
        with transaction.atomic():
            Person.objects.create(name=NAME, phone=PHONE, birth_year=1700)
    except IntegrityError:
        entry = line("broken", error=True)
    text = json.dumps(entry, ensure_ascii=False)
    assert entry["error"]["constraint"] == "a_birth_year_is_plausible"
    assert NAME not in text
    assert PHONE not in text


def test_djangos_own_lines_say_the_route_and_not_the_path():
    request = RequestFactory().get("/xa/dan/7/?tim=bay")
    entry = line("Not Found: %s", "/xa/dan/7/", request=request, status_code=404)
    assert entry["message"] == "404 GET -"


@pytest.fixture
def lines():
    """Everything logged during the test, as it would be written."""
    written: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record):
            written.append(self.format(record))

    handler = Keep()
    handler.setFormatter(JSONFormatter())
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(handler)
    root.setLevel(before)


@pytest.mark.django_db
def test_a_request_with_a_name_and_a_phone_leaves_neither_in_the_log(
    client, cast, lines
):
    client.force_login(cast.quan)
    client.get("/suc-khoe/", {"tim": NAME, "so": PHONE})
    client.get(f"/suc-khoe/{NAME}/{PHONE}/")
    client.post("/vao/login/", {"login": NAME, "password": PASSWORD, "phone": PHONE})
    text = "\n".join(lines)
    assert [word for word in (NAME, PHONE, PASSWORD, "Bảy") if word in text] == []
    requests = [json.loads(entry) for entry in lines if '"toso.request"' in entry]
    assert requests[0]["route"] == "suc-khoe/"
    assert requests[0]["status"] in (200, 302)
    assert requests[0]["user"] == cast.quan.pk
    assert set(requests[0]) >= {"method", "route", "status", "ms", "request_id", "user"}


@pytest.mark.django_db
def test_probes_that_are_well_leave_no_line(client, lines):
    client.get("/suc-khoe/song/")
    assert [entry for entry in lines if '"toso.request"' in entry] == []
