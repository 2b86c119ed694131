"""Forms of data sets that other programs read, one file each."""

from collections.abc import Mapping

from augmentor.jobs.exports.coco import Coco
from augmentor.jobs.exports.huggingface import HuggingFace
from augmentor.jobs.exports.kaldi import Kaldi
from augmentor.jobs.exports.layout import Layout
from augmentor.jobs.exports.lhotse import Lhotse
from augmentor.jobs.exports.mvtec import Mvtec
from augmentor.jobs.exports.nemo import Nemo
from augmentor.jobs.exports.webdataset import WebDataset
from augmentor.jobs.exports.yolo import Yolo

LAYOUTS: Mapping[str, type[Layout]] = {
    "nemo": Nemo,
    "kaldi": Kaldi,
    "lhotse": Lhotse,
    "huggingface": HuggingFace,
    "webdataset": WebDataset,
    "coco": Coco,
    "yolo": Yolo,
    "mvtec": Mvtec,
}
