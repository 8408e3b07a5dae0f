"""Files of models lie where the project's folder says, wherever a job runs."""

from pathlib import Path

from clipblind.models.places import model_folder, weights_stamp
from clipblind.study.compose import compose
from clipblind.study.settings.contenders import Mof
from clipblind.study.settings.encoder import Encoder


def entry(**settings):
    return Encoder(**{"loader": "open_clip", "source": "nobody/nothing", **settings})


def test_own_folders_and_files_are_seen_from_the_project(tmp_path):
    def found(**settings):
        return model_folder(tmp_path, "assets", "x", entry(**settings)).relative_to(tmp_path)

    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/w.pt").write_bytes(b"w")
    assert str(found()) == "assets/models/x"
    assert str(found(source="mine")) == str(found(folder="mine")) == "mine"
    assert str(found(source="ViT-B-32", pretrained="mine/w.pt")) == "."
    assert str(found(source="ViT-B-32", pretrained="openai")) == "assets/models/x"


def test_a_file_of_weights_is_stamped_itself(tmp_path):
    named = entry(source="ViT-B-32", pretrained="w.pt")
    seen = {weights_stamp(tmp_path, "assets", "x", named)}
    for content in (b"one", b"three"):
        (tmp_path / "w.pt").write_bytes(content)
        (tmp_path / "beside").write_bytes(content)
        seen.add(weights_stamp(tmp_path, "assets", "x", named))
    assert len(seen) == 3
    before = weights_stamp(tmp_path, "assets", "x", named)
    (tmp_path / "beside").write_bytes(b"other")
    assert weights_stamp(tmp_path, "assets", "x", named) == before


def test_what_a_study_trains_lies_among_its_results(tmp_path):
    study = compose(Path(__file__).parents[2] / "conf", "smoke")
    trained = model_folder(tmp_path, "assets", "clip_web", study.encoder["clip_web"])
    assert trained == Path("encoders/clip_web")
    answers = next(one for one in study.contender.values() if isinstance(one, Mof))
    assert model_folder(tmp_path, "assets", "mine", answers) == Path("contenders/mine")
