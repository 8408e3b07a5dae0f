"""The shipped entries: each is a valid one, and its architecture has the size that it claims."""

import csv
from pathlib import Path

import pytest
import yaml

from clipblind.study.settings.encoder import Encoder

import clipblind.models.torchvision  # noqa: F401  # isort: skip
import open_clip
import torch
from transformers import Dinov2Config, Dinov2Model

ROOT = Path(__file__).resolve().parents[2]
TABLE1 = ROOT.parent / "shared" / "reference" / "mmvp_vlm_table1.csv"


def entries():
    """Every entry that isn't the world's own, by name."""
    found = {}
    for path in sorted((ROOT / "conf" / "encoder").glob("*.yaml")):
        tree = yaml.safe_load(path.read_text())
        if "source" in tree.get(path.stem, {}):
            found[path.stem] = tree[path.stem]
    return found


ENTRIES = entries()

# hidden size, layers, heads, gated MLP: as `config.json` of each of DINOv2's repositories says
DINOV2 = {
    "facebook/dinov2-small": (384, 12, 6, False),
    "facebook/dinov2-base": (768, 12, 12, False),
    "facebook/dinov2-large": (1024, 24, 16, False),
    "facebook/dinov2-giant": (1536, 40, 24, True),
}


def parameters(model):
    return sum(parameter.numel() for parameter in model.parameters()) / 1e6


def by_open_clip(source):
    """Models and weights that open_clip knows of a hub repository: `(model, tag, settings)`."""
    known = [(m, t, open_clip.get_pretrained_cfg(m, t)) for m, t in open_clip.list_pretrained()]
    return [found for found in known if found[2].get("hf_hub", "").rstrip("/") == source]


def test_there_are_encoders_of_the_paper_and_small_ones():
    assert {"openai_l14_224", "openai_b32", "dinov2_s14", "dinov2_l14"} <= set(ENTRIES)


@pytest.mark.parametrize("name", ENTRIES)
def test_an_entry_is_valid_and_says_what_a_reader_needs(name):
    entry = Encoder.model_validate(ENTRIES[name])
    assert entry.label
    assert entry.licence
    assert entry.data
    assert entry.megabytes
    assert entry.params_m
    assert entry.image_size
    assert entry.text == (entry.loader == "open_clip")
    assert entry.revision == "" or len(entry.revision) == 40


@pytest.mark.parametrize("name", [n for n in ENTRIES if ENTRIES[n]["loader"] == "open_clip"])
def test_an_open_clip_entry_is_one_that_the_library_knows(name):
    entry = Encoder.model_validate(ENTRIES[name])
    known = by_open_clip(entry.source)
    assert known
    assert {bool(tag.get("quick_gelu")) for _, _, tag in known} == {entry.quick_gelu}
    models = {model for model, _, _ in known}
    sizes = {open_clip.get_model_config(m)["vision_cfg"]["image_size"]: m for m in models}
    with torch.device("meta"):  # the architecture alone: no weight is made
        model = open_clip.create_model(
            sizes[entry.image_size], load_weights=False, device="meta", pretrained_text=False
        )
    assert parameters(model) == pytest.approx(entry.params_m, abs=0.1)


@pytest.mark.parametrize("name", [n for n in ENTRIES if ENTRIES[n]["loader"] == "transformers"])
def test_a_dinov2_entry_has_its_architectures_parameters(name):
    entry = Encoder.model_validate(ENTRIES[name])
    width, layers, heads, gated = DINOV2[entry.source]
    config = Dinov2Config(
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        use_swiglu_ffn=gated,
        image_size=518,
        patch_size=14,
    )
    with torch.device("meta"):
        model = Dinov2Model(config)
    assert parameters(model) == pytest.approx(entry.params_m, abs=0.1)


def test_table1_is_there_row_by_row_with_its_parameters_and_sizes():
    if not TABLE1.exists():
        pytest.skip("the paper's Table 1 is not on this machine")
    with TABLE1.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    by_row = {entry["row"]: entry for entry in ENTRIES.values() if "row" in entry}
    assert set(by_row) == {f"{row['model']} {row['image_size']}" for row in rows}
    for row in rows:
        entry = by_row[f"{row['model']} {row['image_size']}"]
        assert entry["params_m"] == float(row["params_M"])
        assert entry["image_size"] == int(row["image_size"])
