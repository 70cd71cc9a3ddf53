"""Makes ExecuTorch's program of forward and backward from PyTorch's network."""

from pathlib import Path

import numpy as np
from executorch.exir import EdgeCompileConfig, to_edge
from torch.export import export
from torch.export.experimental import _export_forward_backward

import peer
from torch_network import Network, batch

options = peer.parser(__doc__).parse_args()
arrays = np.load(options.network)
joint = _export_forward_backward(export(Network(arrays, options.update), batch(arrays, options.batch)))
# Operators of backward are outside of what the check knows.
program = to_edge(joint, compile_config=EdgeCompileConfig(_check_ir_validity=False)).to_executorch()
(Path(options.folder) / "step.pte").write_bytes(program.buffer)
