"""Models of transformers: what they answer, what identifies them, and what is refused."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from pydantic import ValidationError
from safetensors.torch import load_file, save_file

from clipblind.contenders.backends import load, local
from clipblind.contenders.backends.batches import Shown
from clipblind.contenders.backends.local import public_name
from clipblind.contenders.protocol import Ask, Unanswered
from clipblind.contenders.run import ask_all
from clipblind.ground import images
from clipblind.ground.errors import UserError
from clipblind.models import computing
from clipblind.models.record import Fetched, FetchedFile, sha256_of, write_record
from clipblind.pools.decoding import Undecodable, decode_image
from clipblind.study.settings.contenders import LocalModel
from tests.contenders import checkpoints
from tests.contenders.asked import GREEDY, answers, asks, picture

WEIGHTS = "model.safetensors"
CHAT = "{{ messages[-1]['content'] }} ASSISTANT:"


def backend(folder, **given):
    entry = {"source": "nobody/nothing", **given}
    return load("tiny", LocalModel(kind="transformers", **entry), folder)


@pytest.fixture(scope="module")
def llava(tmp_path_factory):
    folder = tmp_path_factory.mktemp("llava")
    checkpoints.save_llava(folder)
    return folder


@pytest.fixture
def copy(llava, tmp_path):
    """The same in a folder of this test's own."""
    return shutil.copytree(llava, tmp_path / "copy")


@pytest.fixture(scope="module")
def llama(tmp_path_factory):
    """A model of words alone."""
    folder = tmp_path_factory.mktemp("llama")
    checkpoints.save_llama(folder)
    return folder


@pytest.mark.parametrize("save", [checkpoints.save_llava, checkpoints.save_qwen])
def test_an_answer_is_what_the_likeliest_tokens_say_one_after_another(save, tmp_path):
    save(tmp_path)
    model = backend(tmp_path)
    asked = asks()[:2]
    said = answers(model, asked)
    for ask in asked:
        inputs = model.encode([Shown(ask, decode_image(ask.image()))])
        start = inputs["input_ids"].shape[1]
        for _ in range(GREEDY.max_new_tokens):
            with torch.inference_mode():
                next_ = model.model(**inputs, use_cache=False).logits[:, -1:].argmax(dim=-1)
            if next_.item() in model.model.generation_config.eos_token_id:
                break
            inputs["input_ids"] = torch.cat([inputs["input_ids"], next_], dim=1)
            for name, value in (("attention_mask", 1), ("mm_token_type_ids", 0)):
                if name in inputs:
                    inputs[name] = torch.nn.functional.pad(inputs[name], (0, 1), value=value)
        new = inputs["input_ids"][0, start:]
        own = model.processor.tokenizer.decode(new, skip_special_tokens=True)
        assert said[ask.question_id] == own.strip()


def test_a_model_of_words_alone_answers_without_images(llama):
    model = backend(llama, chat_template=CHAT, batch=2)
    said = answers(model, asks(image=False))
    assert len(set(said.values())) == 3


def test_a_model_of_words_alone_refuses_an_image_in_one_sentence(llama):
    model = backend(llama, chat_template=CHAT)
    with pytest.raises(UserError, match="takes no images, as a 'llama' model; ask it with `image"):
        list(model.answer(asks()))


def test_a_model_without_a_chat_template_asks_for_one_by_its_key(llama):
    with pytest.raises(UserError, match=r"has no chat template; give one as contender\.tiny\."):
        backend(llama)
    for name in ("judge", "patterns"):
        with pytest.raises(UserError, match=rf"give one as {name}\.by\.chat_template\."):
            load(name, LocalModel(kind="transformers", source="nobody/tiny"), llama)


def test_words_read_by_sentencepiece_alone_have_its_own_ids(llama, tmp_path):
    folder = shutil.copytree(llama, tmp_path / "llama")
    own = checkpoints.save_sentencepiece(folder)
    model, (ask, *_) = backend(folder, chat_template=CHAT), asks(image=False)
    ids = model.encode([Shown(ask, None)])["input_ids"][0].tolist()
    assert ids == [own.bos_id(), *own.encode(model._words(ask))]


def test_a_folder_that_is_not_there_names_fetch(tmp_path):
    with pytest.raises(UserError, match=r"isn't at .*/none; `clipblind fetch` gets it"):
        backend(tmp_path / "none")
    with pytest.raises(UserError, match=r"isn't at any place that was named; `clipblind fetch`"):
        backend(None)


@pytest.mark.parametrize(
    "file", ["config.json", WEIGHTS, "tokenizer.json", "processor_config.json"]
)
def test_a_missing_file_names_fetch(copy, file):
    (copy / file).unlink()
    with pytest.raises(UserError, match=f"has no .*{file}.*`clipblind fetch` gets it"):
        backend(copy)


def test_a_tokenizer_of_sentencepiece_asks_for_that_package(copy, monkeypatch):
    (copy / "tokenizer.json").rename(copy / "tokenizer.model")
    monkeypatch.setattr(local, "find_spec", lambda _: None)
    with pytest.raises(UserError, match="`pip install sentencepiece`"):
        backend(copy)


@pytest.mark.parametrize("file", ["config.json", "tokenizer.json", "processor_config.json"])
def test_a_damaged_file_is_said_in_one_sentence(copy, file):
    (copy / file).write_text("{")
    with pytest.raises(UserError, match="The model tiny can't be loaded from"):
        backend(copy)


def test_weights_that_are_cut_short_are_said_in_one_sentence(copy):
    with (copy / WEIGHTS).open("r+b") as file:
        file.truncate(1000)
    with pytest.raises(UserError, match="The model tiny can't be loaded from"):
        list(backend(copy).answer(asks()))


def test_weights_that_a_checkpoint_lacks_are_never_made_up(copy):
    state = load_file(copy / WEIGHTS)
    lost = next(key for key in state if "linear_1.weight" in key)
    save_file({key: value for key, value in state.items() if key != lost}, copy / WEIGHTS)
    with pytest.raises(UserError, match=r"lacks .*linear_1\.weight; .*isn't whole"):
        list(backend(copy).answer(asks()))


def test_the_number_of_parameters_is_checked(llava):
    millions = sum(value.numel() for value in load_file(llava / WEIGHTS).values()) / 1e6
    assert answers(backend(llava, params_m=millions), asks())
    with pytest.raises(UserError, match=r"contender\.tiny\.params_m is 7063, but what was loaded"):
        list(backend(llava, params_m=7063).answer(asks()))


def test_an_image_that_cannot_be_used_leaves_its_question_unanswered_and_no_other(llava):
    def vanished():
        raise Undecodable("its file is cut short")

    asked = [*asks(), Ask("lost", "ab", "", "Is it?", GREEDY, vanished, "0")]
    replies, model = [], backend(llava, batch=3)
    with pytest.raises(Unanswered) as error:
        replies.extend(model.answer(asked))
    assert error.value.reasons == {"its image can't be used: its file is cut short": 1}
    replies = {}
    with pytest.raises(Unanswered):
        for ask, reply in model.answer(asked):
            replies[ask.question_id] = reply.text
    assert replies == answers(model, asks())


@pytest.fixture(scope="module")
def qwen(tmp_path_factory):
    folder = tmp_path_factory.mktemp("qwen")
    checkpoints.save_qwen(folder)
    return folder


@pytest.mark.parametrize("batch", [1, 3, 8])
def test_a_picture_that_the_processor_refuses_costs_its_own_answer_alone(
    qwen, tmp_path, batch, monkeypatch
):
    """Qwen-VL-Series-Finetune 133: one over 200:1 raised, and its batch was lost."""
    monkeypatch.setattr(images, "MOST_ASPECT", 1000)  # or it would not come as far
    data = picture(9, 600, 2)
    thin = {"image": lambda: data, "image_sha256": "thin"}
    asked = [replace(asks()[0], question_id="thin", **thin), *asks()[:4]]
    model = backend(qwen, batch=batch)
    replies = {ask.question_id: reply for ask, reply in model.answer(asked)}
    assert replies["thin"].text == "" and "refuses its image: absolute aspect ratio must be" in (
        replies["thin"].fault
    )
    good = {ask.question_id: reply.text for ask, reply in model.answer(asks()[:4])}
    assert {name: reply.text for name, reply in replies.items() if name != "thin"} == good
    kept = ask_all(model, asked, tmp_path, "tiny")
    assert [reply.fault != "" for reply in kept] == [True] + [False] * 4

    class Silent:
        keep, identity = model.keep, model.identity

        def answer(self, _):
            raise AssertionError("asked anew")

    assert ask_all(Silent(), asked, tmp_path, "tiny") == kept


@pytest.mark.parametrize(
    "error", [ValueError, ZeroDivisionError, RuntimeError, TypeError, IndexError, OverflowError]
)
def test_whatever_a_processor_raises_over_one_picture_the_others_are_answered(llava, error):
    model = backend(llava, batch=3)
    model.model  # noqa: B018  # loaded before the processor is spoilt
    processor = model.processor

    class Choosy:
        def __getattr__(self, name):
            return getattr(processor, name)

        def __call__(self, images, **given):
            if any(image.size == (40, 40) for (image,) in images):
                raise error("too square")
            return processor(images=images, **given)

    model.processor = Choosy()
    replies = {ask.question_id: reply for ask, reply in model.answer(asks())}
    faults = {name for name, reply in replies.items() if reply.fault}
    assert len(replies) == 7 and faults == {name for name in replies if name.startswith("1/")}
    assert all(reply.text for name, reply in replies.items() if name not in faults)


def test_a_processor_that_takes_no_picture_at_all_is_one_sentence_and_nothing_is_kept(llava):
    model = backend(llava, batch=3)
    model.model  # noqa: B018

    class Broken:
        image_token = "<image>"
        apply_chat_template = model.processor.apply_chat_template

        def __call__(self, **_):
            raise ImportError("a package is missing")

    model.processor = Broken()
    with pytest.raises(UserError, match=r"takes no picture at all \(a package is missing\)"):
        list(model.answer(asks()))


OWN_CODE = """
import pathlib
from transformers import LlavaConfig
pathlib.Path({ran!r}).touch()
class Own(LlavaConfig):
    pass
"""


def save_own_code(folder, file="config.json"):
    """Have a folder's configuration name code beside it, which tells that it ran."""
    (folder / "own.py").write_text(OWN_CODE.format(ran=str(folder.parent / "ran")))
    said = json.loads((folder / file).read_text())
    named = {"auto_map": {"AutoConfig": "own.Own"}}
    said |= {"image_processor": named} if file == "processor_config.json" else named
    (folder / file).write_text(json.dumps(said))


@pytest.mark.parametrize("file", ["config.json", "tokenizer_config.json", "processor_config.json"])
def test_code_in_a_models_folder_is_refused_and_nobody_is_asked(copy, monkeypatch, file):
    """Injected fault 37: it ran if "y" reached the prompt."""
    monkeypatch.setattr("builtins.input", lambda _: pytest.fail("a prompt was shown"))
    save_own_code(copy, file)
    with pytest.raises(UserError, match=rf"{file} of the model tiny names code of its own"):
        backend(copy)
    assert not (copy.parent / "ran").exists()


def test_code_runs_only_where_an_entry_asks_for_it_and_pins_what_it_is(copy, monkeypatch):
    from transformers import dynamic_module_utils

    cache = str(copy.parent / "modules")
    monkeypatch.setattr(dynamic_module_utils, "HF_MODULES_CACHE", cache)
    save_own_code(copy)
    with pytest.raises(ValidationError, match="trust_remote_code needs revision"):
        backend(copy, trust_remote_code=True)
    with pytest.raises(UserError, match=rf"at the revision {'0' * 40}, but .* is at sha256:"):
        backend(copy, trust_remote_code=True, revision="0" * 40)
    pinned = local.revision_of(copy)
    with pytest.raises(UserError, match=r"set contender\.tiny\.trust_remote_code: true and its"):
        backend(copy, revision=pinned)
    (copy / "other.py").write_text("")
    with pytest.raises(UserError, match="read what lies there before"):
        backend(copy, trust_remote_code=True, revision=pinned)
    (copy / "other.py").unlink()
    assert not (copy.parent / "ran").exists()
    assert backend(copy, trust_remote_code=True, revision=pinned).identity["revision"] == pinned
    assert (copy.parent / "ran").exists()


def test_code_that_was_laid_beside_what_was_fetched_is_not_of_its_commit(copy):
    files = {
        path.name: FetchedFile(
            size=path.stat().st_size, sha256=sha256_of(path), modified=path.stat().st_mtime_ns
        )
        for path in copy.iterdir()
    }
    about = {"source": "nobody/nothing", "kind": "model", "licence": "", "date": "2026-01-01"}
    before = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps({**before, "auto_map": {"AutoConfig": "own.Own"}}))
    known = (copy / "config.json").stat()
    files["config.json"] = FetchedFile(
        size=known.st_size, sha256=sha256_of(copy / "config.json"), modified=known.st_mtime_ns
    )
    commit = "c0ffee" * 6 + "c0ff"
    write_record(copy, Fetched(revision="", commit=commit, files=files, **about))
    (copy / "own.py").write_text(OWN_CODE.format(ran=str(copy.parent / "ran")))
    with pytest.raises(UserError, match=r"holds own\.py, which was not fetched; read what"):
        backend(copy, trust_remote_code=True, revision=commit)


def test_a_question_with_the_mark_of_an_image_in_it_is_refused(llava):
    asked = Ask("7", "ab", "", "What does <image> mean?", GREEDY)
    with pytest.raises(UserError, match="The question 7 holds <image>"):
        list(backend(llava).answer([asked]))


def test_identity_tells_all_that_decides_an_answer(llava, copy):
    whole = backend(llava).identity
    assert whole["kind"] == "transformers" and whole["name"] == "nobody/nothing"
    assert whole["precision"] == computing.precision_here("bfloat16")
    assert backend(copy, batch=1).identity == whole
    assert backend(copy, chat_template="{{ 1 }}").identity != whole
    state = load_file(copy / WEIGHTS)
    state[next(iter(state))].add_(1e-3)
    save_file(state, copy / WEIGHTS, {"format": "pt"})
    assert backend(copy).identity["revision"] != whole["revision"]


def test_nothing_of_this_machine_is_in_an_identity(llava):
    assert str(llava) not in str(backend(llava).identity)
    assert backend(None, source=str(llava)).identity["name"] == llava.name


def test_what_was_fetched_goes_by_its_commit_while_its_files_are_unchanged(copy):
    files = {}
    for path in copy.iterdir():
        known = path.stat()
        files[path.name] = FetchedFile(
            size=known.st_size, sha256=sha256_of(path), modified=known.st_mtime_ns
        )
    about = {"source": "nobody/nothing", "kind": "model", "licence": "", "date": "2026-01-01"}
    write_record(copy, Fetched(revision="", commit="c0ffee", files=files, **about))
    assert backend(copy).identity["revision"] == "c0ffee"
    (copy / "generation_config.json").write_text("{}")
    assert backend(copy).identity["revision"].startswith("sha256:")


REFUSING = "{% if messages[0].role == 'system' %}{{ raise_exception('No system') }}{% endif %}"


@pytest.mark.parametrize("start", ["", REFUSING])
def test_a_template_without_a_system_message_has_it_before_the_question(llama, start):
    model = backend(llama, chat_template=start + CHAT)
    (ask, *_) = asks(image=False)
    assert model._words(replace(ask, system="Be brief.")) == f"Be brief.\n\n{ask.text} ASSISTANT:"
    assert model._words(ask) == f"{ask.text} ASSISTANT:"


def test_a_template_that_refuses_everything_is_one_sentence(llama):
    model = backend(llama, chat_template="{{ raise_exception('No') }}")
    with pytest.raises(UserError, match=r"can't put a question \(No\); give another one as"):
        model._words(asks(image=False)[0])


def test_a_folder_has_one_name_wherever_a_command_runs(tmp_path, monkeypatch):
    folder = tmp_path / "models/tiny"
    folder.mkdir(parents=True)
    names = {public_name("models/tiny", folder)}
    monkeypatch.chdir(tmp_path)
    names |= {public_name("models/tiny", place) for place in (folder, Path("models/tiny"))}
    assert names == {"tiny"}
    assert public_name("org/tiny", tmp_path / "assets/models/x") == "org/tiny"
