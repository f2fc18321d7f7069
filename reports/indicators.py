"""The one registry of indicators: what each number means, wherever it stands.

Codes and definitions follow the programme's list (I01 to I25). Labels and definitions
are the programme's own Vietnamese words: they are printed on official papers and are not
translated. `docs/indicators.md` is written from this file by `manage.py write_indicators`.
"""

from __future__ import annotations

import dataclasses
import enum

from django.utils.translation import gettext_lazy as _


class Unit(enum.Enum):
    """What is counted. Visits, people and households are never added together."""

    VISITS = "lượt"
    PEOPLE = "người"
    HOUSEHOLDS = "hộ"
    SESSIONS = "buổi"
    TEAMS = "tổ"
    HAMLETS = "ấp/khóm"
    COMMUNES = "xã/phường"
    LESSONS = "bài"
    POINTS = "điểm"
    REPORTS = "vướng mắc"
    DOSSIERS = "hồ sơ"
    HOURS = "giờ"
    SHARE = "%"
    RANK = "hạng"


class Source(enum.Enum):
    """Where the numbers come from."""

    OURS = "sổ của tổ"
    BOTH = "sổ của tổ, mẫu số nhập từ ngoài"
    IMPORTED = "nhập từ cơ quan khác"


class Period(enum.Enum):
    MONTH = "tháng"
    QUARTER = "quý"
    YEAR = "năm"
    SESSION = "buổi"


BY_PLACE = ("xã/phường", "ấp/khóm")
BY_PERSON = (*BY_PLACE, "giới", "nhóm tuổi")
BY_SKILL = (*BY_PERSON, "kỹ năng")


@dataclasses.dataclass(frozen=True)
class Indicator:
    """One number of the programme: what it counts, over what, and where it comes from.

    `needs` says what is missing while the number cannot be given; an empty text means
    that it is computed from the register today.
    """

    code: str
    label: str
    definition: str
    unit: Unit
    numerator: str
    denominator: str
    period: Period
    by: tuple[str, ...]
    source: Source
    needs: str = ""

    @property
    def computed(self) -> bool:
        return not self.needs


NO_DATA = _("No data yet – this is not zero.")

_ALL = (
    Indicator(
        "I01",
        "Tỷ lệ ấp/khóm có Tổ CNSCĐ",
        "Ấp, khóm có tổ được thành lập bằng quyết định còn hiệu lực và có ít nhất một "
        "thành viên đang hoạt động, trên tổng số ấp, khóm tại ngày chốt số liệu.",
        Unit.HAMLETS,
        "ấp/khóm có quyết định và có thành viên",
        "ấp/khóm tại ngày chốt số liệu",
        Period.QUARTER,
        BY_PLACE,
        Source.OURS,
        "quyết định và thành viên của tổ ở mọi ấp, khóm",
    ),
    Indicator(
        "I02",
        "Tỷ lệ tổ hoạt động",
        "Tổ có ít nhất một buổi hoặc một đợt đi từng nhà trong kỳ, trên số tổ hiện có.",
        Unit.TEAMS,
        "tổ có ít nhất một buổi trong kỳ",
        "tổ hiện có",
        Period.QUARTER,
        BY_PLACE,
        Source.OURS,
        "danh sách tổ đã nhập đủ",
    ),
    Indicator(
        "I03",
        "Số thành viên, cơ cấu",
        "Thành viên của các tổ theo vai trò, giới và nhóm tuổi.",
        Unit.PEOPLE,
        "thành viên còn trong tổ",
        "",
        Period.QUARTER,
        BY_PERSON,
        Source.OURS,
        "danh sách thành viên đã nhập đủ",
    ),
    Indicator(
        "I04",
        "Thành viên được tập huấn",
        "Thành viên được tập huấn trong 12 tháng gần nhất, trên tổng số thành viên.",
        Unit.PEOPLE,
        "thành viên được tập huấn trong 12 tháng",
        "thành viên",
        Period.YEAR,
        BY_PERSON,
        Source.OURS,
        "sổ các buổi tập huấn thành viên",
    ),
    Indicator(
        "I05",
        "Tỷ lệ bao phủ xã",
        "Xã, phường có ít nhất một buổi đã diễn ra trong kỳ, trên số xã, phường của bản đồ "
        "được chọn. Buổi tập dượt, buổi hủy và buổi mới lên lịch không tính.",
        Unit.COMMUNES,
        "xã/phường có ít nhất một buổi trong kỳ",
        "xã/phường của bản đồ được chọn",
        Period.MONTH,
        ("đợt triển khai",),
        Source.OURS,
    ),
    Indicator(
        "I06",
        "Tỷ lệ bao phủ ấp/khóm",
        "Ấp, khóm có ít nhất một buổi đã diễn ra trong kỳ, trên số ấp, khóm của xã.",
        Unit.HAMLETS,
        "ấp/khóm có ít nhất một buổi trong kỳ",
        "ấp/khóm của bản đồ được chọn, hoặc số xã kê khai",
        Period.MONTH,
        ("xã/phường",),
        Source.OURS,
    ),
    Indicator(
        "I07",
        "Tỷ lệ hộ được hướng dẫn",
        "Số hộ khác nhau có ít nhất một người được hướng dẫn (hoặc có em nhỏ học thay) "
        "trong kỳ, tính ở nơi hộ cư trú, trên số hộ của địa bàn.",
        Unit.HOUSEHOLDS,
        "hộ khác nhau được hướng dẫn trong kỳ",
        "hộ của địa bàn",
        Period.QUARTER,
        (*BY_PLACE, "kỹ năng"),
        Source.BOTH,
    ),
    Indicator(
        "I08",
        "Lượt người được hỗ trợ",
        "Tổng số lượt người có mặt ở các buổi: tổng số đếm, hoặc số có tên nếu không đếm. "
        "Không bao giờ gọi là “người”.",
        Unit.VISITS,
        "lượt người có mặt",
        "",
        Period.MONTH,
        (*BY_PLACE, "loại buổi"),
        Source.OURS,
    ),
    Indicator(
        "I09",
        "Số người học",
        "Số người khác nhau có tên trong sổ, tính ở nơi cư trú. Lượt không tên được in bên "
        "cạnh, không cộng vào.",
        Unit.PEOPLE,
        "người khác nhau có tên trong kỳ",
        "người từ 18 tuổi trở lên của địa bàn",
        Period.QUARTER,
        BY_SKILL,
        Source.BOTH,
    ),
    Indicator(
        "I10",
        "Tỷ lệ người học thuộc nhóm ưu tiên",
        "Người học từ 60 tuổi, hoặc ở ấp đặc biệt khó khăn, ấp đồng bào dân tộc; các nhóm "
        "khác chỉ đếm tổng của buổi, không ghi theo người.",
        Unit.PEOPLE,
        "người học thuộc nhóm ưu tiên",
        "người học",
        Period.QUARTER,
        BY_PLACE,
        Source.OURS,
        "năm sinh của người học và cờ của ấp đã nhập đủ",
    ),
    Indicator(
        "I11",
        "Số buổi, số lượt tham dự bình quân",
        "Số buổi đã diễn ra và số lượt người chia cho số buổi. Buổi hủy ghi riêng.",
        Unit.SESSIONS,
        "buổi đã diễn ra; lượt người",
        "buổi đã diễn ra",
        Period.MONTH,
        (*BY_PLACE, "loại buổi"),
        Source.OURS,
    ),
    Indicator(
        "I12",
        "Tỷ lệ hoàn thành bài học",
        "Lượt học xong trên lượt bắt đầu học; học tại buổi và học trên mạng tính riêng.",
        Unit.LESSONS,
        "lượt học xong",
        "lượt bắt đầu",
        Period.MONTH,
        ("bài học",),
        Source.OURS,
        "số đếm không tên của các bài học trên mạng",
    ),
    Indicator(
        "I13",
        "Kết quả “làm được”",
        "Kết quả ghi sau khi hướng dẫn: đã làm được, làm được khi có hướng dẫn, chưa làm "
        "được, chuyển công an – ngân hàng – nhà mạng; “chưa ghi” để riêng, không tính vào mẫu số.",
        Unit.VISITS,
        "lượt theo từng kết quả",
        "lượt có ghi kết quả",
        Period.MONTH,
        BY_SKILL,
        Source.OURS,
    ),
    Indicator(
        "I14",
        "Vướng mắc theo loại",
        "Số lượt người bị vướng theo từng loại vướng mắc của danh mục (Nghị định "
        "224/2026/NĐ-CP, Điều 79 khoản 3 điểm d).",
        Unit.REPORTS,
        "lượt người có ghi vướng mắc",
        "",
        Period.MONTH,
        BY_PLACE,
        Source.OURS,
    ),
    Indicator(
        "I15",
        "Vướng mắc đã phản hồi",
        "Vướng mắc được trả lời trong hạn, trên số vướng mắc đã tiếp nhận.",
        Unit.REPORTS,
        "vướng mắc trả lời trong hạn",
        "vướng mắc tiếp nhận",
        Period.MONTH,
        BY_PLACE,
        Source.OURS,
        "sổ theo dõi trả lời vướng mắc",
    ),
    Indicator(
        "I16",
        "Tỷ lệ có tài khoản VNeID mức 2",
        "Số liệu của công an, không suy ra từ sổ của tổ.",
        Unit.SHARE,
        "người có tài khoản mức 2",
        "người từ đủ 14 tuổi",
        Period.QUARTER,
        ("xã/phường",),
        Source.IMPORTED,
        "số liệu của công an",
    ),
    Indicator(
        "I17",
        "Tỷ lệ tài khoản thanh toán điện tử",
        "Số liệu của ngân hàng và nhà mạng; phải ghi rõ mẫu số là dân số hay người từ 15 tuổi.",
        Unit.SHARE,
        "người có tài khoản thanh toán",
        "dân số, hoặc người từ 15 tuổi (ghi rõ)",
        Period.YEAR,
        ("xã/phường",),
        Source.IMPORTED,
        "số liệu của ngân hàng, nhà mạng",
    ),
    Indicator(
        "I18",
        "Tỷ lệ người có kỹ năng số cơ bản được xác nhận",
        "Người được xác nhận trên VNeID theo Quyết định 757/QĐ-BKHCN.",
        Unit.SHARE,
        "người được xác nhận",
        "người từ 18 tuổi",
        Period.YEAR,
        ("xã/phường",),
        Source.IMPORTED,
        "số liệu xác nhận trên VNeID",
    ),
    Indicator(
        "I19",
        "Tỷ lệ người trong độ tuổi lao động biết dùng dịch vụ công, dịch vụ số",
        "Qua khảo sát hoặc xác nhận; độ tuổi lao động theo quy định của từng năm.",
        Unit.SHARE,
        "người biết sử dụng",
        "người trong độ tuổi lao động",
        Period.YEAR,
        ("xã/phường",),
        Source.IMPORTED,
        "khảo sát hoặc số liệu xác nhận",
    ),
    Indicator(
        "I20",
        "Hồ sơ trực tuyến, toàn trình, đúng hạn, hài lòng",
        "Các mục của Điều 19 Nghị định 224/2026/NĐ-CP.",
        Unit.DOSSIERS,
        "hồ sơ theo từng mục",
        "hồ sơ",
        Period.QUARTER,
        ("xã/phường",),
        Source.IMPORTED,
        "số liệu của Trung tâm Phục vụ hành chính công",
    ),
    Indicator(
        "I21",
        "Điểm hỗ trợ xã hội số",
        "Điểm đang mở, có thiết bị và kết nối (Nghị định 224/2026/NĐ-CP, Điều 78).",
        Unit.POINTS,
        "điểm đang mở; điểm có thiết bị và mạng",
        "xã/phường",
        Period.QUARTER,
        ("xã/phường",),
        Source.OURS,
        "danh sách điểm hỗ trợ đã nhập đủ",
    ),
    Indicator(
        "I22",
        "Kinh tế số/GRDP",
        "Chỉ để tham khảo bối cảnh, không do chương trình tính.",
        Unit.SHARE,
        "",
        "",
        Period.YEAR,
        (),
        Source.IMPORTED,
        "số liệu thống kê",
    ),
    Indicator(
        "I23",
        "Xếp hạng chuyển đổi số (DTI)",
        "Thứ hạng do Bộ công bố, chỉ để tham khảo bối cảnh.",
        Unit.RANK,
        "",
        "",
        Period.YEAR,
        (),
        Source.IMPORTED,
        "công bố của Bộ",
    ),
    Indicator(
        "I24",
        "Chất lượng dữ liệu",
        "Buổi có đủ điểm danh, kết quả và minh chứng, trên tổng số buổi.",
        Unit.SESSIONS,
        "buổi đủ điểm danh, kết quả, minh chứng",
        "buổi đã diễn ra",
        Period.MONTH,
        BY_PLACE,
        Source.OURS,
        "minh chứng của buổi",
    ),
    Indicator(
        "I25",
        "Thời gian từ lúc tổ chức đến khi đồng bộ",
        "Trung vị số giờ từ khi buổi diễn ra đến khi máy chủ nhận sổ.",
        Unit.HOURS,
        "",
        "",
        Period.MONTH,
        BY_PLACE,
        Source.OURS,
        "giờ nhận sổ của từng buổi",
    ),
)

INDICATORS: dict[str, Indicator] = {indicator.code: indicator for indicator in _ALL}


def as_markdown() -> str:
    """The registry as a page of the documentation."""
    lines = [
        "# Indicators",
        "",
        "Written by `manage.py write_indicators` from `reports/indicators.py`; a test fails",
        "when the two differ. Labels and definitions are the programme's own words.",
        "",
        "Visits (lượt), people (người) and households (hộ) are three different counts and are",
        "never added together. Missing is not zero. A percentage is printed with its base, the",
        "base's source and date; without a base there is none.",
    ]
    for indicator in INDICATORS.values():
        state = "computed" if indicator.computed else f"needs: {indicator.needs}"
        lines += [
            "",
            f"## {indicator.code} {indicator.label}",
            "",
            indicator.definition,
            "",
            f"- unit: {indicator.unit.value}",
            f"- numerator: {indicator.numerator or '–'}",
            f"- denominator: {indicator.denominator or '–'}",
            f"- period: {indicator.period.value}",
            f"- may be broken down by: {', '.join(indicator.by) or '–'}",
            f"- source: {indicator.source.value}",
            f"- state: {state}",
        ]
    return "\n".join(lines) + "\n"
