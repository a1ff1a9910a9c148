"""Output files appear whole or not at all, and an existing one is kept unless the caller says otherwise."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chronotope.errors import NoFileError, NotWrittenError, OutputExistsError


def check_output(path: str | Path, overwrite: bool = False) -> Path:
    """`path` as a Path that may be written.

    Raises:
        OutputExistsError: something is there and `overwrite` is not given.
        NoFileError: its folder does not exist.
        NotWrittenError: its folder takes no files.
    """
    path = Path(path)
    if path.exists() and not overwrite:
        raise OutputExistsError(f"An existing output is kept; {str(path)!r} is there. Choose another name, or say so with overwrite.")
    if path.is_dir():
        raise OutputExistsError(f"An output must be a file; {str(path)!r} is a folder, which is kept. Choose another name.")
    if not path.parent.is_dir():
        raise NoFileError(f"The folder of an output must exist; {str(path.parent)!r} does not. Make it first.")
    if not os.access(path.parent, os.W_OK):
        raise NotWrittenError(f"An output must be where it can be written; the folder {str(path.parent)!r} takes no files. Name another.")
    return path


@contextmanager
def writing(path: str | Path, overwrite: bool = False) -> Iterator[Path]:
    """A draft beside `path` that takes its place when the block ends well, and vanishes when it does not.

    Raises:
        OutputExistsError: something is there and `overwrite` is not given.
        NoFileError: its folder does not exist.
        NotWrittenError: its folder takes no files.
    """
    path = check_output(path, overwrite)
    draft = path.with_name(f".{path.stem}.{secrets.token_hex(4)}{path.suffix}")
    try:
        yield draft
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
