"""The Python face: it wires the rooms together, and is all that the command line calls."""

from augmentor.api.checking import check_table
from augmentor.api.comparing import compare_tables
from augmentor.api.detecting import audit_detections
from augmentor.api.dosing import doses
from augmentor.api.exporting import Export, export_run
from augmentor.api.looping import loop
from augmentor.api.loops.dosed import Doses
from augmentor.api.loops.results import Loop
from augmentor.api.overfitting import overfit
from augmentor.api.planning import Planning, plan
from augmentor.api.preview import preview
from augmentor.api.replaying import Replay, replay
from augmentor.api.running import Run, run
from augmentor.api.starting import new_recipe
from augmentor.api.tagging import tag_manifest
from augmentor.api.tuned import Tuning
from augmentor.api.tuning import tune
from augmentor.audit.priorities.audit import audit_table
from augmentor.recipe.load import load_recipe
from augmentor.recipe.schema import recipe_schema

__all__ = [
    "Doses",
    "Export",
    "Loop",
    "Planning",
    "Replay",
    "Run",
    "Tuning",
    "audit_detections",
    "audit_table",
    "check_table",
    "compare_tables",
    "doses",
    "export_run",
    "load_recipe",
    "loop",
    "new_recipe",
    "overfit",
    "plan",
    "preview",
    "recipe_schema",
    "replay",
    "run",
    "tag_manifest",
    "tune",
]
