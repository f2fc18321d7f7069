"""Blocks of a lesson. Each describes itself to the editor.

Counts that matter only when a lesson is published (five to seven dead ends, exactly
three questions) are checked in `courses.publishing`, so that a draft may be saved half
written.
"""

from __future__ import annotations

from django import forms
from django.apps import apps
from django.templatetags.static import static
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.admin.telepath import register
from wagtail.blocks.list_block import ListBlockValidationError
from wagtail.blocks.struct_block import StructBlockAdapter, StructBlockValidationError
from wagtail.images.blocks import ImageChooserBlock

from courses.targets import (
    HEIGHT,
    MOST_SCREENS,
    MOST_TARGETS,
    SMALLEST,
    WIDTH,
    is_one_right,
    place_faults,
)

PREVIEW = "courses/blocks/preview.html"


def blocker_choices() -> list[tuple[str, str]]:
    """The one list of what stops people, as the register knows it."""
    blockers = apps.get_model("courses", "Blocker").objects.all()
    return list(blockers.values_list("code", "label"))


class BlockerBlock(blocks.ChoiceBlock):
    """One of the blockers; reading a page asks the table nothing."""

    def __init__(self, **kwargs):
        kwargs.setdefault("choices", blocker_choices)
        super().__init__(**kwargs)

    def normalize_choice(self, value):
        # The base class runs through all choices, a query for each row shown.
        return value


class NeedBlock(blocks.CharBlock):
    """One thing to have ready."""

    class Meta:
        icon = "tick"
        label = _("thing to have ready")
        template = "courses/blocks/need.html"
        preview_template = PREVIEW
        preview_value = "Thẻ căn cước"
        description = _("One thing the person must have before step 1.")


class StepValue(blocks.StructValue):
    """A step as the page shows it."""

    @property
    def description(self) -> str:
        """What stands for the picture when it is not seen."""
        return self.get("alt") or self.get("text") or ""


class StepBlock(blocks.StructBlock):
    """One action, one sentence, at most one picture and one warning."""

    text = blocks.CharBlock(
        max_length=200,
        label=_("sentence"),
        help_text=_("One action, at most 18 words. Quote the words on the button."),
    )
    picture = ImageChooserBlock(required=False, label=_("picture"))
    alt = blocks.CharBlock(
        required=False,
        max_length=200,
        label=_("description of the picture"),
        help_text=_("Only when the picture says more than the sentence."),
    )
    network = blocks.BooleanBlock(required=False, label=_("needs the network"))
    warning = blocks.CharBlock(
        required=False,
        max_length=200,
        label=_("warning"),
        help_text=_("Only where a mistake costs money, the account or privacy."),
    )
    check = blocks.BooleanBlock(
        required=False,
        label=_("to be checked"),
        help_text=_("Residents do not see this; it stands in the editors' report."),
    )
    check_note = blocks.CharBlock(
        required=False, max_length=300, label=_("what to check")
    )

    class Meta:
        icon = "list-ol"
        label = _("step")
        value_class = StepValue
        template = "courses/blocks/step.html"
        preview_template = PREVIEW
        preview_value = {
            "text": "Bấm “Quên mật khẩu”.",
            "network": True,
            "warning": "Không đọc mã này cho ai.",
        }
        description = _("One tap of the finger: a sentence and a drawn picture.")


class InterruptedBlock(blocks.CharBlock):
    """What is lost, what is not, where to begin again."""

    class Meta:
        icon = "warning"
        label = _("sentence")
        template = "courses/blocks/interrupted.html"
        preview_template = PREVIEW
        preview_value = "Quá 3 phút mà chưa gõ mã: làm lại từ bước 2."
        description = _(
            "What is lost, what is not, and from which step to begin again."
        )


class StuckBlock(blocks.StructBlock):
    """A dead end, where to go with it, what to bring."""

    blocker = BlockerBlock(label=_("blocker"))
    text = blocks.CharBlock(max_length=240, label=_("what is wrong"))
    go = blocks.CharBlock(max_length=240, label=_("where to go"))
    bring = blocks.CharBlock(required=False, max_length=160, label=_("what to bring"))

    class Meta:
        icon = "help"
        label = _("dead end")
        template = "courses/blocks/stuck.html"
        preview_template = PREVIEW
        preview_value = {
            "blocker": "sim",
            "text": "SIM đứng tên người khác.",
            "go": "Ra cửa hàng của nhà mạng làm lại SIM đúng tên mình.",
            "bring": "Thẻ căn cước, điện thoại và SIM.",
        }
        description = _("What no lesson can solve: where to go and what to bring.")


class OptionBlock(blocks.StructBlock):
    """One answer, right or not, and why."""

    text = blocks.CharBlock(max_length=160, label=_("answer"))
    right = blocks.BooleanBlock(required=False, label=_("right"))
    why = blocks.CharBlock(max_length=240, label=_("why"))

    class Meta:
        icon = "radio-full"
        label = _("answer")


class QuestionBlock(blocks.StructBlock):
    """A question with explained answers."""

    text = blocks.CharBlock(max_length=240, label=_("question"))
    options = blocks.ListBlock(OptionBlock(), min_num=2, max_num=4, label=_("answers"))

    class Meta:
        icon = "help"
        label = _("question")
        template = "courses/blocks/question.html"
        preview_template = PREVIEW
        preview_value = {
            "text": "Có người gọi xin mã OTP. Cô chú làm gì?",
            "options": [
                {"text": "Cúp máy.", "right": True, "why": "Đúng rồi."},
                {"text": "Đọc mã.", "right": False, "why": "Đọc ra là mất tài khoản."},
            ],
        }
        description = _("A real situation with two to four answers, each explained.")


class TimingBlock(blocks.StructBlock):
    """Some minutes of a session, and what happens in them."""

    minutes = blocks.CharBlock(max_length=10, label=_("minutes"))
    what = blocks.CharBlock(max_length=240, label=_("what happens"))

    class Meta:
        icon = "time"
        label = _("part of the session")


class GuideBlock(blocks.StructBlock):
    """Notes for who leads the session; never in the lesson's own bytes."""

    minutes = blocks.IntegerBlock(min_value=5, max_value=180, label=_("minutes"))
    timing = blocks.ListBlock(TimingBlock(), label=_("timing"))
    mistakes = blocks.ListBlock(
        blocks.CharBlock(max_length=300), label=_("common mistakes")
    )
    say = blocks.ListBlock(blocks.CharBlock(max_length=300), label=_("what to say"))
    prepare = blocks.ListBlock(
        blocks.CharBlock(max_length=300), label=_("what to prepare")
    )

    class Meta:
        icon = "group"
        label = _("facilitator's notes")
        template = "courses/blocks/guide.html"
        preview_template = PREVIEW
        preview_value = {
            "minutes": 30,
            "timing": [{"minutes": "5", "what": "Hỏi từng người đang vướng gì."}],
            "mistakes": ["Xin mã rồi mới đi tìm thẻ căn cước."],
            "say": ["“Con quay mặt đi nha.”"],
            "prepare": ["Chỗ có sóng tốt."],
        }
        description = _("Only the team sees this: timing, mistakes, what to say.")


# --- practice ------------------------------------------------------------------------


class TargetBlock(blocks.StructBlock):
    """A rectangle of the drawing that a finger may tap, and what is said to it."""

    label = blocks.CharBlock(
        max_length=60,
        label=_("words on it"),
        help_text=_(
            "The words drawn there; whoever cannot see the drawing hears them."
        ),
    )
    right = blocks.BooleanBlock(
        required=False,
        label=_("the right place"),
        help_text=_("Exactly one place of a screen is right."),
    )
    why = blocks.CharBlock(
        max_length=240,
        label=_("what is said to it"),
        help_text=_(
            "To the right tap a short praise; to a wrong one “Chưa đúng chỗ, không sao "
            "cả. Cô chú tìm nút “…”.”"
        ),
    )
    x = blocks.IntegerBlock(min_value=0, max_value=WIDTH, label=_("from the left"))
    y = blocks.IntegerBlock(min_value=0, max_value=HEIGHT, label=_("from the top"))
    w = blocks.IntegerBlock(min_value=SMALLEST, max_value=WIDTH, label=_("width"))
    h = blocks.IntegerBlock(min_value=SMALLEST, max_value=HEIGHT, label=_("height"))

    class Meta:
        icon = "pick"
        label = _("tap target")
        form_classname = "struct-block target-block"


class ScreenBlock(blocks.StructBlock):
    """One drawn screen: what to do on it, and the places a finger may tap."""

    say = blocks.CharBlock(
        max_length=200,
        label=_("sentence"),
        help_text=_(
            "What to tap here, at most 18 words. Quote the words on the button."
        ),
    )
    picture = ImageChooserBlock(
        required=False,
        label=_("drawing"),
        help_text=_(
            "264 wide, 396 high, without a ring. No bank's or police's mark, nothing to "
            "type into; codes are drawn as dots."
        ),
    )
    alt = blocks.CharBlock(
        required=False,
        max_length=200,
        label=_("description of the picture"),
        help_text=_("Only when the picture says more than the sentence."),
    )
    targets = blocks.ListBlock(
        TargetBlock(),
        label=_("places to tap"),
        max_num=MOST_TARGETS,
        help_text=_(
            "One to four places, exactly one of them right. Numbers count from the upper "
            "left corner of the drawing; tap in the preview to move the last one touched."
        ),
    )

    class Meta:
        icon = "mobile-alt"
        label = _("drawn screen")
        form_classname = "struct-block screen-block"

    def clean(self, value):
        """Refuse places that cannot stand; what is only missing may wait for publishing."""
        clean = super().clean(value)
        faults: dict[int, list[str]] = {}
        for index, sentence in place_faults(clean["targets"]):
            faults.setdefault(index, []).append(sentence)
        if faults:
            raise StructBlockValidationError(
                {
                    "targets": ListBlockValidationError(
                        block_errors={
                            index: StructBlockValidationError(
                                non_block_errors=sentences
                            )
                            for index, sentences in faults.items()
                        }
                    )
                }
            )
        if not self.is_deferred_validation and not is_one_right(clean["targets"]):
            raise StructBlockValidationError(
                {
                    "targets": ListBlockValidationError(
                        non_block_errors=[
                            gettext("Exactly one place of the screen must be right.")
                        ]
                    )
                }
            )
        return clean


class ScreenBlockAdapter(StructBlockAdapter):
    """In the editor a screen shows its drawing with the places to tap, as they are now."""

    js_constructor = "courses.blocks.ScreenBlock"

    def js_args(self, block):
        name, children, meta = super().js_args(block)
        meta["words"] = {
            "title": gettext("As it will be tapped"),
            "missing": gettext("its four numbers are not all there yet."),
            "small": gettext("smaller than 48 by 48."),
            "outside": gettext("leaves the drawing."),
            "crowded": gettext("closer than 8 to another place."),
            "one": gettext("Exactly one place of the screen must be right."),
            "good": gettext("Every place can be tapped well."),
        }
        return [name, children, meta]

    @cached_property
    def media(self):
        return super().media + forms.Media(
            js=[static("courses/practice-editor.js")],
            css={"all": [static("courses/practice-editor.css")]},
        )


register(ScreenBlockAdapter(), ScreenBlock)


class PracticeBlock(blocks.StructBlock):
    """Drawn screens to practise on, without typing anything."""

    task = blocks.CharBlock(
        max_length=160,
        label=_("task"),
        help_text=_("What is practised, in one sentence of at most 18 words."),
    )
    screens = blocks.ListBlock(
        ScreenBlock(),
        max_num=MOST_SCREENS,
        label=_("screens"),
        help_text=_("Three to seven, in the order in which they are tapped."),
    )
    done = blocks.CharBlock(
        max_length=200,
        label=_("at the end"),
        help_text=_("For example: “Cô chú bấm đúng 5 bước. Giờ làm thật được rồi.”"),
    )
    slug = blocks.CharBlock(
        required=False,
        max_length=60,
        label=_("short name"),
        help_text=_("Names the practice in an exported file; it may stay empty."),
    )

    class Meta:
        icon = "mobile-alt"
        label = _("practice")
        template = "courses/blocks/practice.html"
        preview_template = "courses/blocks/practice_preview.html"
        preview_value = {
            "task": "Cô chú tập bấm “Quên mật khẩu”.",
            "done": "Cô chú bấm đúng 3 bước. Giờ làm thật được rồi.",
            "screens": [
                {
                    "say": "Bấm “Quên mật khẩu?” dưới ô mật khẩu.",
                    "targets": [
                        {
                            "x": 24,
                            "y": 210,
                            "w": 216,
                            "h": 48,
                            "label": "Quên mật khẩu?",
                            "right": True,
                            "why": "Đúng rồi.",
                        },
                        {
                            "x": 24,
                            "y": 300,
                            "w": 216,
                            "h": 48,
                            "label": "Đăng nhập",
                            "right": False,
                            "why": "Chưa đúng chỗ, không sao cả.",
                        },
                    ],
                }
            ],
        }
        description = _(
            "Drawn screens on which a finger practises: a sentence, a drawing and the "
            "places to tap. Nothing is typed."
        )
