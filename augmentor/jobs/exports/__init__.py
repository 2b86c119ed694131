"""Forms of data sets of pictures that other programs read, one file each."""

from collections.abc import Mapping

from augmentor.jobs.exports.coco import Coco
from augmentor.jobs.exports.entry import Layout
from augmentor.jobs.exports.mvtec import Mvtec
from augmentor.jobs.exports.yolo import Yolo

LAYOUTS: Mapping[str, type[Layout]] = {"coco": Coco, "yolo": Yolo, "mvtec": Mvtec}
