"""Measured impulse responses from a bank."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from project import RATE_HZ, RECIPE, make_project

from augmentor import UsageError, load_recipe
from augmentor.core.example import Waveform
from augmentor.recipe.planner import draw_row
from augmentor.recipe.renderer import read_parent, render

ROOMS = RECIPE.replace("budget: 24", "budget: 6").replace(
    "mix_noise: {noise: {pick: vehicle}, snr_db: {uniform: [15, -5]}}",
    "reverb: {response: {pick: rooms}}",
)


def rooms_project(folder: Path, recipe: str) -> Path:
    """Write a project with one response: straight sound at 50 ms, one echo 100 ms later."""
    path = make_project(folder, recipe=recipe.replace("banks:", "banks:\n  rooms: data/rooms"))
    (folder / "data" / "rooms").mkdir()
    response = np.zeros(RATE_HZ // 2, np.float32)
    response[800], response[2400] = 0.4, 0.1
    soundfile.write(folder / "data" / "rooms" / "hall.wav", response, RATE_HZ, subtype="PCM_16")
    return path


def test_a_measured_response_adds_its_echo_and_leaves_the_straight_sound_in_place(
    tmp_path: Path,
) -> None:
    """The straight sound is at time 0 and as loud; the echo comes 100 ms later at a quarter."""
    recipe = load_recipe(rooms_project(tmp_path, ROOMS))
    category = recipe.categories["vehicle noise"]
    parent = read_parent(recipe, recipe.sources[0])
    row = draw_row(recipe, category, recipe.sources[0], 0)
    assert row.edits[0].params["response"]["id"] == "hall.wav"
    child = render(recipe, parent, row.edits)
    before, after = parent.find(Waveform), child.find(Waveform)
    assert isinstance(before, Waveform)
    assert isinstance(after, Waveform)
    expected = before.samples.copy()
    expected[1600:] += 0.25 * before.samples[:-1600]
    headroom = 10 ** (child.notes[0]["headroom_db"] / 20)
    np.testing.assert_allclose(after.samples, headroom * expected, atol=2e-4)


def test_one_bank_cannot_be_both_noise_and_responses(tmp_path: Path) -> None:
    """Noise is packed as loops without silences, which would ruin a response: say so at load."""
    both = ROOMS.replace("pick: prompts", "pick: rooms")
    with pytest.raises(UsageError, match="used elsewhere as impulse responses"):
        load_recipe(rooms_project(tmp_path, both))
