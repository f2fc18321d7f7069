"""The registry of indicators, and the page written from it."""

from django.core.management import call_command

from reports.coverage import Coverage
from reports.indicators import INDICATORS, Source, as_markdown
from reports.management.commands.write_indicators import PAGE
from reports.measures import MEASURES


def test_the_registry_holds_all_twenty_five():
    assert list(INDICATORS) == [f"I{n:02}" for n in range(1, 26)]


def test_these_are_computed_and_the_others_say_what_they_need():
    computed = {code for code, one in INDICATORS.items() if one.computed}
    assert computed == {"I05", "I06", "I07", "I08", "I09", "I11", "I13", "I14"}


def test_imported_indicators_are_never_computed_from_our_register():
    assert not [
        one
        for one in INDICATORS.values()
        if one.source is Source.IMPORTED and one.computed
    ]


def test_every_measure_of_the_screens_is_a_computed_indicator():
    assert all(INDICATORS[m.indicator].computed for m in MEASURES.values())
    assert Coverage.__doc__


def test_the_page_of_the_documentation_is_current():
    assert PAGE.read_text(encoding="utf-8") == as_markdown()
    call_command("write_indicators", "--check")
