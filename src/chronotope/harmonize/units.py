"""Values of a Field in other units; the change is recorded, and nothing is guessed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr

from chronotope.data.columns import unit_of
from chronotope.data.field import Field
from chronotope.errors import ArgumentError, UnitsError
from chronotope.harmonize.record import changed
from chronotope.harmonize.unit_table import Unit, parse_unit

WATER = 1e6  # grams in a cubic metre of water: kg m-2 of rain is mm, kg m-2 s-1 is mm/s
_LIMITS = ("valid_min", "valid_max", "valid_range", "actual_range")


@dataclass(frozen=True)
class Conversion:
    """`new = old * factor + offset`; `note` says what was taken for granted."""

    factor: float
    offset: float
    note: str = ""

    def __call__(self, values: Any) -> Any:
        return values * self.factor + self.offset


def convert_units(field: Field, to: Mapping[str, str], *, assume: Mapping[str, str] | None = None) -> Field:
    """The field with some variables in other units, of the same kind and shape.

    Args:
        field: any Field.
        to: unit wanted for each variable, {"air": "degC", "wind": "km/h"}.
        assume: units of variables that name none, {"air": "K"}; where a variable names its unit, the two must agree.

    Returns:
        The Field; floats keep their precision, integers become float64. `units` and declared valid ranges follow, the change is a
        finding and a line of `history`; a name that holds the unit in brackets holds the new one. Temperature differences
        (`units_metadata`) take no offset.

    Raises:
        ArgumentError: a name is no variable of the field.
        UnitsError: a unit is not known, or the two measure different things.
    """
    if not isinstance(to, Mapping):
        raise ArgumentError(f"to must name a unit for each variable, such as {{{field.variables[0]!r}: 'degC'}}; found {to!r}.")
    dataset, notes, names = field.dataset, list[str](), dict[str, str]()
    for name, wanted in to.items():
        if name not in field.variables:
            raise ArgumentError(f"convert_units takes variables of the field ({', '.join(field.variables)}); found {name!r}.")
        old = _unit_now(field, name, dict(assume or {}))
        conversion = conversion_of(old, wanted, name, _is_difference(dataset[name]))
        dataset = dataset.assign({name: _converted(dataset[name], conversion, wanted)})
        if told := unit_of(name).get("units"):  # "temp [°F]" would be read as °F again
            names[name] = f"{wanted}".join(name.rsplit(told, 1))
        called = f", as {names[name]!r}" if name in names else ""
        notes.append(f"units: {name!r} from {old} to {wanted}{conversion.note}{called}")
    if not notes:
        return field
    made = replace(field, dataset=dataset.rename(names), variables=tuple(names.get(name, name) for name in field.variables))
    return changed(made, made.dataset, *notes)


def conversion_of(old: str, new: str, name: str = "value", difference: bool = False) -> Conversion:
    """How values in `old` become values in `new`.

    Raises:
        UnitsError: a unit is not known, or the two measure different things.
    """
    one, two = parse_unit(old), parse_unit(new)
    if one is None or two is None:
        return _by_pint(old, new, name, old if one is None else new)
    water, note = _water(one, two)
    if one.powers != two.powers and not note:
        raise UnitsError(f"Units of {name!r} must measure the same thing to be converted; it is in {old!r}, and {new!r} was asked for.")
    offset = 0.0 if difference else (one.offset - two.offset) / two.factor
    return Conversion(one.factor * water / two.factor, offset, note)


def _water(one: Unit, two: Unit) -> tuple[float, str]:
    """Mass of water over an area (or its rate) and depth of water are the same for 1000 kg m-3."""
    mass = {"g": 1, "m": -3}
    for factor, source, goal in ((1 / WATER, one, two), (WATER, two, one)):
        left = {base: dict(source.powers).get(base, 0) - mass.get(base, 0) for base in {*dict(source.powers), *mass}}
        depth = {base: power for base, power in left.items() if power}
        if depth == dict(goal.powers) and depth in ({"m": 1}, {"m": 1, "s": -1}):
            return factor, ", as water of 1000 kg m-3"
    return 1.0, ""


def _by_pint(old: str, new: str, name: str, unknown: str) -> Conversion:
    try:
        import pint
    except ImportError:
        raise UnitsError(
            f"Units must be known; {unknown!r} of {name!r} is not. "
            "Write it as in 'm s-1', or install more units: pip install 'chronotope[units]'."
        ) from None
    registry: Any = pint.UnitRegistry(autoconvert_offset_to_baseunit=True)
    try:
        first, second = (_for_pint(text, registry) for text in (old, new))
        zero, one = (float(registry.Quantity(x, first).to(second).magnitude) for x in (0.0, 1.0))
    except pint.DimensionalityError:
        raise UnitsError(
            f"Units of {name!r} must measure the same thing to be converted; it is in {old!r}, and {new!r} was asked for."
        ) from None
    except Exception:  # pint raises errors of many trees for text it cannot read
        strange = next((text for text in (old, new) if not _reads(_for_pint(text, registry), registry)), unknown)
        raise UnitsError(f"Units must be known; {strange!r} of {name!r} is not. Write it as in 'm s-1'.") from None
    return Conversion(one - zero, zero)


def _for_pint(text: str, registry: Any) -> str:
    """CF's way of writing ("m2 s-1") in pint's ("m**2 * s**-1"), where pint does not read it as it stands."""
    if _reads(text, registry):
        return text
    powers = re.sub(r"(?<=[A-Za-z\u00b5\u00b0])(-?\d+)(?![A-Za-z])", r"**\1", text.strip())
    return re.sub(r"(?<=[\w)])\s+(?=[A-Za-z(])", " * ", powers)


def _reads(text: str, registry: Any) -> bool:
    try:
        registry.parse_units(text)
    except Exception:  # pint raises errors of many trees for text it cannot read
        return False
    return True


def _unit_now(field: Field, name: str, assume: dict[str, str]) -> str:
    named, given = field.units[name].strip(), assume.get(name)
    if not named and given is None:
        raise UnitsError(f"Units of {name!r} must be known to be converted; it names none. Say them, for example assume={{{name!r}: 'K'}}.")
    if named and given is not None and parse_unit(named) != parse_unit(given):
        raise UnitsError(f"assume= must agree with the data; {name!r} is in {named!r}, and {given!r} was said.")
    return named or str(given)


def _is_difference(array: xr.DataArray) -> bool:
    return "difference" in str(array.attrs.get("units_metadata", "")) or str(array.attrs.get("standard_name", "")).endswith("_anomaly")


def _converted(array: xr.DataArray, conversion: Conversion, unit: str) -> xr.DataArray:
    kind = array.dtype if array.dtype.kind == "f" else np.dtype(np.float64)
    values = conversion(array.astype(np.float64)).astype(kind)
    limits = {key: _limit(array.attrs[key], conversion) for key in _LIMITS if key in array.attrs}
    return values.assign_attrs(array.attrs | limits | {"units": unit})


def _limit(limit: Any, conversion: Conversion) -> Any:
    numbers = conversion(np.asarray(limit, float))
    return numbers.tolist() if numbers.ndim else float(numbers)
