"""Units as text to a factor, an offset and dimensions: SI prefixes, powers, quotients and the names that files use."""

from __future__ import annotations

import re
from dataclasses import dataclass

_BASES = ("m", "g", "s", "K", "A", "rad", "mol", "cd")
_PREFIXES = {"n": 1e-9, "u": 1e-6, "m": 1e-3, "c": 1e-2, "d": 1e-1, "h": 1e2, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
# name: factor and powers of metre, gram, second, kelvin, ampere, radian, mole, candela
_ATOMS: dict[str, tuple[float, dict[str, int]]] = {
    **{base: (1.0, {base: 1}) for base in _BASES},
    "N": (1e3, {"g": 1, "m": 1, "s": -2}),
    "J": (1e3, {"g": 1, "m": 2, "s": -2}),
    "W": (1e3, {"g": 1, "m": 2, "s": -3}),
    "Pa": (1e3, {"g": 1, "m": -1, "s": -2}),
    "bar": (1e8, {"g": 1, "m": -1, "s": -2}),
    "L": (1e-3, {"m": 3}),
    "Wh": (3.6e6, {"g": 1, "m": 2, "s": -2}),
    "t": (1e6, {"g": 1}),
    "Hz": (1.0, {"s": -1}),
    "V": (1e3, {"g": 1, "m": 2, "s": -3, "A": -1}),
}
_NAMED: dict[str, tuple[float, dict[str, int]]] = {  # these take no prefix
    "1": (1.0, {}),
    "%": (0.01, {}),
    "ppm": (1e-6, {}),
    "min": (60.0, {"s": 1}),
    "h": (3600.0, {"s": 1}),
    "day": (86400.0, {"s": 1}),
    "degree": (0.017453292519943295, {"rad": 1}),
    "ft": (0.3048, {"m": 1}),
    "inch": (0.0254, {"m": 1}),
    "mile": (1609.344, {"m": 1}),
    "nmi": (1852.0, {"m": 1}),
    "kn": (1852.0 / 3600.0, {"m": 1, "s": -1}),
    "ha": (1e4, {"m": 2}),
    "gal": (3.785411784e-3, {"m": 3}),
    "lb": (453.59237, {"g": 1}),
    "atm": (101325e3, {"g": 1, "m": -1, "s": -2}),
    "mmHg": (133.322387415e3, {"g": 1, "m": -1, "s": -2}),
    "inHg": (3386.389e3, {"g": 1, "m": -1, "s": -2}),
    "degC": (1.0, {"K": 1}),
    "degF": (5.0 / 9.0, {"K": 1}),
}
_OFFSETS = {"degC": 273.15, "degF": 459.67 * 5.0 / 9.0}
_ALIASES = {
    "degrees_celsius": "degC", "degree_celsius": "degC", "celsius": "degC", "°c": "degC", "deg_c": "degC", "degc": "degC", "c": "degC",
    "degrees_fahrenheit": "degF", "degree_fahrenheit": "degF", "fahrenheit": "degF", "°f": "degF", "deg_f": "degF", "degf": "degF",
    "f": "degF", "kelvin": "K", "degk": "K", "deg_k": "K", "percent": "%", "fraction": "1", "": "1", "dimensionless": "1",
    "metre": "m", "meter": "m", "metres": "m", "meters": "m", "kilometre": "km", "kilometer": "km", "kilometres": "km", "kilometers": "km",
    "mph": "mile h-1", "miles": "mile", "mi": "mile", "knot": "kn", "knots": "kn", "kt": "kn", "kts": "kn", "kph": "km h-1",
    "kmh": "km h-1", "feet": "ft", "foot": "ft", "in": "inch", "inches": "inch", "cfs": "ft3 s-1", "cms": "m3 s-1", "cusec": "ft3 s-1",
    "mb": "hPa", "mbar": "hPa", "millibar": "hPa", "millibars": "hPa", "pascal": "Pa", "pascals": "Pa", "gram": "g", "grams": "g",
    "sec": "s", "second": "s", "seconds": "s", "minute": "min", "minutes": "min", "mins": "min", "hr": "h", "hrs": "h", "hour": "h",
    "hours": "h", "d": "day", "days": "day", "litre": "L", "liter": "L", "litres": "L", "liters": "L", "l": "L", "gallon": "gal",
    "gallons": "gal", "degrees": "degree", "deg": "degree", "°": "degree", "radian": "rad", "radians": "rad", "watt": "W", "watts": "W",
    "joule": "J", "joules": "J", "tonne": "t", "tonnes": "t", "hectare": "ha", "mole": "mol", "moles": "mol",
}  # fmt: skip
_SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹µμ·", "-0123456789uu ")
_TERM = re.compile(r"([A-Za-z%°_]+|1)(?:(?:\^|\*\*)?\(?([+-]?\d+)\)?)?")


@dataclass(frozen=True)
class Unit:
    """`base = value * factor + offset`, with the powers of the base units as sorted pairs."""

    factor: float
    offset: float
    powers: tuple[tuple[str, int], ...]


def parse_unit(text: str) -> Unit | None:
    """The unit that `text` names ("degC", "m s-1", "kg m**-2 s**-1", "km/h", "µg/m³"); None if it is not known."""
    text = text.strip().translate(_SUPERSCRIPTS)
    single = _ALIASES.get(text.lower(), text) if text not in _ATOMS else text
    if single in _OFFSETS:
        factor, powers = _NAMED[single]
        return Unit(factor, _OFFSETS[single], tuple(sorted(powers.items())))
    total, powers, sign = 1.0, dict[str, int](), 1
    for token in re.split(r"(/)", re.sub(r"\s*/\s*", "/", single.replace("**", "^"))):
        if token == "/":
            sign = -1
            continue
        for word in re.split(r"[ .*]+", token.strip()):
            found = _term(word)
            if found is None:
                return None
            factor, power = found
            total *= factor**sign
            for base, exponent in power.items():
                powers[base] = powers.get(base, 0) + sign * exponent
    return Unit(total, 0.0, tuple(sorted((base, exponent) for base, exponent in powers.items() if exponent)))


def _term(word: str) -> tuple[float, dict[str, int]] | None:
    match = _TERM.fullmatch(word)
    if match is None:
        return None
    found = _atom(match[1])
    if found is None:
        return None
    exponent = int(match[2] or 1)
    return found[0] ** exponent, {base: power * exponent for base, power in found[1].items()}


def _atom(name: str) -> tuple[float, dict[str, int]] | None:
    if name not in _ATOMS and name not in _NAMED:
        name = _ALIASES.get(name, _ALIASES.get(name.lower(), name))
    if " " in name:
        whole = parse_unit(name)
        return None if whole is None else (whole.factor, dict(whole.powers))
    if name in _NAMED:
        return _NAMED[name]
    if name in _ATOMS:
        return _ATOMS[name]
    if name[:1] in _PREFIXES and name[1:] in _ATOMS:
        factor, powers = _ATOMS[name[1:]]
        return _PREFIXES[name[0]] * factor, powers
    return None
