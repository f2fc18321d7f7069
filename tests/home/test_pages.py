"""The front door, in the order of the design brief 3.3."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles.finders import find
from django.templatetags.static import static
from wagtail.models import Page

from common.csp import csp_hash
from common.templatetags.icons import icon
from home.ask import SomebodyToAsk, Source, emergency
from home.loading import ensure_home, load_pages
from home.models import ContactSettings, HomePage, HomeRow, InformationPage
from tests.courses.making import make_course

NEVER = (
    "Chúng tôi không bao giờ hỏi mật khẩu, mã OTP, số thẻ ngân hàng; không gửi đường "
    "link qua tin nhắn; không bảo bà con cài ứng dụng ngoài CH Play, App Store. Ai làm "
    "vậy là giả danh: cúp máy và báo công an xã."
)


@pytest.fixture
def home(db) -> HomePage:
    load_pages()
    return HomePage.objects.get()


def add_page(home: HomePage, slug: str, **fields) -> InformationPage:
    page = InformationPage(title=slug.title(), slug=slug, body="<p>x</p>", **fields)
    return HomePage.objects.get(pk=home.pk).add_child(instance=page)


def test_the_front_page_keeps_its_order(home, client):
    home.rows = [HomeRow(target=add_page(home, "viec"), label="Quên mật khẩu VNeID")]
    home.save()
    make_course()
    ContactSettings.objects.create(
        organisation="Sở", phone="0290 000 000", site_address="học chấm cà mau"
    )
    page = client.get("/").text
    order = [
        "Tổ công nghệ số cộng đồng tỉnh Cà Mau</a>",
        "<lam-tiep></lam-tiep>",
        "<h1>Cô chú cần làm gì?</h1>",
        "Quên mật khẩu VNeID",
        "Xem tất cả các bài",
        "Tìm người chỉ giúp gần nhà",
        "Lỡ bấm link lạ, lỡ chuyển tiền?",
        NEVER,
        "Địa chỉ thật duy nhất: học chấm cà mau",
        "Tìm bài",
        "ví dụ: quen mat khau, chuyen khoan",
        "Đang chỉ cho ba má, ông bà? Hai mẹo nhỏ",
        "<footer>",
        ">Tất cả bài</a>",
        ">Gần nhà</a>",
        ">Lỡ bị lừa</a>",
        ">Trong máy này</a>",
        "Sở",
        'href="tel:0290000000"',
        ">Dữ liệu cá nhân</a>",
        "Dành cho tổ viên, cán bộ",
    ]
    places = []
    for words in order:
        places.append(page.find(words, places[-1] if places else 0))
    assert [
        words for words, place in zip(order, places, strict=True) if place < 0
    ] == []


def test_a_front_page_without_lessons_sends_to_the_team(home, client):
    ContactSettings.objects.create(organisation="Sở", phone="0290 000 000")
    page = client.get("/").text
    said = "Bài đang được soạn. Mời cô chú hỏi tổ ở ấp:"
    assert f'{said} <a href="tel:0290000000">0290 000 000</a>' in page
    assert "Ai chỉ giúp?" in page


def test_a_row_whose_page_is_not_published_is_not_shown(home, client):
    draft = add_page(home, "nhap", live=False)
    home.rows = [HomeRow(target=draft, label="Chưa đăng")]
    home.save()
    assert "Chưa đăng" not in client.get("/").text


def test_a_row_without_a_label_takes_the_title(home, client):
    home.rows = [HomeRow(target=add_page(home, "viec-nha"))]
    home.save()
    page = client.get("/").text
    row = re.search(r'<a class="row" href="/viec-nha/">(<svg.*?</svg>)(.*?)</a>', page)
    assert (row[1][:16], row[2]) == ('<svg class="icon', "Viec-Nha")


def test_each_row_carries_the_drawing_that_the_editor_chose(home, client):
    home.rows = [HomeRow(target=add_page(home, "viec"), icon=HomeRow.Icon.QR)]
    home.save()
    assert icon("qr") in client.get("/").text


@pytest.mark.parametrize("name", HomeRow.Icon.values)
def test_every_drawing_that_can_be_chosen_is_there(name):
    assert "<svg" in icon(name)


def test_the_front_page_has_no_cookie_and_no_sign_in_button(home, client):
    response = client.get("/")
    assert response.cookies == {}
    assert "Đăng nhập" not in response.text


@pytest.mark.parametrize(
    "slug", ["lo-bi-lua", "khong-bao-gio", "chi-cho-ba-ma", "rieng-tu", "gioi-thieu"]
)
def test_each_information_page_opens_and_ends_with_somebody_to_ask(slug, home, client):
    response = client.get(f"/{slug}/")
    assert response.status_code == 200
    assert "Ai chỉ giúp?" in response.text


def test_the_never_page_carries_the_fixed_sentence(home, client):
    assert NEVER in client.get("/khong-bao-gio/").text


def test_what_is_not_there_says_so_and_whom_to_ask(home, client):
    response = client.get("/khong-co/")
    assert response.status_code == 404
    assert "Không tìm thấy trang này" in response.text
    assert "Cô chú về Trang đầu hoặc hỏi tổ công nghệ số ở ấp." in response.text
    assert "Ai chỉ giúp?" in response.text
    ContactSettings.objects.create(organisation="Sở", phone="0290 000 000")
    page = client.get("/khong-co/").text
    assert "Cô chú về Trang đầu hoặc gọi 0290 000 000." in page


@pytest.mark.parametrize("many", [1, 3])
def test_the_front_page_asks_the_same_for_one_row_and_three(
    many, home, client, settings, django_assert_num_queries
):
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    }
    home.rows = [HomeRow(target=add_page(home, f"viec-{n}")) for n in range(many)]
    home.save()
    client.get("/")
    with django_assert_num_queries(17):
        page = client.get("/").text
    assert page.count('class="row" href="/viec-') == many


@pytest.mark.parametrize(
    ("number", "tel"), [("1800 1096", "18001096"), ("+84 290.383", "+84290383")]
)
def test_a_number_is_written_for_the_dialler(number, tel):
    assert SomebodyToAsk("Sở", phone=number).tel == tel


def test_the_four_things_to_do_at_once_stand_before_the_numbers(home, client):
    emergency.register(
        Source("x", 1, lambda on: [SomebodyToAsk("Công an", "việc gấp", "113")])
    )
    try:
        page = client.get("/lo-bi-lua/").text
    finally:
        emergency.unregister("x")
    order = [
        "<b>Tắt nguồn điện thoại.</b>",
        "<b>Giữ bằng chứng.</b>",
        'href="tel:113"',
        "Sau đó",
    ]
    places = [page.find(words) for words in order]
    assert -1 not in places
    assert places == sorted(places)


def test_the_numbers_are_on_the_printed_page_for_who_was_tricked(home, client):
    style = client.get("/lo-bi-lua/").text.partition("</style>")[0]
    # Buttons are left out of print: nobody can press them. These say a number.
    hidden = style.index(".skip{display:none")
    assert ".calls .button{display:flex" in style[hidden:]


def test_who_has_no_number_has_a_page_that_says_more():
    assert SomebodyToAsk("Buổi", page="/gan-nha/").url == "/gan-nha/"
    assert SomebodyToAsk("Tổ", phone="0900 000 001", page="/x/").url == "tel:0900000001"
    assert SomebodyToAsk("Tổ").url == ""


def test_the_banner_of_a_demonstration_is_a_landmark_of_its_own(home, client, settings):
    assert "Bản chạy thử" not in client.get("/").text
    settings.DEMO = True
    page = client.get("/khong-co/").text
    assert re.search(r'<aside class="demo">Bản chạy thử[^<]+</aside>\s*<header>', page)


def test_a_number_for_messages_begins_a_message():
    assert SomebodyToAsk("Báo", phone="5656", by_message=True).url == "sms:5656"


def test_a_forwarded_link_shows_a_drawing_that_the_page_does_not_load(home, client):
    page = client.get("/").text
    picture = re.search(r'property="og:image" content="(http://[^"]+)"', page)[1]
    assert picture.endswith(static("home/xem-truoc.png"))
    assert page.count("xem-truoc") == 1
    assert Path(find("home/xem-truoc.png")).stat().st_size < 40_000


@pytest.mark.parametrize(
    ("entered", "site", "shown"),
    [
        ("học chấm cà mau", "https://hoc.camau.gov.vn", "học chấm cà mau"),
        ("", "https://hoc.camau.gov.vn", "hoc.camau.gov.vn"),
        ("", "http://localhost:8000", ""),
        ("", "http://10.0.0.7", ""),
    ],
)
def test_the_only_address_is_never_invented(entered, site, shown, settings):
    settings.SITE_URL = site
    assert ContactSettings(site_address=entered).address_in_words == shown


@pytest.mark.parametrize(
    "path", ["/lo-bi-lua", "/gan-nha", "/so-can-goi", "/bao-bai-sai"]
)
def test_a_forgotten_slash_costs_one_redirect(path, home, client):
    assert client.get(path).headers["Location"] == f"{path}/"


# --- loading --------------------------------------------------------------------------


def test_loading_twice_changes_nothing(home):
    before = list(Page.objects.order_by("pk").values())
    loaded = load_pages()
    assert (loaded.made, loaded.renewed, loaded.left_alone) == ([], [], [])
    assert list(Page.objects.order_by("pk").values()) == before


def test_the_home_page_takes_the_place_of_the_welcome_page(home):
    assert list(Page.objects.filter(depth=2).values_list("slug", flat=True)) == [
        "trang-dau"
    ]
    assert ensure_home().pk == home.pk


def test_a_page_moves_to_its_new_address_unless_an_editor_changed_it(
    home, client, tmp_path, django_capture_on_commit_callbacks
):
    source = tmp_path / "pages.toml"
    text = '[[pages]]\nslug = "%s"\nwas = "rieng-tu"\ntitle = "R"\nbody = "<p>R</p>"\n'
    source.write_text(text % "cua-toi", encoding="utf-8")
    old = InformationPage.objects.get(slug="rieng-tu").pk
    with django_capture_on_commit_callbacks(execute=True):
        load_pages(source)
    assert InformationPage.objects.get(slug="cua-toi").pk == old
    assert client.get("/rieng-tu/").headers["Location"] == "/cua-toi/"
    page = InformationPage.objects.get(slug="cua-toi")
    page.body = "<p>Sửa tay.</p>"
    page.save_revision().publish()
    source.write_text(
        (text % "khac").replace('"rieng-tu"', '"cua-toi"'), encoding="utf-8"
    )
    assert load_pages(source).left_alone == ["/khac/"]
    assert InformationPage.objects.get(pk=old).slug == "cua-toi"


def test_a_page_that_an_editor_changed_is_left_alone(home, django_user_model, tmp_path):
    page = InformationPage.objects.get(slug="gioi-thieu")
    page.body = "<p>Sửa tay.</p>"
    page.save_revision().publish()
    source = tmp_path / "pages.toml"
    source.write_text(
        '[[pages]]\nslug = "gioi-thieu"\ntitle = "Mới"\nbody = "<p>Mới</p>"\n'
        '[[pages]]\nslug = "rieng-tu"\ntitle = "Mới"\nbody = "<p>Mới</p>"\n',
        encoding="utf-8",
    )
    loaded = load_pages(source)
    assert (loaded.left_alone, loaded.renewed) == (["/gioi-thieu/"], ["/rieng-tu/"])
    assert InformationPage.objects.get(slug="gioi-thieu").body == "<p>Sửa tay.</p>"
    assert InformationPage.objects.get(slug="rieng-tu").title == "Mới"


def test_the_footer_leads_to_the_information_pages_and_names_who_answers(home, client):
    ContactSettings.objects.create(organisation="Sở Khoa học", phone="0290 000 000")
    footer = client.get("/rieng-tu/").text.split("<footer>")[1]
    titles = [
        'href="/lo-bi-lua/">Lỡ bị lừa</a>',
        ">Chúng tôi không bao giờ…</a>",
        ">Dữ liệu cá nhân</a>",
        ">Giới thiệu</a>",
        ">Số cần gọi</a>",
        ">Báo bài sai</a>",
    ]
    assert [title for title in titles if title not in footer] == []
    assert "Chỉ cho ba má" not in footer
    assert "Số liệu công khai" not in footer
    assert "Sở Khoa học" in footer


def test_the_only_script_that_waits_is_of_200_bytes_and_allowed_by_its_hash(
    home, client
):
    response = client.get("/")
    (inline,) = re.findall(r"<script>(.*?)</script>", response.text, re.DOTALL)
    assert len(inline) <= 200
    assert csp_hash(inline) in response["Content-Security-Policy"]
    others = re.findall(r"<script ([^>]*)></script>", response.text)
    assert all('type="module"' in attributes for attributes in others)
