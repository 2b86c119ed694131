"""Ask a model of train.py: a line of JSON with id, prediction and score for each row of a list."""

import json
import pickle
import sys
from pathlib import Path

from train import rows_of, seen


def main() -> None:
    """Read MODEL and MANIFEST, write OUT."""
    model_file, manifest, out = map(Path, sys.argv[1:])
    model = pickle.loads(model_file.read_bytes())
    rows = rows_of(manifest)
    sure = model.predict_proba(seen(rows))
    with out.open("w", encoding="utf-8") as file:
        for row, one in zip(rows, sure, strict=True):
            answer = {"id": row["id"], "prediction": model.classes_[one.argmax()]}
            file.write(json.dumps(answer | {"score": round(float(one.max()), 4)}) + "\n")


if __name__ == "__main__":
    main()
