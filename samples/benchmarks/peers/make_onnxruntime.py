"""Makes ONNX Runtime's training graph from the exported model beside the file of weights."""

import contextlib
import io
from pathlib import Path

import onnx
from onnxruntime.training import artifacts

import peer
from network import names

options = peer.parser(__doc__).parse_args()
trained = names(options.update)
# It tells on standard output what it does.
with contextlib.redirect_stdout(io.StringIO()):
    artifacts.generate_artifacts(
        onnx.load(Path(options.network).with_suffix(".onnx")),
        requires_grad=trained,
        frozen_params=[name for name in names() if name not in trained],
        loss=artifacts.LossType.CrossEntropyLoss,
        optimizer=artifacts.OptimType.SGD,
        artifact_directory=options.folder,
    )
