"""GPX: tracks of one name stay apart, within a file and between files."""

import zipfile

import pytest

from chronotope.opening.open import open_field


def track(name, lat, hours=(8, 9, 10)):
    points = "".join(f'<trkpt lat="{lat + hour / 100}" lon="5"><time>2024-01-01T{hour:02}:00:00Z</time></trkpt>' for hour in hours)
    return f"<trk><name>{name}</name><trkseg>{points}</trkseg></trk>"


def gpx(*tracks):
    return f'<gpx xmlns="http://www.topografix.com/GPX/1/1">{"".join(tracks)}</gpx>'


def test_two_tracks_of_one_name_stay_two(tmp_path):
    (tmp_path / "a.gpx").write_text(gpx(track("Run", 50), track("Run", 60), track("Walk", 40)))
    field = open_field(tmp_path / "a.gpx")
    assert field.dataset["object"].values.tolist() == ["Run", "Run (2)", "Walk"]
    assert field.dataset["lat"].isel(time=0).values.tolist() == pytest.approx([50.08, 60.08, 40.08])
    assert any("'Run (2)'" in finding.text for finding in field.findings)


def test_points_of_two_files_stay_apart(tmp_path):
    (tmp_path / "days").mkdir()
    (tmp_path / "days" / "mon.gpx").write_text(gpx(track("Run", 50)))
    (tmp_path / "days" / "tue.gpx").write_text(gpx(track("Run", 60), track("Walk", 40)))
    with zipfile.ZipFile(tmp_path / "days.zip", "w") as archive:
        for file in (tmp_path / "days").iterdir():
            archive.write(file, f"inside/{file.name}")
    for source in (tmp_path / "days", tmp_path / "days.zip"):
        assert open_field(source).dataset["object"].values.tolist() == ["mon Run", "tue Run", "Walk"]
