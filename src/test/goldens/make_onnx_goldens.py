#!/usr/bin/python3
"""Makes the golden files of src/test/resources/io/kioku/goldens/onnx from ONNX's own test data.

Usage, with Debian's python3-onnx and libonnx-testdata:

    /usr/bin/python3 src/test/goldens/make_onnx_goldens.py [directory [test data]]

Each file is one of ONNX's node tests of the operators LSTM, GRU and RNN, called as the test is. The
tensors keep the operator's names (X, W, R, B, sequence_lens, initial_h, initial_c, P; Y, Y_h, Y_c),
shapes and orders of gates; those that the test does not have are missing. All are stored as F32, also
the integers sequence_lens. The numbers are copied; nothing is computed here.
The metadata are op (the operator's name), opset, hidden, and every attribute that the test sets, under
ONNX's name; lists are joined with commas.
"""

import json
import pathlib
import struct
import sys

import numpy as np
import onnx
from onnx import numpy_helper

# The operators' own names, in their order: a test may call its tensors otherwise.
INPUTS = {"LSTM": ["X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c", "P"],
          "GRU": ["X", "W", "R", "B", "sequence_lens", "initial_h"],
          "RNN": ["X", "W", "R", "B", "sequence_lens", "initial_h"]}
OUTPUTS = {"LSTM": ["Y", "Y_h", "Y_c"], "GRU": ["Y", "Y_h"], "RNN": ["Y", "Y_h"]}


def write_safetensors(path, tensors, metadata):
    """Writes arrays as F32, in the order of the dict; https://huggingface.co/docs/safetensors."""
    header, begin, data = {"__metadata__": metadata}, 0, []
    for name, array in tensors.items():
        data.append(np.ascontiguousarray(array, dtype="<f4").tobytes())
        end = begin + len(data[-1])
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [begin, end]}
        begin = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(data))


def text(value):
    """An attribute's value as a string."""
    if isinstance(value, (list, tuple)):
        return ",".join(text(element) for element in value)
    return value.decode() if isinstance(value, bytes) else str(value)


def read_tensors(names, node_names, folder, kind):
    """Reads a test's input or output files; absent ones ("" in the node) have no file."""
    present = [name for name, given in zip(names, node_names) if given]
    files = [folder / f"{kind}_{i}.pb" for i in range(len(present))]
    assert len(files) == len(list(folder.glob(f"{kind}_*.pb"))), folder
    return {name: numpy_helper.to_array(onnx.TensorProto.FromString(file.read_bytes()))
            for name, file in zip(present, files)}


def convert(test, directory):
    """Converts one test; returns the file's path, or None if the test is about another operator."""
    model = onnx.load(str(test / "model.onnx"))
    node = model.graph.node[0]
    if len(model.graph.node) > 1 or node.op_type not in INPUTS:
        return None
    folder = test / "test_data_set_0"
    assert not (test / "test_data_set_1").exists(), test
    # The files follow the graph's inputs and outputs, which must be in the node's order.
    assert [value.name for value in model.graph.input] == [name for name in node.input if name]
    assert [value.name for value in model.graph.output] == [name for name in node.output if name]
    tensors = {**read_tensors(INPUTS[node.op_type], node.input, folder, "input"),
               **read_tensors(OUTPUTS[node.op_type], node.output, folder, "output")}
    attributes = {a.name: text(onnx.helper.get_attribute_value(a)) for a in node.attribute}
    metadata = {"op": node.op_type, "opset": str(model.opset_import[0].version),
                "hidden": attributes["hidden_size"], **attributes}
    path = directory / (test.name[len("test_"):] + ".safetensors")
    write_safetensors(path, tensors, metadata)
    return path


def main():
    default = pathlib.Path(__file__).resolve().parents[1] / "resources/io/kioku/goldens/onnx"
    directory = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default
    data = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else "/usr/share/libonnx-testdata/data")
    directory.mkdir(parents=True, exist_ok=True)
    for old in directory.glob("*.safetensors"):
        old.unlink()
    tests = sorted(model.parent for model in data.glob("node/test_*/model.onnx"))
    paths = [path for path in (convert(test, directory) for test in tests) if path]
    for path in paths:
        print(f"{path.stat().st_size:8d}  {path.name}")
    total = sum(path.stat().st_size for path in paths)
    print(f"{total:8d}  bytes in {len(paths)} cases, ONNX {onnx.__version__}")


if __name__ == "__main__":
    main()
