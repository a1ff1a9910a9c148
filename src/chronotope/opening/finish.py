"""The last stage of opening: a Field that was read, with all that the caller said and gave besides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from chronotope.data.field import Field
from chronotope.data.stamps import zone_marked
from chronotope.errors import DataError
from chronotope.inspect.finding import Finding
from chronotope.opening.asked.missing import stands_for_missing
from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.beside import side_files
from chronotope.opening.beside.ahead import with_ragged_end
from chronotope.opening.beside.graph_files import with_edges, with_sites
from chronotope.opening.clocks.spring import with_spring
from chronotope.opening.places.crs import with_degrees
from chronotope.opening.readers.arrays import declare_missing


def finished(field: Field, options: OpenOptions, opener: Callable[[Any], Field]) -> Field:
    """Reference system, sites, edges, the declared missing value, the step and side information, in that order.

    Args:
        opener: opens what lies beside the data as a field of its own.

    Raises:
        DataError: no time can be read, edges join places that are not there, or something beside the data is damaged.
    """
    field = replace(field, dataset=zone_marked(field.dataset, field.findings))
    if not field.dataset.sizes.get("time", field.dataset.sizes.get("event", 1)):
        raise DataError("A source must hold at least one time that can be read; none was found. Check the column of times (option time).")
    if options.crs is not None:
        field = with_degrees(field, options.crs)
    if options.sites is not None:
        field = side_files.with_side(field, "sites", options.sites, with_sites)
    if options.edges is not None:
        field = side_files.with_side(field, "edges", options.edges, with_edges)
    _check_edges(field)
    field = _without_codes(field, options)
    if options.step is not None and field.step != options.step:
        field = replace(field, step=options.step)
    if options.cumulative is not None:
        field = _with_totals(field, options.cumulative)
    known = partial(side_files.with_known, opener=opener)
    for option, attach in (("future", known), ("notes", side_files.with_notes), ("pois", side_files.with_points)):
        if getattr(options, option) is not None:
            field = side_files.with_side(field, option, getattr(options, option), attach)
    return with_spring(with_ragged_end(field))


def _check_edges(field: Field) -> None:
    """Edges must join places that are there; a part of a dataset may have kept those of the whole.

    Raises:
        DataError: one does not.
    """
    if "edge_source" not in field.dataset or "edge_target" not in field.dataset:
        return
    ends = np.concatenate([field.dataset[name].values.ravel() for name in ("edge_source", "edge_target")])
    count = int(np.prod([field.dataset.sizes[dim] for dim in field.space]))
    beyond = ends[~((ends >= 0) & (ends < count))]
    if len(beyond):
        raise DataError(
            f"Edges must join places of the data by their positions, 0 to {count - 1}; one names position {beyond[0]}. "
            "Select the edges among the places that are left too, or drop them all with ds.drop_dims('edge')."
        )


def _with_totals(field: Field, told: Any) -> Field:
    """The field whose variables say whether they are running totals, as the caller said."""
    words = [told] if isinstance(told, str) else list(told) if isinstance(told, (list, tuple)) else []
    everything, nothing = told is True or words == ["all"], told is False or words == ["none"]
    names = field.variables if everything else () if nothing else field.chosen(told)
    attrs = {name: {**field.dataset[name].attrs, "running_total": int(name in names)} for name in field.variables}
    return replace(field, dataset=field.dataset.assign({name: field.dataset[name].assign_attrs(attrs[name]) for name in attrs}))


def _without_codes(field: Field, options: OpenOptions) -> Field:
    """`field` with the numbers of `missing` shown as NaN; words are read with the cells, and one that no cell holds is said."""
    dataset, notes = field.dataset, []
    for number in reversed(options.missing_numbers):  # the first is remembered in _FillValue
        dataset = declare_missing(dataset, number, field.variables)
    notes = [Finding("inferred", f"{number:g} stands for missing, as told") for number in options.missing_numbers]
    for word in options.missing_words:
        if not stands_for_missing(word) and not any(f"{word!r} stands for missing" in finding.text for finding in field.findings):
            notes.append(Finding("warning", f"missing={word!r} stands in no column of numbers"))
    return replace(field, dataset=dataset).with_findings(*notes) if notes else field
