"""Pictures: which one suits an answer - the door through which `.plot()`, `.map()` and `.animate()` of every result come."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from chronotope.errors import KindError
from chronotope.view.animation import animate_forecast
from chronotope.view.answers import fills_points, fills_tracks, kind_of, lists_fixes, moves
from chronotope.view.listed import map_listed, plot_listed
from chronotope.view.maps import map_forecast
from chronotope.view.paths import animate_paths, map_paths, plot_paths
from chronotope.view.rows import map_rows, plot_rows
from chronotope.view.series import plot_forecast, plot_places
from chronotope.view.vectors import map_vectors, plot_vectors


def plot(made: Any, place: Any = None, variable: str | None = None, places: Any = None, **options: Any) -> Any:
    """One place over time (axes), or with `places` several (a figure); an object's path; vectors laid out.

    Args:
        made: the answer of any verb.
        place, variable: which; what is most worth seeing by default.
        places: how many, or a list of names: small fans on one scale.
        options: `ax`, and `by`, how places are chosen.

    Raises:
        ArgumentError, KindError: see `series.plot_forecast`, `paths.plot_paths`, `rows.plot_rows`, `vectors.plot_vectors`.
    """
    kind = kind_of(made)
    if kind == "vectors":
        return plot_vectors(made, **options)
    if kind == "listed" and (lists_fixes(made) or fills_points(made)) and ("event" in made.to_xarray().dims or not fills_tracks(made)):
        return plot_listed(made, place, **options)
    if kind == "listed" and not fills_tracks(made):
        raise KindError("A fan needs values over time; this answer lists things somewhere. Take its map() or to_pandas().")
    if kind in ("paths", "listed"):
        return plot_paths(made, place, **options)
    if kind == "rows":
        return plot_rows(made, variable, **options)
    if places is not None:
        return plot_places(made, places, variable, **options)
    return plot_forecast(made, place, variable, **options)


def draw_map(made: Any, **options: Any) -> Any:
    """The places, cells, objects, rows or vectors on a map (a figure); see `maps.map_forecast`.

    Raises:
        ArgumentError, KindError: as there.
    """
    kind = "paths" if moves(made) else kind_of(made)
    draw = {"vectors": map_vectors, "paths": map_paths, "rows": map_rows, "listed": map_listed}.get(kind, map_forecast)
    return draw(made, **options)


def animate(made: Any, path: str | Path, **options: Any) -> Path:
    """A moving map, written to `path`, .gif or .mp4; see `animation.animate_forecast`.

    Raises:
        KindError: the answer has no steps.
        ArgumentError, OutputExistsError, MissingExtraError: as there.
    """
    kind = kind_of(made)
    if kind in ("vectors", "rows", "listed"):
        raise KindError(f"An animation needs values at fixed places over time, or paths; this answer has {kind}. Take its map().")
    return animate_paths(made, path, **options) if kind == "paths" else animate_forecast(made, path, **options)
