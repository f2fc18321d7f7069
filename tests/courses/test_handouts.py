"""Lessons for Zalo and for paper: what stands on them, how they are kept and handed out."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import re

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from common.models import ContentVersion
from courses.actions import withdraw_lesson
from courses.handouts import made, setting, sheets, shelf
from courses.handouts.sheets import sheet_of
from courses.models import LessonPage
from home.models import ContactSettings, CustomImage
from tests.courses.making import make_drawing, make_lesson

ON = dt.date(2026, 11, 20)
FILES = {
    "anh/bai-1-quen-mat-khau.png": "image/png",
    "anh/bai-1-quen-mat-khau-xem-truoc.png": "image/png",
    "in/bai-1-quen-mat-khau-a5.pdf": "application/pdf",
    "in/bai-1-quen-mat-khau-a4.pdf": "application/pdf",
}
HOSTILE = [
    '#panic("x")',
    '"]) #read("/etc/passwd")',
    "$ x^2 $ *b* _i_ `c` @a <b> // /* */ \\ #sys.inputs",
    "Ư" * 120,
    "‮đảo ngược 𐐷😀\u0301\u0301",
]


@pytest.fixture(autouse=True)
def a_shelf_of_its_own(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    settings.SITE_URL = "https://hoc.camau.gov.vn"


@pytest.fixture
def drawn_lesson(db) -> LessonPage:
    """Two steps with a drawing each, the second one on the network with a warning."""
    return make_lesson(
        steps=[
            ("step", {"text": "Mở ứng dụng.", "picture": make_drawing("Một")}),
            (
                "step",
                {
                    "text": "Bấm “Quên mật khẩu”.",
                    "picture": make_drawing("Hai"),
                    "network": True,
                    "warning": "Không đọc mã cho ai.",
                },
            ),
        ],
        number=1,
    )


@pytest.fixture
def built(monkeypatch):
    """How often the typesetter is asked, and for what."""
    asked: list[str] = []
    set_ = setting._set

    def spy(template, data, **more):
        asked.append(template)
        return set_(template, data, **more)

    monkeypatch.setattr(setting, "_set", spy)
    return asked


def address(lesson: LessonPage, rest: str = "") -> str:
    return lesson.get_url() + rest


# --- what stands on it ------------------------------------------------------------------


def test_a_sheet_says_what_the_page_says(drawn_lesson):
    facts = sheet_of(drawn_lesson, ON).facts
    assert [
        facts[key] for key in ("number", "title", "task", "need", "interrupted")
    ] == [
        1,
        "Quên mật khẩu",
        "Tự đặt lại mật khẩu.",
        ["Thẻ căn cước"],
        ["Làm lại từ bước 2."],
    ]
    assert facts["steps"][1] == {
        "number": 2,
        "text": "Bấm “Quên mật khẩu”.",
        "network": True,
        "warning": "Không đọc mã cho ai.",
    }
    assert [row["go"] for row in facts["stuck"]] == ["Hỏi tổ."] * 5
    assert facts["documents"] == ["69/2024/NĐ-CP"]


def test_a_sheet_says_its_number_its_address_and_when_to_check(drawn_lesson):
    facts = sheet_of(drawn_lesson, ON).facts
    words = facts["words"]
    assert facts["address"] == "hoc.camau.gov.vn/1"
    assert words["lesson"] == "Bài số 1"
    assert words["check_again"] == "Kiểm tra lại sau ngày 18/02/2027"
    assert words["as_of"] == "Bản ngày 20/11/2026"
    assert words["never_line"].startswith("Chúng tôi không bao giờ hỏi mật khẩu")


@pytest.mark.parametrize(
    ("entered", "site", "shown"),
    [
        ("", "https://hoc.camau.gov.vn", "hoc.camau.gov.vn/1"),
        ("", "http://localhost:8000", ""),
        ("học chấm cà mau", "https://hoc.camau.gov.vn", "học chấm cà mau"),
    ],
)
def test_no_address_is_invented(entered, site, shown, drawn_lesson, settings):
    settings.SITE_URL = site
    ContactSettings.objects.create(site_address=entered)
    assert sheet_of(drawn_lesson, ON).facts["address"] == shown


def test_the_code_on_paper_is_the_short_address_in_capitals(
    drawn_lesson, settings, monkeypatch
):
    said = []
    monkeypatch.setattr(
        sheets.segno, "make", lambda text, **more: said.append(text) or Code()
    )

    class Code:
        def save(self, out, **more):
            out.write(b"<svg/>")

    assert sheets.qr(drawn_lesson) == "<svg/>"
    assert said == ["HTTPS://HOC.CAMAU.GOV.VN/1"]
    settings.SITE_URL = "http://localhost:8000"
    assert sheets.qr(drawn_lesson) == ""


@pytest.mark.parametrize(
    ("review_by", "withdraw_on", "said"),
    [
        (dt.date(2027, 2, 18), None, "Kiểm tra lại sau ngày 18/02/2027"),
        (
            dt.date(2027, 2, 18),
            dt.date(2027, 1, 1),
            "Không làm theo sau ngày 31/12/2026",
        ),
        (dt.date(2027, 2, 18), dt.date(2027, 6, 1), "Kiểm tra lại sau ngày 18/02/2027"),
        (None, dt.date(2027, 1, 1), "Không làm theo sau ngày 31/12/2026"),
        (None, None, ""),
    ],
)
def test_the_nearer_of_two_dates_is_printed(db, review_by, withdraw_on, said):
    lesson = LessonPage(review_by=review_by, withdraw_on=withdraw_on)
    assert sheets.check_again(lesson, ON) == said


def test_an_overdue_review_stands_on_the_sheet(drawn_lesson):
    late = drawn_lesson.review_by + dt.timedelta(days=1)
    assert sheet_of(drawn_lesson, ON).facts["words"]["being_checked"] == ""
    assert (
        "ngày 18/02/2027"
        in sheet_of(drawn_lesson, late).facts["words"]["being_checked"]
    )


def test_queries_do_not_grow_with_steps_or_lessons(db):
    def lesson(slug: str, steps: int) -> LessonPage:
        picture = make_drawing(slug)
        return make_lesson(
            slug,
            steps=[
                ("step", {"text": f"Bước {n}.", "picture": picture})
                for n in range(steps)
            ],
        )

    small, large = lesson("mot", 1), lesson("ba", 3)
    for chosen in (small, large):
        fresh = LessonPage.objects.get(pk=chosen.pk)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            sheet_of(fresh, ON)
        assert len(queries) == 3


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("Gõ dichvucong.camau.gov.vn", "Gõ dichvucong.\u200bcamau.\u200bgov.\u200bvn"),
        ("Gõ đúng dichvucong.gov.vn.", "Gõ đúng dichvucong.gov.vn."),
        ("Bấm “Quên mật khẩu” 10.000 đồng.", "Bấm “Quên mật khẩu” 10.000 đồng."),
    ],
)
def test_an_address_breaks_rather_than_leave_its_column(text, printed):
    assert sheets.breakable(text) == printed


# --- the bytes ----------------------------------------------------------------------------


def test_the_picture_is_a_small_png_as_wide_as_a_telephone(drawn_lesson):
    data = made.picture(sheet_of(drawn_lesson, ON)).data
    with Image.open(io.BytesIO(data)) as image:
        assert (image.format, image.mode, image.width) == ("PNG", "P", 720)
        assert image.height > 2000
        # The ring, the green of the head and white paper survive the few colours.
        seen = {colour for _count, colour in image.convert("RGB").getcolors()}
    assert {(255, 255, 255), (20, 86, 63), (27, 37, 33)} <= seen
    assert len(data) <= 150_000


def test_the_preview_has_the_size_that_links_are_shown_in(drawn_lesson):
    data = made.preview(sheet_of(drawn_lesson, ON)).data
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (1200, 630)


@pytest.mark.parametrize(
    ("size", "millimetres"), [("a5", (148, 210)), ("a4", (210, 297))]
)
def test_sheets_have_their_size(size, millimetres, drawn_lesson):
    file = made.paper(sheet_of(drawn_lesson, ON), size)
    box = re.search(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", file.data)
    assert tuple(round(float(side) / 72 * 25.4) for side in box.groups()) == millimetres
    assert file.pages in (1, 2, 3)


def test_a_lesson_too_long_for_150_kb_is_set_smaller_and_never_larger(drawn_lesson):
    sheet = sheet_of(drawn_lesson, ON)
    crowded = sheet.drawn() | {
        "steps": [
            {
                "number": number,
                "text": f"Bấm “Nút số {number * 7919}” rồi đọc kỹ dòng chữ {number * 104729}.",
                "network": True,
                "warning": f"Không đọc mã {number * 1299709} cho bất kỳ ai, kể cả người quen.",
            }
            for number in range(1, 41)
        ]
    }
    data = setting.picture(crowded)
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        assert 200 < image.width < 720
    assert 100_000 < len(data) <= 150_000


def test_rows_are_packed_as_the_format_wants_them():
    image = Image.new("P", (3, 2))
    image.putpalette([0, 0, 0, 255, 0, 0, 0, 0, 255])
    image.putdata([0, 1, 2, 2, 1, 0])
    with Image.open(io.BytesIO(setting.png_of(image, level=9))) as read:
        assert list(read.convert("RGB").get_flattened_data()) == [
            (0, 0, 0), (255, 0, 0), (0, 0, 255), (0, 0, 255), (255, 0, 0), (0, 0, 0),
        ]  # fmt: skip


# Wagtail leaves the temporary file of a new rendition to the collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_photographs_keep_their_colours_and_still_fit(db):
    """Noise is the worst a camera can do; a sky shows whether colours survive."""
    noise = Image.effect_noise((600, 1000), 120).convert("RGB")
    sky = Image.linear_gradient("L").resize((600, 1000))
    noise.paste((30, 90, 220), (0, 0, 600, 400), sky.crop((0, 0, 600, 400)))
    steps = []
    for number in range(3):
        file = io.BytesIO()
        noise.rotate(number).save(file, "JPEG", quality=90)
        image = CustomImage(title=f"Ảnh {number}")
        image.file = ContentFile(file.getvalue(), name=f"anh-{number}.jpg")
        image.save()
        steps.append(("step", {"text": f"Bước {number}.", "picture": image}))
    sheet = sheet_of(make_lesson(steps=steps), ON)
    assert {part["format"] for part in sheet.drawn()["pictures"].values()} == {"webp"}
    data = made.picture(sheet).data
    assert len(data) <= 150_000
    with Image.open(io.BytesIO(data)) as shown:
        colours = shown.convert("RGB").getcolors(256)
    assert any(blue > red + 60 for _count, (red, _green, blue) in colours)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_an_editor_typed_is_never_markup(text, drawn_lesson):
    sheet = sheet_of(drawn_lesson, ON)
    typed = {"title": text, "task": text, "need": [text], "interrupted": [text]}
    steps = [{"number": 1, "text": text, "network": True, "warning": text}]
    stuck = [{"text": text, "go": text, "bring": text}]
    drawn = sheet.drawn() | typed | {"steps": steps, "stuck": stuck}
    assert setting.paper(drawn, "a5").startswith(b"%PDF-")
    assert setting._set("picture", drawn, format="png", ppi=36).startswith(b"\x89PNG")


def test_a_picture_that_is_gone_leaves_its_sentence(drawn_lesson):
    sheet = sheet_of(drawn_lesson, ON)
    for image in sheet.pictures.values():
        image.file.storage.delete(image.file.name)
    assert sheet.drawn()["pictures"] == {"1": None, "2": None}
    assert made.paper(sheet, "a5").pages >= 1


def test_letters_come_with_the_installation():
    assert "Roboto" in setting._letters().families()


# --- the shelf ----------------------------------------------------------------------------


def test_a_handout_is_made_once_for_each_edition(drawn_lesson, built):
    for _time in range(3):
        made.paper(sheet_of(drawn_lesson, ON), "a5")
    assert built == ["paper"]
    drawn_lesson.task = "Đặt lại mật khẩu trong bốn phút."
    drawn_lesson.save_revision().publish()
    made.paper(sheet_of(LessonPage.objects.get(), ON), "a5")
    assert built == ["paper", "paper"]
    assert len(list(shelf.folder().iterdir())) == 1


def test_a_change_elsewhere_makes_nothing_anew(drawn_lesson, built):
    made.paper(sheet_of(drawn_lesson, ON), "a5")
    ContentVersion.bump()
    made.paper(sheet_of(drawn_lesson, ON + dt.timedelta(days=1)), "a5")
    assert built == ["paper"]


def test_a_new_drawing_or_layout_is_a_new_edition(drawn_lesson, monkeypatch):
    sheet = sheet_of(drawn_lesson, ON)
    before = made.digest(sheet)
    other = dataclasses.replace(sheet, pictures={"1": make_drawing("Khác")})
    assert made.digest(other) != before
    monkeypatch.setattr(setting, "layout", lambda: "tomorrow")
    assert made.digest(sheet) != before


def test_a_full_disk_costs_time_and_not_the_answer(drawn_lesson, tmp_path):
    (tmp_path / "handouts").write_text("not a folder")
    assert made.paper(sheet_of(drawn_lesson, ON), "a5").data.startswith(b"%PDF-")


def test_a_crowd_is_asked_to_come_again_rather_than_hold_up_the_lessons(
    drawn_lesson, client, monkeypatch
):
    monkeypatch.setattr(shelf, "LONGEST_WAIT", 0.01)
    path = address(drawn_lesson, "in/bai-1-quen-mat-khau-a5.pdf")
    with shelf._making:
        answer = client.get(path)
        assert (answer.status_code, answer["Retry-After"]) == (503, "10")
        assert "đợi chừng mười giây" in answer.text
        assert client.get(drawn_lesson.get_url()).status_code == 200
    assert client.get(path).status_code == 200


# --- handing out --------------------------------------------------------------------------


@pytest.mark.parametrize(("rest", "kind"), FILES.items())
def test_a_file_has_a_name_that_every_system_keeps(rest, kind, drawn_lesson, client):
    answer = client.get(address(drawn_lesson, rest))
    assert (answer.status_code, answer["Content-Type"]) == (200, kind)
    name = rest.rpartition("/")[2]
    assert answer["Content-Disposition"] == f'inline; filename="{name}"'
    assert answer["Cache-Control"] == "public, no-cache"
    assert "Set-Cookie" not in answer
    again = client.get(
        address(drawn_lesson, rest), headers={"if-none-match": answer["ETag"]}
    )
    assert (again.status_code, again.content) == (304, b"")


def test_asking_whether_it_changed_makes_nothing(drawn_lesson, client, built):
    etag = f'"{made.digest(sheet_of(drawn_lesson, ON))}"'
    path = address(drawn_lesson, "anh/bai-1-quen-mat-khau.png")
    assert client.get(path, headers={"if-none-match": etag}).status_code == 304
    assert built == []


def test_another_name_is_no_file(drawn_lesson, client):
    for rest in ("anh/bai-2-quen-mat-khau.png", "in/bai-1-quen-mat-khau.pdf"):
        assert client.get(address(drawn_lesson, rest)).status_code == 404
    assert client.get("/bai/vneid/khong-co/anh/").status_code == 404


def test_the_page_of_the_picture_says_how_it_gets_into_the_telephone(
    drawn_lesson, client
):
    answer = client.get(address(drawn_lesson, "anh/"))
    size = made.picture(sheet_of(drawn_lesson, ON)).kilobytes
    assert f"Lưu ảnh vào máy ({size}\u00a0KB)" in answer.text
    assert 'download="bai-1-quen-mat-khau.png"' in answer.text
    assert (
        '<img class="sheet" src="bai-1-quen-mat-khau.png" alt="Các bước của bài'
        in answer.text
    )
    assert "X-Good-Until" in answer


def test_the_page_for_printing_names_pages_and_weight(drawn_lesson, client):
    page = client.get(address(drawn_lesson, "in/")).text
    for size in ("a5", "a4"):
        file = made.paper(sheet_of(drawn_lesson, ON), size)
        assert f'href="bai-1-quen-mat-khau-{size}.pdf"' in page
        assert f"{file.pages} mặt giấy, {file.kilobytes}\u00a0KB" in page
    assert 'href="../anh/"' in page


@pytest.mark.parametrize("rest", ["anh/", "in/", *FILES])
def test_a_withdrawn_lesson_gives_no_sheet(rest, drawn_lesson, client, built, cast):
    client.get(address(drawn_lesson, rest))
    withdraw_lesson(drawn_lesson, user=cast.thu, reason="sai bước 2")
    built.clear()
    answer = client.get(address(drawn_lesson, rest))
    assert (answer.status_code, answer["Location"]) == (302, drawn_lesson.get_url())
    assert built == []


@pytest.mark.parametrize("rest", ["anh/", *FILES])
def test_past_its_date_a_lesson_gives_no_sheet(rest, drawn_lesson, client):
    LessonPage.objects.update(withdraw_on=ON)
    assert client.get(address(drawn_lesson, rest)).status_code == 302
    LessonPage.objects.update(withdraw_on=None, live=False)
    assert client.get(address(drawn_lesson, rest)).status_code == 404


def test_a_forwarded_link_shows_the_preview_of_this_edition(drawn_lesson, client):
    page = client.get(drawn_lesson.get_url()).text
    shown = re.search(r'property="og:image" content="([^"]+)"', page)[1]
    path = address(drawn_lesson, "anh/bai-1-quen-mat-khau-xem-truoc.png")
    assert shown == f"http://testserver{path}?ban={drawn_lesson.live_revision_id}"
    assert client.get(shown)["Content-Type"] == "image/png"
    # Named for those who show previews, never loaded by the page.
    assert page.count("xem-truoc") == 1


# --- the guide of a session -----------------------------------------------------------------


@pytest.fixture
def team(client, cast):
    from tests.courses.making import sign_in

    sign_in(client, cast.tam)
    return client


def test_the_guide_of_chosen_lessons_is_one_file(drawn_lesson, team):
    other = make_lesson("khac", title="Bài khác", number=2)
    answer = team.get("/so/bai/huong-dan.pdf?bai=2&bai=1&bai=2")
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == ('inline; filename="huong-dan-bai-2-1.pdf"')
    assert "no-store" in answer["Cache-Control"]
    assert answer.content.startswith(b"%PDF-")
    one = team.get(f"/so/bai/{other.number}/huong-dan.pdf")
    assert one["Content-Disposition"] == 'inline; filename="huong-dan-bai-2.pdf"'


def test_the_guide_holds_what_only_the_team_reads(drawn_lesson, monkeypatch):
    from courses.handouts import guides

    seen = []
    monkeypatch.setattr(setting, "guide", lambda *data: seen.append(data) or b"%PDF-")
    guides.guide_pdf([drawn_lesson], ON)
    (lessons, words) = seen[0]
    assert lessons[0]["guide"] == {
        "timing": [{"minutes": "30\u00a0phút", "what": "Làm thử."}],
        "prepare": ["Chỗ có sóng."],
        "mistakes": ["Gõ nhầm số."],
        "say": ["Con quay mặt đi nha."],
    }
    assert lessons[0]["need_lines"] == ["Mỗi người có: Thẻ căn cước"]
    assert (words["all"], words["all_time"]) == ("1 bài", "30\u00a0phút")


def test_lessons_are_chosen_by_ticking(drawn_lesson, team):
    page = team.get("/so/bai/huong-dan/?bai=1").text
    assert '<input type="checkbox" name="bai" value="1" checked>' in page
    assert "<legend>VNeID</legend>" in page
    assert "Mỗi tập nhiều nhất 8\u00a0bài." in page


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "Anh chị chọn ít nhất một bài."),
        ("bai=x&bai=-1", "Anh chị chọn ít nhất một bài."),
        ("bai=1&bai=77", "Có bài đang tạm ngưng hoặc không còn"),
        ("&".join(f"bai={n}" for n in range(1, 60)), "Mỗi tập chỉ chứa 8 bài"),
    ],
)
def test_a_choice_that_makes_no_file_is_explained(query, said, drawn_lesson, team):
    answer = team.get(f"/so/bai/huong-dan.pdf?{query}")
    assert answer.status_code == 400
    assert said in answer.text


def test_a_withdrawn_lesson_is_not_taught(drawn_lesson, team, cast):
    withdraw_lesson(drawn_lesson, user=cast.thu, reason="sai bước 2")
    assert "huong-dan.pdf" not in team.get("/so/bai/1/huong-dan/").text
    answer = team.get("/so/bai/1/huong-dan.pdf")
    assert answer["Location"] == "/so/bai/1/huong-dan/"
    assert team.get("/so/bai/huong-dan.pdf?bai=1").status_code == 400


@pytest.mark.parametrize("lessons", [1, 3])
def test_choosing_costs_the_same_whatever_there_is(lessons, team):
    for number in range(lessons):
        make_lesson(f"bai-{number}")
    team.get("/so/bai/huong-dan/")
    with CaptureQueriesContext(connection) as queries:
        team.get("/so/bai/huong-dan/")
    assert len(queries) == 8
