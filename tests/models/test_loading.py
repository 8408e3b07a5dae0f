"""Files of models: where they are looked for, and what is refused, in one sentence."""

import pytest
import torch
from torch import nn

from clipblind.ground.errors import UserError
from clipblind.models import computing, loading


def test_the_folder_that_is_given_goes_before_the_entrys_own_and_before_its_source(tmp_path):
    for name in ("given", "own", "source"):
        (tmp_path / name).mkdir()
    own, source = str(tmp_path / "own"), str(tmp_path / "source")
    assert loading.place("x", source, own, tmp_path / "given") == tmp_path / "given"
    assert loading.place("x", source, own, None) == tmp_path / "own"
    assert loading.place("x", source, "", None) == tmp_path / "source"


def test_what_is_not_there_says_how_to_get_it(tmp_path):
    with pytest.raises(UserError, match=r"model x \(a/b\) isn't at .*/no; `clipblind fetch` gets"):
        loading.place("x", "a/b", "", tmp_path / "no")
    with pytest.raises(UserError, match="isn't at any place that was named; run the rule that"):
        loading.place("x", "", "", None)


def test_of_every_group_one_file_is_wanted_and_the_best_of_the_last_is_taken(tmp_path):
    for name in ("config.json", "b.bin", "a.bin"):
        (tmp_path / name).touch()
    assert loading.require("x", tmp_path, ("config.json",), ("a.bin", "b.bin")).name == "a.bin"
    with pytest.raises(UserError, match=r"has no c or d of the model x; `clipblind fetch` gets it"):
        loading.require("x", tmp_path, ("c", "d"), ("a.bin",))


def test_keys_without_a_place_and_places_without_keys_are_refused():
    loading.refuse_keys("x", "f", [], [])
    with pytest.raises(UserError, match="checkpoint f of the model x lacks a and 1 more; it belon"):
        loading.refuse_keys("x", "f", ["b", "a"])
    with pytest.raises(UserError, match="has what the model has no place for: c; it belongs"):
        loading.refuse_keys("x", "f", [], ["c"])


def test_a_size_that_is_not_the_entrys_is_refused():
    model = nn.Linear(1000, 1000, bias=False)
    loading.refuse_size("encoder.x", model, None)
    loading.refuse_size("encoder.x", model, 1.05)
    with pytest.raises(UserError, match=r"encoder\.x\.params_m is 2, but .* has 1\.0 million"):
        loading.refuse_size("encoder.x", model, 2)


def test_what_libraries_raise_is_a_sentence_and_the_hub_is_asked_nothing():
    from huggingface_hub import constants

    before = constants.HF_HUB_OFFLINE
    said = r"^The model x can't be loaded from f: odd things\.$"
    with pytest.raises(UserError, match=said), loading.readable("x", "f"):
        assert constants.HF_HUB_OFFLINE
        raise AttributeError("odd\n  things.")
    assert before == constants.HF_HUB_OFFLINE
    said = r"its a\.weight has another shape than the model's"
    with pytest.raises(UserError, match=said), loading.readable("x", "f"):
        raise RuntimeError("size mismatch for a.weight: copying a param")


@pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU computes in the precision wanted")
def test_a_processor_computes_in_float32_whatever_is_wanted():
    assert computing.device().type == "cpu"
    assert {computing.precision_here(name) for name in computing.PRECISIONS} == {"float32"}
