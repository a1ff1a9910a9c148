"""Sources at an address (https, s3, memory, ...) through fsspec: one file is copied for a moment and read by the same rules."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path

from chronotope.data.native import needed
from chronotope.errors import ArgumentError, DataError, MissingExtraError, NoFileError, reason

_LAZY: list[weakref.finalize] = []  # copies that lazily opened data may still read; removed when the program ends


@contextlib.contextmanager
def fetched(address: str) -> Iterator[Path]:
    """A local copy of the file or folder (Zarr) at `address`; it stays until the program ends, as Fields read lazily.

    Raises:
        MissingExtraError: fsspec, or its part for this kind of address, is not installed.
        NoFileError: there is nothing at the address.
        DataError: it cannot be fetched.
        ArgumentError: the kind of address is not known.
    """
    fsspec = needed(f"{address} needs fsspec", "remote", "fsspec")
    try:
        files, inside = fsspec.core.url_to_fs(address)
    except ImportError as error:
        raise MissingExtraError(f"{address} needs a library that is not installed ({reason(error)}).") from None
    except ValueError:
        raise ArgumentError(f"An address must be of a kind that fsspec knows, such as https:// or s3://; found {address!r}.") from None
    folder = Path(tempfile.mkdtemp(prefix="chronotope-"))
    _LAZY.append(weakref.finalize(_KEEPER, shutil.rmtree, folder, ignore_errors=True))
    name = inside.rstrip("/").rsplit("/", 1)[-1].split("?")[0] or "source"
    copy = folder / name
    try:
        if not files.exists(inside):
            raise NoFileError(f"There must be something to open at an address; {address} is not there.")
        files.get(inside, str(copy), recursive=files.isdir(inside) and not address.startswith("http"))
    except NoFileError:
        raise
    except Exception as error:  # every kind of address raises its own
        raise DataError(f"An address must give the whole file; {address} cannot be fetched ({reason(error)}). Try again later.") from error
    yield copy


class _Keeper:
    """Lives as long as the program does."""


_KEEPER = _Keeper()
