"""A writer that is killed at any instant loses no turn that it was told is done."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from unit.logbook.samples import ended, row_of, started

from colloquia.logbook.contents import read
from colloquia.logbook.jsonl import repair_tail
from colloquia.logbook.record import encode

if TYPE_CHECKING:
    from colloquia.logbook.folder import RunFolder

ROOT = Path(__file__).parents[3]
WRITING = Path(__file__).with_name("writing.py")
KILLS = 20


def _write_and_be_killed(folder: RunFolder, after: int) -> list[tuple[str, int]]:
    """Return what the writer was told is done, killing it when it has said so ``after`` times."""
    with subprocess.Popen(
        [sys.executable, str(WRITING), str(folder.path)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(encode(row_of("a", 1)) + encode(started("a", 1)) + encode(ended("a", 1)))
        process.stdin.close()
        said = [process.stdout.readline() for _ in range(after)]
        process.kill()
        said += process.stdout.readlines()
    heard = (line.decode().split() for line in said if line.endswith(b"\n"))
    return [(trial_id, int(turn_id)) for trial_id, turn_id in heard]


@pytest.mark.slow
def test_twenty_kills_lose_nothing_and_repeat_nothing(folder: RunFolder) -> None:
    """Each run goes on from the last one's log; every turn heard of is there once, in order, and whole."""
    chance = random.Random(20261122)
    heard: list[tuple[str, int]] = []
    for _ in range(KILLS):
        heard += _write_and_be_killed(folder, chance.randrange(40))

    for name in (folder.log, folder.journal):
        repair_tail(folder, name)
    contents = read(folder)
    damage = [found for found in contents.damage if "id of this folder" not in found.reason]  # the writer sets none
    said = {(trial_id, turn.turn_id) for trial_id, turns in contents.turns.items() for turn in turns}

    assert len(heard) > 100
    assert len(set(heard)) == len(heard)
    assert set(heard) <= said
    assert (damage, contents.superseded, contents.torn) == ([], (), ())
    assert len(said) - len(heard) <= 4 * KILLS
