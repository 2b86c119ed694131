"""augmentor: close a model's worst gaps by improving its data.

audit -> plan -> augment -> gate -> dataset -> train (yours) -> compare
"""

import importlib
from typing import Any

__version__ = "0.1.0"

_WHERE = {
    "audit_table": "augmentor.api",
    "audit_detections": "augmentor.api",
    "check_table": "augmentor.api",
    "compare_tables": "augmentor.api",
    "export_run": "augmentor.api",
    "load_recipe": "augmentor.api",
    "loop": "augmentor.api",
    "new_recipe": "augmentor.api",
    "overfit": "augmentor.api",
    "plan": "augmentor.api",
    "preview": "augmentor.api",
    "recipe_schema": "augmentor.api",
    "replay": "augmentor.api",
    "run": "augmentor.api",
    "tag_manifest": "augmentor.api",
    "tune": "augmentor.api",
    "render": "augmentor.recipe.renderer",
    "AugmentedDataset": "augmentor.datasets.online",
    "RunDataset": "augmentor.datasets.stored",
    "KeyedSampler": "augmentor.datasets.sampler",
    "collate": "augmentor.datasets.item",
    "Example": "augmentor.core.example",
    "Facts": "augmentor.core.example",
    "Label": "augmentor.core.example",
    "Transcript": "augmentor.core.example",
    "Waveform": "augmentor.core.example",
    "Edit": "augmentor.core.operator",
    "Operator": "augmentor.core.operator",
    "param": "augmentor.core.operator",
    "Choice": "augmentor.core.distributions",
    "LogUniform": "augmentor.core.distributions",
    "Pick": "augmentor.core.distributions",
    "Seed": "augmentor.core.distributions",
    "Uniform": "augmentor.core.distributions",
    "AugmentorError": "augmentor.core.errors",
    "UsageError": "augmentor.core.errors",
}

__all__ = ["__version__", *sorted(_WHERE)]  # noqa: PLE0604 - names are found when first used


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for: `import augmentor` costs nothing."""
    if name not in _WHERE:
        msg = f"module 'augmentor' has no attribute '{name}'"
        raise AttributeError(msg)
    return getattr(importlib.import_module(_WHERE[name]), name)


def __dir__() -> list[str]:
    return list(__all__)
