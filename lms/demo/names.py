"""Invented names that sound like home, and telephone numbers that nobody owns."""

from __future__ import annotations

import dataclasses
import random

SURNAMES = (
    ("Nguyễn", 30), ("Trần", 14), ("Lê", 11), ("Phạm", 9), ("Huỳnh", 8), ("Võ", 6),
    ("Phan", 5), ("Trương", 4), ("Lâm", 4), ("Đặng", 4), ("Bùi", 3), ("Hồ", 3),
    ("Ngô", 3), ("Dương", 3), ("Lý", 3), ("Thạch", 2), ("Danh", 2), ("Châu", 2),
    ("Quách", 2), ("Mai", 1), ("Cao", 1), ("Tô", 1),
)  # fmt: skip
WOMEN = (
    "Thị Lành", "Thị Bé", "Thị Út", "Thị Hoa", "Thị Sen", "Thị Nga", "Thị Thắm",
    "Thị Kiều", "Mỹ Lệ", "Thị Diễm", "Kim Loan", "Thị Hường", "Ngọc Mai", "Thị Tươi",
    "Thị Đẹp", "Thị Chín", "Bích Thủy", "Thị Phượng", "Thị Ngân", "Thanh Thúy",
    "Thị Xuân", "Cẩm Tú", "Thị Nhàn", "Thị Lượm", "Hồng Gấm", "Thị Bông", "Thị Thơm",
    "Kim Chi", "Thị Mén", "Thúy Hằng", "Thị Lụa", "Thị Tím", "Ánh Nguyệt", "Thị Yến",
    "Thị Dung", "Thị Quyên", "Thị Nở", "Thị Ba", "Thị Sáu", "Thị Muội",
)  # fmt: skip
MEN = (
    "Văn Út", "Văn Bé", "Văn Hai", "Văn Dũng", "Hoàng Giang", "Văn Lực", "Minh Đương",
    "Văn Nhàn", "Văn Tư", "Quốc Thái", "Văn Chiến", "Văn Đực", "Thanh Liêm", "Văn Khởi",
    "Chí Linh", "Văn Sang", "Hữu Nghĩa", "Văn Tèo", "Văn Mừng", "Trọng Nhân",
    "Văn Đằng", "Văn Kiệt", "Tấn Phát", "Văn Lợi", "Văn Hậu", "Hoài Phong", "Văn Tài",
    "Văn Thêm", "Minh Luân", "Văn Bảy", "Văn Hiền", "Phước Hòa", "Văn Cường", "Văn Ẩn",
    "Thành Được", "Văn Nhiều", "Công Bằng", "Văn Đồng", "Văn Sáng", "Văn Út Em",
)  # fmt: skip
BIRTH_ORDER = ("Hai", "Ba", "Tư", "Năm", "Sáu", "Bảy", "Tám", "Chín", "Mười", "Út")
TRAITS = (
    "Lành", "Đen", "Lùn", "Ốm", "Ghe", "Vuông", "Cua", "Rẫy", "Hàng", "May", "Mập",
    "Tôm", "Chài", "Lưới", "Đáy", "Cà Phê", "Nhỏ", "Lớn", "Sún", "Vui", "Thợ Mộc",
)  # fmt: skip
HAMLET_NAMES = (
    "Rạch Mới", "Kinh Tư", "Cái Ngay", "Xẻo Lá", "Bà Hính", "Vàm Đình", "Kinh Mới",
    "Rạch Cóc", "Tân Lợi", "Thuận Tạo", "Ông Bích", "Xóm Rẫy", "Đường Kéo", "Cái Su",
    "Kinh Đào Tây", "Rạch Gốc Trong", "Bùng Binh", "Thầy Ký", "Mương Điều", "Tắc Biển",
    "Xẻo Quao", "Lung Lá", "Cây Gừa", "Đất Cháy", "Cái Bát", "Tân Long", "Hiệp Hòa",
    "Kinh Ngang", "Chà Là", "Bàu Sen", "Rạch Lùm", "Cựa Gà", "Giồng Nổi", "Cồn Cát",
    "Xóm Lung", "Cầu Ván", "Vàm Xáng", "Ba Thê", "Trảng Tràm", "Nhà Dài", "Mũi Tràm",
    "Kinh Hãng", "Tân Điền", "Phước Thọ", "Bình Lễ", "Láng Dài", "Khúc Tréo", "Năm Đảm",
    "Xẻo Đước", "Lô Tư", "Rạch Vinh", "Tràm Một", "Biện Trượng", "Cái Nai", "Bờ Đập",
    "Đồng Sậy", "Hàng Gòn", "Bến Đìa", "Lung Trâu", "Kinh Xáng",
    "Rạch Dơi", "Cái Chồn", "Tân Bửu", "Xóm Chùa", "Mương Sấu", "Bàu Láng", "Vàm Lẽo",
    "Kinh Lớn", "Gò Muồng", "Đá Hàn", "Cây Thị", "Rạch Bần",
)  # fmt: skip
ROUTES = ("Kinh Xáng", "Lộ nhựa", "Rạch trong", "Bờ kinh đông", "Xóm trên", "Xóm dưới")
VENUES = (
    "Nhà văn hóa ấp", "Sala chùa", "Trụ sở ban nhân dân ấp", "Nhà chú Tư đầu kinh",
    "Điểm trường tiểu học", "Quán cà phê bến đò",
)  # fmt: skip
BOAT = "Đi ghe dọc tuyến kinh"


@dataclasses.dataclass(frozen=True, slots=True)
class Drawn:
    """An invented person's name, sex, year of birth and perhaps a usual name."""

    name: str
    sex: str
    birth_year: int | None
    usual_name: str


class Names:
    """Draws names; the same random source gives the same people."""

    def __init__(self, random_source: random.Random) -> None:
        self._random = random_source
        self._phone = 0

    def surname(self) -> str:
        names, weights = zip(*SURNAMES, strict=True)
        return self._random.choices(names, weights)[0]

    def person(
        self,
        *,
        surname: str | None = None,
        sex: str = "",
        born: tuple[int, int] | None = None,
    ) -> Drawn:
        """Somebody; one in twenty is known without a year of birth, as in real lists."""
        draw = self._random
        sex = sex or draw.choices("fm", (11, 9))[0]
        given = draw.choice(WOMEN if sex == "f" else MEN)
        first, last = (
            born
            or draw.choices(
                ((1938, 1955), (1956, 1966), (1967, 1986), (1987, 2007)),
                (15, 30, 35, 20),
            )[0]
        )
        year = draw.randint(first, last) if born or draw.random() > 0.05 else None
        usual = ""
        if draw.random() < 0.4:
            usual = f"{draw.choice(BIRTH_ORDER)} {draw.choice(TRAITS)}"
        return Drawn(f"{surname or self.surname()} {given}", sex, year, usual)

    def phone(self) -> str:
        """0900 000 001 to 0900 000 099, over again: visibly nobody's."""
        self._phone = self._phone % 99 + 1
        return f"0900 000 0{self._phone:02d}"
