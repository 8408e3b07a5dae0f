"""What `docs/answers.md` shows can be done as it stands there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from pydantic import TypeAdapter

from clipblind.study.compose import compose
from clipblind.study.settings.contenders import Contender, Prompt
from clipblind.study.settings.judge import Judge

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/answers.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+) ?(\S*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
ENTRIES = [yaml.safe_load(text) for kind, _, text in BLOCKS if kind == "yaml"]
NAMED = {name: entry for found in ENTRIES if len(found) == 1 for name, entry in found.items()}
OVERRIDES = re.findall(r'study[ =]mmvp\b.*?overrides[ =]"(.*?)"', PAGE, re.DOTALL)


def test_the_example_prints_what_the_command_prints(tmp_path):
    for kind, name, text in BLOCKS:
        if kind == "csv":
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text)
    ((_, _, shown),) = [block for block in BLOCKS if block[0] == "console"]
    command, _, printed = shown.removeprefix("$ clipblind ").partition("\n")
    code = "import sys; from clipblind.cli import app; sys.argv[0] = 'clipblind'; app()"
    done = subprocess.run(
        [sys.executable, "-c", code, *command.split()],
        **{"cwd": tmp_path, "capture_output": True, "text": True, "check": True},
        env={**os.environ, "COLUMNS": "110"},
    )
    lines = [line.rstrip() for line in done.stdout.splitlines() if line.strip()]
    assert lines == printed.splitlines()


def test_every_entry_is_a_valid_one():
    asked = [entry for entry in NAMED.values() if "kind" in entry]
    kinds = {TypeAdapter(Contender).validate_python(entry).kind for entry in asked}
    assert kinds == {"transformers", "openai", "recorded"}
    prompts = [Prompt.model_validate(entry) for entry in NAMED.values() if "text" in entry]
    judges = [Judge.model_validate(found) for found in ENTRIES if "by" in found]
    assert len(prompts) == len(judges) == 1


@pytest.mark.parametrize("overrides", OVERRIDES)
def test_every_study_that_is_shown_composes(tmp_path, overrides):
    conf = Path(shutil.copytree(ROOT / "conf", tmp_path / "conf"))
    for name, entry in NAMED.items():
        folder = "contender" if "kind" in entry else "prompt"
        (conf / folder / f"{name}.yaml").write_text(yaml.safe_dump({name: entry}))
    (conf / "judge").mkdir(exist_ok=True)
    judge = next(found for found in ENTRIES if "by" in found)
    (conf / "judge/mine.yaml").write_text(yaml.safe_dump(judge))
    composed = compose(conf, "mmvp", f"{overrides} judge=mine")
    assert "my_vlm" in composed.contender and composed.judge.official


def test_every_file_and_prompt_that_is_named_is_there():
    for link in re.findall(r"\]\(([^)#]+)\)", PAGE):
        assert (ROOT / "docs" / link).exists(), link
    named = re.findall(r"^\| `(\w+)`(?: \(default\))? \|", PAGE, re.MULTILINE)
    assert sorted(named) == sorted(p.stem for p in (ROOT / "conf/prompt").glob("*.yaml"))


def test_no_measured_number_stands_beside_the_example():
    prose = re.sub(r"^```.*?^```$", "", PAGE, flags=re.MULTILINE | re.DOTALL)
    assert re.findall(r".*\d(?:\.\d+)? %.*", prose.replace("95 % interval", "")) == []
