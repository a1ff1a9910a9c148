import pytest

import corpora


@pytest.fixture(scope="session")
def packed(tmp_path_factory):
    """A folder with two packed sets."""
    return corpora.packed(tmp_path_factory.mktemp("corpus"))
