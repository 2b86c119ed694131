"""Checking the test manifests that a recipe names."""

from augmentor.files.document import Path_
from augmentor.recipe.checking import Checking
from augmentor.recipe.real import read_real


def check_test(checking: Checking, *, pictures: bool) -> None:
    """Check that the test manifests are there and can be read.

    Parameters
    ----------
    checking : the recipe's file, and where problems go.
    pictures : whether the recipe is about pictures.
    """
    named = checking.document.get("test")
    many: dict[Path_, object] = {("test",): named}
    if isinstance(named, list):
        many = {("test", at): one for at, one in enumerate(named)}
    for place, name in many.items():
        if not isinstance(name, str) or not name:
            continue  # told by the frame's check
        path = checking.folder / name
        try:
            there = path.exists()
        except OSError:
            there = False  # too long a name, say
        if not there:
            wanted = "a manifest or a folder of what the model is tested on"
            what = f"'{name}' is not there (looked in {checking.folder}); wanted: {wanted}"
            checking.wrong(place, what)
        elif checking.read(lambda path: read_real(path, pictures=pictures), path) == []:
            checking.wrong(place, f"'{name}' holds no examples")
