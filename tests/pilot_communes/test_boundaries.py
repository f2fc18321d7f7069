"""Outlines come from a file, all of them or none."""

import json

import pytest
from django.core.management import CommandError, call_command

from pilot_communes.models import Boundary

SQUARE = [[104.7, 8.6], [104.8, 8.6], [104.8, 8.7], [104.7, 8.7], [104.7, 8.6]]


def feature(code, coordinates=None, kind="Polygon", **properties):
    return {
        "type": "Feature",
        "properties": {"code": code, **properties},
        "geometry": {"type": kind, "coordinates": coordinates or [SQUARE]},
    }


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "outlines.geojson"

    def write(*features, **more):
        content = {"type": "FeatureCollection", "features": list(features), **more}
        path.write_text(json.dumps(content), encoding="utf-8")
        return path

    return write


def run(path, **options):
    call_command("import_boundaries", path, source="Sở Nông nghiệp", **options)


def test_outlines_are_kept_by_code_without_properties(ground, file, capsys):
    height = [[*point, 3.25] for point in SQUARE]
    height.insert(1, list(height[0]))
    run(
        file(
            feature("32248", [height], name="<script>"),
            feature("32236", [[SQUARE]], "MultiPolygon"),
        )
    )
    assert capsys.readouterr().out == "2 of 2 outlines changed.\n"
    assert ground.dat_mui.boundary.geometry == {
        "type": "Polygon",
        "coordinates": [SQUARE],
    }
    assert ground.tan_an.boundary.geometry["type"] == "MultiPolygon"
    assert ground.dat_mui.boundary.source == "Sở Nông nghiệp"


def test_importing_again_changes_nothing(ground, file, capsys):
    path = file(feature("32248"))
    run(path)
    first = Boundary.objects.get().imported_at
    run(path)
    assert capsys.readouterr().out.splitlines()[1] == "0 of 1 outlines changed."
    assert Boundary.objects.get().imported_at == first


def test_a_check_writes_nothing(ground, file, capsys):
    run(file(feature("32248")), check=True)
    assert capsys.readouterr().out == "1 outlines can be read.\n"
    assert not Boundary.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        feature("99999"),
        feature(""),
        feature(32248),
        feature("32248", [SQUARE[:3]]),
        feature("32248", [SQUARE[:-1]]),
        feature("32248", [[point[::-1] for point in SQUARE]]),
        feature("32248", [[["a", 1]] * 5]),
        feature("32248", [[[True, 1]] * 5]),
        feature("32248", [[[float("nan"), 8.6]] * 5]),
        feature("32248", [7]),
        feature("32248", [], "Polygon") | {"geometry": None},
        feature("32248", SQUARE, "LineString"),
        feature("32236"),
        {"type": "Nothing"},
    ],
)
def test_one_wrong_feature_stops_the_file(ground, file, wrong):
    with pytest.raises(CommandError):
        run(file(feature("32236"), wrong))
    assert not Boundary.objects.exists()


@pytest.mark.parametrize("text", ["", "[]", '{"type": "Topology"}', "\ufeff{"])
def test_what_is_no_feature_collection_is_refused(ground, tmp_path, text):
    path = tmp_path / "x.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CommandError):
        run(path)


def test_an_empty_collection_and_a_missing_file_are_refused(ground, file, tmp_path):
    with pytest.raises(CommandError):
        run(file(), check=True)
    with pytest.raises(CommandError):
        run(tmp_path / "nothing.json")
