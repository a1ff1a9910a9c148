"""Adapters of pretrained networks: on stand-ins with the packages' call signatures, and on the real packages with tiny random weights.

The stand-ins answer with numbers that tell series, step and level apart, so that a wrong axis is seen. The real packages are skipped
where they are not installed; random weights say nothing about quality, only that the calls fit.
"""

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
import torch

from chronotope.baselines.rivals import rival
from chronotope.errors import MissingExtraError, NoFileError
from chronotope.evaluate.protocols.contract import CHECKS, check_model
from chronotope.questions import QUANTILE_LEVELS
from panels import ahead, panel_of

FILES = {"chronos2": "config.json", "timesfm": "model.safetensors", "tirex": "model.ckpt", "toto": "model.safetensors"}


def told_apart(last, horizon, count=9):
    """(series, horizon, count): the last value, a tenth for each step, a hundredth for each level."""
    return np.asarray(last)[:, None, None] + 0.1 * np.arange(1, horizon + 1)[:, None] + 0.01 * (np.arange(1, count + 1) - 5)


def chronos():
    class Pipeline:
        quantiles = list(QUANTILE_LEVELS)

        @classmethod
        def from_pretrained(cls, folder, local_files_only=False):
            assert local_files_only
            return cls()

        def predict_quantiles(self, inputs, prediction_length, quantile_levels):
            assert all(one.ndim == 2 and one.dtype == np.float32 for one in inputs)
            return [torch.tensor(told_apart(one[:, -1], prediction_length, len(quantile_levels))) for one in inputs], None

    return {"chronos": SimpleNamespace(Chronos2Pipeline=Pipeline)}


def timesfm():
    class Network:
        def __init__(self, torch_compile):
            assert not torch_compile

        def load_checkpoint(self, path):
            assert path.endswith("model.safetensors")

        def compile(self, settings):
            self.most = settings.max_horizon

        def forecast(self, horizon, inputs):
            assert horizon <= self.most
            nine = told_apart([one[-1] for one in inputs], horizon)
            return nine[..., 4], np.concatenate([nine.mean(axis=2, keepdims=True) + 77, nine], axis=2)

    return {"timesfm": SimpleNamespace(TimesFM_2p5_200M_torch=Network, ForecastConfig=SimpleNamespace)}


def tirex():
    class Network:
        config = SimpleNamespace(quantiles=list(QUANTILE_LEVELS))

        @classmethod
        def from_pretrained(cls, path, backend, device):
            assert path.endswith("model.ckpt")
            return cls()

        def eval(self):
            return self

        def forecast(self, context, output_type, prediction_length):
            return told_apart(context[:, -1], prediction_length), None

    return {"tirex": ModuleType("tirex"), "tirex.models.tirex": SimpleNamespace(TiRexZero=Network)}


def toto():
    class Forecaster:
        def __init__(self, model):
            self.model = model

        def forecast(self, series, horizon, num_samples, samples_per_batch):
            last = series.series[0, :, -1].numpy()
            draws = told_apart(last, horizon, 1)[..., :1] + 0.04 + np.linspace(-0.05, 0.05, num_samples)
            return SimpleNamespace(samples=torch.tensor(draws)[None])

    whole = SimpleNamespace(load_from_checkpoint=lambda path, map_location: SimpleNamespace(model=None))
    return {
        "toto.data.util.dataset": SimpleNamespace(MaskedTimeseries=SimpleNamespace),
        "toto.inference.forecaster": SimpleNamespace(TotoForecaster=Forecaster),
        "toto.model.toto": SimpleNamespace(Toto=whole),
    }


@pytest.mark.parametrize("made", [chronos, timesfm, tirex, toto], ids=list(FILES))
def test_series_steps_and_levels_end_where_they_belong(monkeypatch, tmp_path, made):
    name = {"chronos": "chronos2"}.get(made.__name__, made.__name__)
    for module, stand_in in made().items():
        monkeypatch.setitem(sys.modules, module, stand_in)
    (tmp_path / FILES[name]).write_text("{}")
    values = np.random.default_rng(0).normal(10, 3, (40, 4, 2))
    question = ahead(panel_of(values), 3)
    question.asked[:, 1, 0] = False
    found = rival(f"{name}?path={tmp_path}").answered(question)
    spread = values.std(axis=0)
    wanted = values[-1] + 0.1 * spread * np.arange(1, 4)[:, None, None]
    asked = question.asked[question.rows]
    np.testing.assert_allclose(found[4][asked], wanted[asked], rtol=1e-4)
    np.testing.assert_allclose((found[6] - found[2])[asked], np.broadcast_to(0.04 * spread, wanted.shape)[asked], rtol=0.05)
    assert np.isnan(found[:, ~asked]).all()


def test_a_folder_without_the_weights_is_refused(monkeypatch, tmp_path):
    for module, stand_in in {**timesfm(), **tirex(), **chronos(), **toto()}.items():
        monkeypatch.setitem(sys.modules, module, stand_in)
    for name, file in FILES.items():
        with pytest.raises(NoFileError, match=f"rival:{name} needs the file {file}"):
            rival(f"{name}?path={tmp_path}")


def tiny_chronos2(folder):
    package = pytest.importorskip("chronos.chronos2")
    settings = {
        "context_length": 64, "output_patch_size": 8, "input_patch_size": 8, "input_patch_stride": 8, "quantiles": list(QUANTILE_LEVELS),
        "use_reg_token": True, "use_arcsinh": True, "max_output_patches": 4, "time_encoding_scale": 64,
    }  # fmt: skip
    core = {"d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 1, "num_heads": 2}
    made = pytest.importorskip("chronos.chronos2.config").Chronos2CoreConfig
    package.Chronos2Model(made(**core, chronos_config=settings, architectures=["Chronos2Model"])).save_pretrained(folder)


def tiny_timesfm(folder, monkeypatch):
    pytest.importorskip("timesfm")
    from dataclasses import replace

    module = pytest.importorskip("timesfm.timesfm_2p5.timesfm_2p5_torch")
    whole = module.TimesFM_2p5_200M_torch_module.config
    layer = replace(whole.stacked_transformers.transformer, model_dims=32, hidden_dims=32, num_heads=2)
    first = replace(whole.tokenizer, hidden_dims=32, output_dims=32)
    point = replace(whole.output_projection_point, input_dims=32, hidden_dims=32)
    spread = replace(whole.output_projection_quantiles, input_dims=32, hidden_dims=32)
    heads = {"tokenizer": first, "output_projection_point": point, "output_projection_quantiles": spread}
    small = replace(whole, stacked_transformers=replace(whole.stacked_transformers, num_layers=1, transformer=layer), **heads)
    monkeypatch.setattr(module.TimesFM_2p5_200M_torch_module, "config", small)
    from safetensors.torch import save_file

    save_file(module.TimesFM_2p5_200M_torch_module().state_dict(), folder / "model.safetensors")


def tiny_tirex(folder):
    made = pytest.importorskip("tirex.models.tirex").TiRexZero
    block = {"num_blocks": 1, "embedding_dim": 16, "num_heads": 2}
    config = {"input_patch_size": 8, "output_patch_size": 8, "quantiles": list(QUANTILE_LEVELS), "block_kwargs": block, "input_ff_dim": 16}
    settings = {"model_config": config, "train_ctx_len": 64}
    network = made(backend="torch", **settings)
    for weight in network.parameters():
        torch.nn.init.normal_(weight, std=0.1)  # the package leaves its recurrent weights unset
    torch.save({"hyper_parameters": settings, "state_dict": network.state_dict()}, folder / "model.ckpt")


def tiny_toto(folder):
    import json

    made = pytest.importorskip("toto.model.toto").Toto
    settings = {
        "patch_size": 8, "stride": 8, "embed_dim": 16, "num_layers": 2, "num_heads": 2, "mlp_hidden_dim": 32, "dropout": 0.0,
        "spacewise_every_n_layers": 2, "use_memory_efficient_attention": False,
        "scaler_cls": "<class 'model.scaler.CausalPatchStdMeanScaler'>",
        "output_distribution_classes": ["<class 'model.distribution.StudentTOutput'>"],
    }  # fmt: skip
    from safetensors.torch import save_file

    save_file(made(**settings).state_dict(), folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(settings))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:We recommend keeping prediction length")
@pytest.mark.parametrize("name", FILES)
def test_the_real_package_with_tiny_random_weights_obeys_the_contract(monkeypatch, tmp_path, name):
    torch.manual_seed(0)
    make = {"chronos2": tiny_chronos2, "timesfm": tiny_timesfm, "tirex": tiny_tirex, "toto": tiny_toto}[name]
    make(tmp_path, monkeypatch) if name == "timesfm" else make(tmp_path)
    try:
        model = rival(f"{name}?path={tmp_path}&context=64")
    except MissingExtraError as error:
        pytest.skip(str(error))
    question = ahead(panel_of(np.random.default_rng(0).normal(size=(50, 2))), 4)
    assert np.isfinite(model.answered(question)).all()
    assert check_model(model) == list(CHECKS)
