"""What the name of a tag says about how it sounds or looks: a first step to make more of it."""

import json
import re
from collections.abc import Callable

import yaml

# The first that fits decides.
_BABBLE = r"people|babble|crowds?|caf[eé]s?|cafeteria|restaurants?|talk\w*|voices|food court"
_BAND = r"(low|narrow) ?band\w*|band ?limited|(tele)?phone\w*|gsm|codecs?|8 ?k(hz)?"
_ROOM = r"reverb\w*|echo\w*|rooms?|halls?|far ?field|distant"
_NOISE = (
    r"nois[ey]\w*|cars?|vehicles?|trucks?|traffic|engines?|trains?|planes?|wind|rain|music"
    r"|machin\w*|streets?|fans?|factory"
)
_CLIP = r"clipp\w*|overdriv\w*|distort\w*|(too )?loud"
_FAST = r"fast|slow|speed|tempo|speech rate"

_LOOKS = (
    (r"scratch\w*|scrape\w*|groove\w*", "scratch", True),
    (r"crack\w*|fractur\w*|fissur\w*", "crack", True),
    (r"dents?|dings?|bumps?|hollows?", "dent", True),
    (r"pits?|pitt?ing|pit marks?|pores?|holes?|corro\w*|rust\w*", "pit_mark", True),
    (r"discolou?r\w*|tints?|oxid\w*|burn(t|ed)|yellow\w*|drips?", "discoloration", True),
    (r"stain\w*|spots?|water|oil|finger ?prints?", "stain", False),
    (r"dust\w*|dirt\w*|specks?", "dust", False),
    (r"lint|fib(er|re)s?|hairs?", "lint", False),
    (r"motion|shak\w*|moving", "motion_blur", False),
    (r"blur\w*|focus|soft|unsharp", "defocus_blur", False),
    (r"reflect\w*|glar\w*|shin\w*|highlights?|specular", "glare", False),
    (r"shadow\w*|shade[ds]?", "shadow", False),
    (r"background", "dark_background", False),
    (r"bright|over ?expos\w*", "exposure: {stops: {uniform: [0, 2]}}", False),
    (r"dark\w*|dim|night|under ?expos\w*|low light", "exposure", False),
    (r"nois[ey]\w*|grain\w*|iso", "sensor_noise", False),
    (r"jpe?g|compress\w*|artefacts?|artifacts?", "jpeg", False),
    (r"tilt\w*|angled?|perspective|oblique", "perspective", False),
    (r"turned|rotat\w*|skew\w*", "rotate", False),
    (r"defect\w*|damag\w*|fault\w*|flaw\w*", "scratch", True),
)
"""What a word looks like, the step that makes it, and whether that is a defect."""


def sound_step(tag: str, source: str) -> tuple[str, dict[str, str]]:
    """Return a step for a tag, guessed from its name, and the bank that it needs with its place."""
    words, says = _words(tag)
    if says(_BABBLE):
        step = "mix_babble: {talkers: {pick: talkers}, snr_db: {uniform: [15, 0]}}"
        return step, {"talkers": source}
    if says(_BAND):
        # Lines differ in what they keep; a first recipe covers them, and ears narrow it down.
        band = "low_hz: {uniform: [0, 300]}, high_hz: {uniform: [4000, 3400]}"
        return f"codec: {{kind: {{choice: [alaw, mulaw, gsm]}}, {band}}}", {}
    if says(_ROOM):
        return "reverb: {rt60_s: {uniform: [0.2, 0.8]}}", {}
    if says(_CLIP) and not says(_NOISE):
        return "clipping", {}
    if says(_FAST) and not says(_NOISE):
        return "speed_perturb", {}
    bank = words.replace(" ", "_") or "noise"
    hint = "" if says(_NOISE) else "  # a guess: nothing in the name says how it sounds"
    step = f"mix_noise: {{noise: {{pick: {yaml_text(bank)}}}, snr_db: {{uniform: [15, 0]}}}}{hint}"
    return step, {bank: f"data/noise/{bank}"}


def picture_step(tag: str) -> tuple[str, bool]:
    """Return a step for a tag, guessed from its name, and whether it makes a defect."""
    _, says = _words(tag)
    for pattern, step, defect in _LOOKS:
        if says(pattern):
            return step, defect
    return "defocus_blur  # a guess: nothing in the name says how it looks", False


def _words(tag: str) -> tuple[str, Callable[[str], bool]]:
    words = re.sub(r"[\W_]+", " ", tag.lower()).strip()
    return words, lambda pattern: re.search(rf"\b({pattern})\b", words) is not None


def yaml_text(word: str) -> str:
    """Return a YAML scalar: bare where that is safe, else in JSON's quotes."""
    plain = re.fullmatch(r"[A-Za-z./][A-Za-z0-9 _./-]*[A-Za-z0-9]", word)
    return word if plain and yaml.safe_load(word) == word else json.dumps(word)
