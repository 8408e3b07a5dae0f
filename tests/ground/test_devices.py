"""Jobs side by side each get a GPU of their own."""

import subprocess
import sys

from clipblind.ground.devices import VISIBLE, claim_device, visible_devices

HOLD = (
    "import sys; from pathlib import Path; from clipblind.ground.devices import claim_device;"
    " print(claim_device(Path(sys.argv[1]), 2), flush=True); sys.stdin.read()"
)


def hold(folder):
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_two_jobs_take_two_gpus_and_a_third_waits_for_one_to_end(tmp_path, monkeypatch):
    monkeypatch.delenv(VISIBLE, raising=False)
    first, second = hold(tmp_path), hold(tmp_path)
    taken = {first.stdout.readline().strip(), second.stdout.readline().strip()}
    assert taken == {"0", "1"}
    third = hold(tmp_path)
    first.kill()
    first.wait()
    assert third.stdout.readline().strip() in taken
    for job in (second, third):
        job.kill()
        job.wait()


def test_a_machine_without_gpus_has_none_to_take(tmp_path, monkeypatch):
    monkeypatch.delenv(VISIBLE, raising=False)
    assert claim_device(tmp_path, 0) is None
    monkeypatch.setenv(VISIBLE, "-1")
    assert visible_devices(8) == []
    monkeypatch.setenv(VISIBLE, "3,5")
    assert visible_devices() == ["3", "5"]
