"""Checkpoints: parts of bounded size, the old one whole until the new one is, a full disk said in one sentence."""

import json
import resource
import signal

import pytest
import torch
from safetensors.torch import save_file

from chronotope.errors import ChronotopeError, DataError, NoFileError
from chronotope.training import checkpoint, files
from chronotope.training.checkpoint import load_checkpoint, save_checkpoint, saved_step
from corpora import Killed, differing, train_small
from tiles import small_network


def _tensors(seed=0):
    generator = torch.Generator().manual_seed(seed)
    return {f"network.{i}": torch.randn(40, 50, generator=generator) for i in range(7)} | {"optimizer.step": torch.tensor(3.0)}


def _names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_what_is_saved_is_read_back_in_parts_that_are_small(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint, "PART", 20_000)
    save_checkpoint(tmp_path, _tensors(), {"step": 5, "report": {"tokens": 7}})
    tensors, about = load_checkpoint(tmp_path)
    assert differing(tensors, _tensors()) == [] and about == {"step": 5, "report": {"tokens": 7}}
    parts = [path for path in tmp_path.iterdir() if path.suffix == ".safetensors"]
    assert len(parts) == 4 and max(path.stat().st_size for path in parts) < 21_000


def test_parts_stay_below_16_mb():
    assert checkpoint.PART < 16e6 - 100_000


def test_the_checkpoint_before_is_gone_when_the_new_one_is_there(tmp_path):
    save_checkpoint(tmp_path, _tensors(0), {"step": 1})
    save_checkpoint(tmp_path, _tensors(1), {"step": 2})
    assert _names(tmp_path) == ["checkpoint-00000002-00.safetensors", "checkpoint.json"]
    assert differing(load_checkpoint(tmp_path)[0], _tensors(1)) == []


def test_killed_between_parts_the_checkpoint_before_is_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint, "PART", 20_000)
    save_checkpoint(tmp_path, _tensors(0), {"step": 1})
    replace, count = files.os.replace, []

    def killed(source, target):
        count.append(target)
        if len(count) == 3:
            raise Killed
        replace(source, target)

    monkeypatch.setattr(files.os, "replace", killed)
    with pytest.raises(Killed):
        save_checkpoint(tmp_path, _tensors(1), {"step": 2})
    assert saved_step(tmp_path) == 1 and differing(load_checkpoint(tmp_path)[0], _tensors(0)) == []
    monkeypatch.setattr(files.os, "replace", replace)
    save_checkpoint(tmp_path, _tensors(2), {"step": 3})
    assert all("00000003" in name or name == "checkpoint.json" or name.endswith(".partial") for name in _names(tmp_path))


@pytest.fixture
def full_disk():
    """A limit of so many bytes for each written file: the write fails as on a full disk."""
    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.getsignal(signal.SIGXFSZ)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, handler)


def test_a_full_disk_leaves_the_old_checkpoint_and_ends_in_one_sentence(tmp_path, monkeypatch, full_disk):
    monkeypatch.setattr(checkpoint, "PART", 20_000)
    save_checkpoint(tmp_path, _tensors(0), {"step": 1})
    before = _names(tmp_path)
    full_disk(10_000)
    with pytest.raises(
        ChronotopeError, match=r"room for 0.1 MB; writing .*checkpoint-00000002-00.* failed \(File too large\) with [\d.]+ .B free"
    ):
        save_checkpoint(tmp_path, _tensors(1), {"step": 2})
    with pytest.raises(ChronotopeError, match="go on with --resume: the checkpoint of step 1 is whole"):
        save_checkpoint(tmp_path, _tensors(1), {"step": 2})
    assert _names(tmp_path) == before and differing(load_checkpoint(tmp_path)[0], _tensors(0)) == []


def test_a_full_disk_before_the_last_part_takes_the_first_ones_away_again(tmp_path, monkeypatch, full_disk):
    monkeypatch.setattr(checkpoint, "PART", 20_000)
    full_disk(30_000)
    with pytest.raises(ChronotopeError, match="Make room, then start again"):
        save_checkpoint(tmp_path, {"small": torch.zeros(10), "large": torch.zeros(9000)}, {"step": 2})
    assert _names(tmp_path) == []


def test_resuming_where_nothing_was_saved_is_refused(packed, tmp_path):
    with pytest.raises(NoFileError, match="must exist to resume.*Start without --resume"):
        train_small(tmp_path, packed, resume=True)


def test_a_part_that_is_missing_or_cut_off_is_named(tmp_path):
    save_checkpoint(tmp_path, _tensors(), {"step": 1})
    part = tmp_path / "checkpoint-00000001-00.safetensors"
    part.write_bytes(part.read_bytes()[:1000])
    with pytest.raises(DataError, match="must be whole.*00000001-00"):
        load_checkpoint(tmp_path)
    part.unlink()
    with pytest.raises(NoFileError, match="all of its 1 parts.*00000001-00"):
        load_checkpoint(tmp_path)


def test_a_checkpoint_of_another_network_is_refused(packed, tmp_path, monkeypatch):
    train_small(tmp_path, packed, steps=1)
    monkeypatch.setattr("corpora.small_network", lambda seed: small_network(seed, width=16))
    with pytest.raises(DataError, match=r"must be of the configured network; .* has shape \(\d.*\) there and \(\d.*\) here"):
        train_small(tmp_path, packed, resume=True)


def test_a_checkpoint_of_one_file_is_still_read(tmp_path):
    save_file(_tensors(), tmp_path / "checkpoint.safetensors", metadata={"about": json.dumps({"step": 4})})
    assert saved_step(tmp_path) == 4 and differing(load_checkpoint(tmp_path)[0], _tensors()) == []
    save_checkpoint(tmp_path, _tensors(1), {"step": 5})
    assert saved_step(tmp_path) == 5 and not (tmp_path / "checkpoint.safetensors").exists()
