"""The front door, in the order of the design brief 3.3."""

from __future__ import annotations

import re

import pytest
from wagtail.models import Page

from common.csp import csp_hash
from home.ask import SomebodyToAsk
from home.loading import ensure_home, load_pages
from home.models import ContactSettings, HomePage, HomeRow, InformationPage

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
    ContactSettings.objects.create(
        organisation="Sở", phone="0290 000 000", site_address="học chấm cà mau"
    )
    page = client.get("/").text
    order = [
        "Cô chú cần làm gì?",
        "Quên mật khẩu VNeID",
        "Tìm người chỉ giúp gần nhà",
        "Lỡ bấm link lạ, lỡ chuyển tiền?",
        NEVER,
        "Địa chỉ thật duy nhất: học chấm cà mau",
        "Đang chỉ cho ba má, ông bà? Hai mẹo nhỏ",
        "Ai chỉ giúp?",
        'href="tel:0290000000"',
    ]
    places = [page.find(words) for words in order]
    assert -1 not in places
    assert places == sorted(places)


def test_a_front_page_without_lessons_sends_to_the_team(home, client):
    page = client.get("/").text
    assert "Bài đang được soạn. Mời cô chú hỏi tổ ở ấp:" in page


def test_a_row_whose_page_is_not_published_is_not_shown(home, client):
    draft = add_page(home, "nhap", live=False)
    home.rows = [HomeRow(target=draft, label="Chưa đăng")]
    home.save()
    assert "Chưa đăng" not in client.get("/").text


def test_a_row_without_a_label_takes_the_title(home, client):
    home.rows = [HomeRow(target=add_page(home, "viec-nha"))]
    home.save()
    assert '<a class="row" href="/viec-nha/">Viec-Nha</a>' in client.get("/").text


def test_the_front_page_has_no_cookie_and_no_sign_in_button(home, client):
    response = client.get("/")
    assert response.cookies == {}
    assert "Đăng nhập" not in response.text


@pytest.mark.parametrize(
    "slug", ["lo-bi-lua", "khong-bao-gio", "hai-meo-nho", "rieng-tu", "gioi-thieu"]
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
    assert "Ai chỉ giúp?" in response.text


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
    with django_assert_num_queries(18):
        page = client.get("/").text
    assert page.count('class="row" href="/viec-') == many


@pytest.mark.parametrize(
    ("number", "tel"), [("1800 1096", "18001096"), ("+84 290.383", "+84290383")]
)
def test_a_number_is_written_for_the_dialler(number, tel):
    assert SomebodyToAsk("Sở", phone=number).tel == tel


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
    titles = ["Lỡ bị lừa, làm ngay 4 việc", "Dữ liệu cá nhân", "Giới thiệu"]
    assert [title for title in titles if title not in footer] == []
    assert "Chỉ cho ba má" not in footer
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
