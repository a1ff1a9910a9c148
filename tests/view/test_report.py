"""The report is one whole page with the numbers that it was given, and it asks nothing of the network."""

import re
from html.parser import HTMLParser

import pandas as pd
import pytest

from chronotope.errors import OutputExistsError
from chronotope.inspect.finding import Finding
from chronotope.view.report import report_page, write_report
from chronotope.view.scores import score_table
from known_forecasts import at_origins, forecast_of, grid, sites

SCORES = pd.DataFrame(
    {
        "model": ["baseline:mix", "tiny", "baseline:last_value"],
        "variable": ["air", "air", "air"],
        "mae": [2.0, 1.5, 3.0],
        "mae_spread": [0.1, 0.1, 0.1],
        "wql": [0.06, 0.05, 0.09],
        "coverage80": [0.95, 0.79, 0.6],
        "mae_ratio": [1.0, 0.75, 1.5],
        "n": [100, 100, 100],
        "seconds": [0.1, 0.2, 0.1],
    }
)


class Outline(HTMLParser):
    """Headings, ids, and whether every element is closed."""

    VOID = {"meta", "br", "hr", "img", "link", "input"}

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.headings, self.links = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.ids += [value for name, value in attrs if name == "id"]
        self.links += [value for name, value in attrs if name in ("src", "href", "xlink:href") and value]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("h1", "h2"):
            self.headings.append(data)


def outline(page):
    parsed = Outline()
    parsed.feed(page)
    assert parsed.open == []
    return parsed


@pytest.fixture(scope="module")
def whole():
    source = grid(steps=20).with_findings(Finding("inferred", "steps of 6 h"), Finding("warning", "zeros <odd> & many"))
    return report_page(forecast_of(source, 12, 4), SCORES, trials=at_origins(source, [6, 9], 4), title="Air & <water>")


def test_the_page_is_whole_and_its_ids_are_unique(whole):
    parsed = outline(whole)
    assert len(parsed.ids) == len(set(parsed.ids))
    assert parsed.headings[0] == "Air & <water>"
    assert [h.split()[0] for h in parsed.headings[1:]] == ["What", "The", "Beside", "How", "Where"]


def test_the_page_asks_nothing_of_the_network(whole):
    assert all(link.startswith(("#", "data:")) for link in outline(whole).links)
    assert not re.search(r"url\((?!#)|@import|<script[^>]*src|<link|fetch\(|XMLHttp|//(?!www\.w3\.org)[a-z]+\.[a-z]", whole)


def test_figures_take_their_colours_from_the_page(whole):
    assert "var(--accent)" in whole and "fill: #1f6fb2" not in whole and "stroke: #1c2430" not in whole


def test_scores_stand_best_first_with_the_best_of_each_column_marked():
    ranked = score_table(SCORES)
    assert [row[0] for row in ranked.rows] == ["tiny", "baseline:mix", "baseline:last_value"]
    assert ranked.columns == ["model", "MAE", "WQL", "MAE / best floor", "80% interval covers"]
    assert ranked.best == {(0, 1), (0, 2), (0, 3), (0, 4)} and ranked.ours == {0}
    assert ranked.rows[0] == ["tiny", "1.50", "0.0500", "0.750", "79%"]


def test_scores_of_several_variables_are_never_averaged_across_units():
    wind = SCORES.assign(variable="wind", mae=[20.0, 40.0, 30.0], mae_ratio=[1.0, 2.0, 1.5], coverage80=[0.8, 0.5, 0.8], n=[300, 300, 300])
    ranked = score_table(pd.concat([SCORES, wind], ignore_index=True).drop(columns="wql"))
    assert ranked.columns == ["model", "MAE air", "MAE wind", "MAE / best floor", "80% interval covers"]
    tiny = ranked.values.loc["tiny"]
    assert tiny["MAE air"] == 1.5 and tiny["MAE wind"] == 40.0
    assert tiny["MAE / best floor"] == pytest.approx((0.75 * 2.0) ** 0.5)  # geometric mean
    assert tiny["80% interval covers"] == pytest.approx((0.79 * 100 + 0.5 * 300) / 400)
    assert {row for row, column in ranked.best if column == 2} == {[r[0] for r in ranked.rows].index("baseline:mix")}


def test_the_badge_says_how_the_model_stands_beside_the_best_floor(whole):
    assert '<p class="badge beats"><b>closer than the best plain method by 25%</b>' in whole
    assert "25.0% closer" in whole and "50.0% farther" in whole


def test_text_of_the_data_is_escaped(whole):
    assert "zeros &lt;odd&gt; &amp; many" in whole and "<odd>" not in whole


def test_a_bare_forecast_gets_a_shorter_page():
    source = sites(with_places=False)
    fc = forecast_of(source, 24, 4)
    fc.history = source.isel(time=slice(0, 24))
    assert outline(report_page(fc)).headings == [
        "Forecast of flow",
        "What was understood of the file",
        "The answer, place by place",
        "Where this comes from",
    ]


def test_the_file_is_kept_unless_told(tmp_path):
    fc = forecast_of(sites(), 24, 4)
    path = write_report(tmp_path / "r.html", fc)
    first = path.read_text()
    with pytest.raises(OutputExistsError):
        write_report(path, fc, SCORES)
    assert path.read_text() == first
    write_report(path, fc, SCORES, overwrite=True)
    assert path.read_text() != first and [p.name for p in tmp_path.iterdir()] == ["r.html"]


def test_the_same_forecast_makes_the_same_page():
    assert report_page(forecast_of(sites(), 24, 4)) == report_page(forecast_of(sites(), 24, 4))
