#!/usr/bin/python3
"""Makes the golden files of src/test/resources/io/kioku/goldens with PyTorch.

Usage, with Debian's python3-torch:

    /usr/bin/python3 src/test/goldens/make_pytorch_goldens.py [directory]

Each file is one case: the weights under PyTorch's state_dict names, x, y, h_n, c_n (LSTM), where the
case has them h_0, c_0 and lengths (integers stored as floats), and strings that describe the layer.
Names of files end in what is special: bi(directional), nobias, bf (batch_first), h0 (a given initial
state), len(gths), scaled (large input weights, so that gates saturate). An LSTM with a projection
(proj_size) has its size in the name, after p, and in the metadata as `projection`; only then are there
weights weight_hr_l0, ..., and h and each direction of y have that size. c keeps the size H.
Shapes are PyTorch's: x and y are (T, N, .), or (N, T, .) where batch_first is true; h and c are
(layers * directions, N, H). With lengths, y is zero past the end of a sequence, and h_n and c_n are
the states at each sequence's own end.

Weights and inputs are rounded to float32 first, so that whoever tests against the files starts from
the same numbers; then everything is computed in float64, and only the results are rounded again.
All random numbers come from NumPy's RandomState, whose streams are frozen: a rerun gives the same
bytes.

GRU_RESET_BEFORE is the GRU of Cho et al. 2014 (arXiv:1406.1078), which resets the state before the
recurrent product and which PyTorch lacks:

    r = sigmoid(W_r x + R_r h + b_r)      z = sigmoid(W_z x + R_z h + b_z)
    n = tanh(W_n x + R_n (r * h) + b_n)   h' = (1 - z) * n + z * h

with PyTorch's names and row order r, z, n, and b = b_ih + b_hh. The loop below computes it; its twin
with the reset after the product is checked against nn.GRU first.
"""

import json
import pathlib
import struct
import sys
import zlib

import numpy as np
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

MODULES = {"LSTM": (torch.nn.LSTM, {}), "GRU": (torch.nn.GRU, {}),
           "RNN_TANH": (torch.nn.RNN, {"nonlinearity": "tanh"}),
           "RNN_RELU": (torch.nn.RNN, {"nonlinearity": "relu"})}
GATES = {"LSTM": 4, "GRU": 3, "GRU_RESET_BEFORE": 3, "RNN_TANH": 1, "RNN_RELU": 1}

# Per cell: I, H, T, N, layers, and the options of the case.
SHAPES = [
    (1, 1, 1, 1, 1, {}),
    (3, 7, 1, 1, 1, {"initial": True}),
    (4, 3, 5, 2, 1, {"bias": False}),
    (5, 8, 2, 5, 1, {"batch_first": True, "initial": True}),
    (3, 16, 9, 1, 1, {}),
    (6, 17, 5, 2, 1, {"bidirectional": True}),
    (7, 33, 2, 2, 1, {"initial": True}),
    (2, 8, 5, 2, 2, {"initial": True}),
    (3, 7, 5, 2, 3, {"bidirectional": True, "initial": True, "batch_first": True}),
    (8, 16, 9, 5, 1, {"scale": 12}),
    (3, 8, 5, 2, 2, {"bidirectional": True, "bias": False, "scale": 12}),
    (4, 7, 5, 5, 1, {"lengths": [3, 5, 1, 4, 2]}),
    (3, 8, 9, 5, 2, {"lengths": [9, 1, 4, 9, 6], "bidirectional": True, "initial": True}),
    (5, 3, 9, 2, 3, {"lengths": [2, 7], "batch_first": True, "bias": False}),
]
# Larger cases, which once is enough for, and the GRU of Cho et al.
EXTRA = [
    ("LSTM", 16, 33, 9, 5, 1, {"bidirectional": True, "initial": True}),
    ("LSTM", 33, 17, 2, 5, 3, {"batch_first": True}),
    ("LSTM", 3, 16, 5, 5, 1, {"lengths": [5, 5, 1, 1, 3], "initial": True, "scale": 12}),
    ("GRU", 16, 33, 9, 5, 1, {"bidirectional": True, "initial": True}),
    ("LSTM", 1, 2, 1, 1, 1, {"projection": 1}),
    ("LSTM", 5, 7, 6, 2, 1, {"projection": 3, "initial": True}),
    ("LSTM", 4, 8, 5, 2, 1, {"projection": 5, "bias": False}),
    ("LSTM", 3, 8, 5, 2, 2, {"projection": 3, "bidirectional": True, "initial": True}),
    ("LSTM", 4, 7, 5, 3, 3, {"projection": 6, "batch_first": True}),
    ("LSTM", 6, 17, 5, 2, 1, {"projection": 9, "bidirectional": True, "batch_first": True,
                              "initial": True}),
    ("LSTM", 4, 7, 5, 5, 1, {"projection": 4, "lengths": [3, 5, 1, 4, 2]}),
    ("LSTM", 3, 8, 9, 4, 2, {"projection": 5, "lengths": [9, 1, 4, 6], "bidirectional": True,
                             "initial": True, "batch_first": True}),
    ("LSTM", 8, 33, 5, 2, 1, {"projection": 16, "initial": True, "scale": 12}),
    ("GRU_RESET_BEFORE", 1, 1, 1, 1, 1, {}),
    ("GRU_RESET_BEFORE", 5, 8, 5, 2, 1, {"initial": True}),
    ("GRU_RESET_BEFORE", 4, 7, 5, 5, 1, {"bias": False, "batch_first": True}),
    ("GRU_RESET_BEFORE", 7, 33, 2, 1, 1, {"initial": True}),
    ("GRU_RESET_BEFORE", 3, 16, 9, 2, 1, {"initial": True, "scale": 12}),
    ("GRU_RESET_BEFORE", 4, 7, 5, 2, 2, {"bidirectional": True, "initial": True}),
    ("GRU_RESET_BEFORE", 3, 17, 2, 5, 2, {"bidirectional": True}),
]


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


def float32(array):
    """Rounds to float32, keeps float64."""
    return np.asarray(array, dtype=np.float32).astype(np.float64)


def make_weights(random, cell, I, H, layers, directions, bias, scale, projection):
    """Draws weights like PyTorch does, uniform in +-1/sqrt(H); state_dict names.

    The scale makes gates saturate. The recurrent weights are spared: scaled, they turn the layer
    chaotic, and any float32 engine would differ from float64 in the fifth digit.
    """
    weights, rows, output = {}, GATES[cell] * H, projection or H
    for layer in range(layers):
        for suffix in ["", "_reverse"][:directions]:
            shapes = {"weight_ih": (rows, I if layer == 0 else directions * output),
                      "weight_hh": (rows, output)}
            if bias:
                shapes.update(bias_ih=(rows,), bias_hh=(rows,))
            if projection:
                shapes.update(weight_hr=(projection, H))
            for name, shape in shapes.items():
                values = random.uniform(-1, 1, shape) / np.sqrt(H)
                values *= 1 if name in ("weight_hh", "weight_hr") else scale
                weights[f"{name}_l{layer}{suffix}"] = float32(values)
    return weights


def run_torch(cell, weights, config, x, states, lengths):
    """Runs a PyTorch layer in float64; x is in the order that batch_first asks for."""
    module, options = MODULES[cell]
    if "projection" in config:
        options = {"proj_size": config["projection"]}
    layer = module(config["input"], config["hidden"], config["layers"], bias=config["bias"],
                   batch_first=config["batch_first"], bidirectional=config["bidirectional"],
                   **options).double()
    layer.load_state_dict({name: torch.from_numpy(values) for name, values in weights.items()})
    states = [torch.from_numpy(state) for state in states]
    initial = None if not states else tuple(states) if cell == "LSTM" else states[0]
    inputs = torch.from_numpy(x)
    if lengths is not None:
        inputs = pack_padded_sequence(inputs, lengths, config["batch_first"], enforce_sorted=False)
    with torch.no_grad():
        y, final = layer(inputs, initial)
    if lengths is not None:
        y, _ = pad_packed_sequence(y, config["batch_first"], total_length=config["T"])
    finals = final if cell == "LSTM" else (final,)
    return y.numpy(), [state.numpy() for state in finals]


def sigmoid(v):
    return 1 / (1 + np.exp(-v))


def gru_step(x, h, W, R, b_ih, b_hh, reset_before):
    """One time step of either GRU: x (N, I), h (N, H)."""
    H = h.shape[1]
    (W_r, W_z, W_n), (R_r, R_z, R_n) = W.reshape(3, H, -1), R.reshape(3, H, H)
    (bi_r, bi_z, bi_n), (bh_r, bh_z, bh_n) = b_ih.reshape(3, H), b_hh.reshape(3, H)
    r = sigmoid(x @ W_r.T + bi_r + h @ R_r.T + bh_r)
    z = sigmoid(x @ W_z.T + bi_z + h @ R_z.T + bh_z)
    recurrent = (r * h) @ R_n.T + bh_n if reset_before else r * (h @ R_n.T + bh_n)
    n = np.tanh(x @ W_n.T + bi_n + recurrent)
    return (1 - z) * n + z * h


def run_gru(weights, config, x, states, reset_before):
    """Runs a GRU in plain loops; the same arguments and results as run_torch."""
    H, directions = config["hidden"], 1 + config["bidirectional"]
    y = x.swapaxes(0, 1) if config["batch_first"] else x
    T, N = y.shape[:2]
    h_0 = states[0] if states else np.zeros((config["layers"] * directions, N, H))
    h_n = []
    for layer in range(config["layers"]):
        outputs = []
        for d in range(directions):
            key = f"_l{layer}" + ["", "_reverse"][d]
            none = np.zeros(3 * H)
            W, R = weights["weight_ih" + key], weights["weight_hh" + key]
            b_ih, b_hh = weights.get("bias_ih" + key, none), weights.get("bias_hh" + key, none)
            h, out = h_0[layer * directions + d], np.zeros((T, N, H))
            for t in (range(T), reversed(range(T)))[d]:
                h = gru_step(y[t], h, W, R, b_ih, b_hh, reset_before)
                out[t] = h
            outputs.append(out)
            h_n.append(h)
        y = np.concatenate(outputs, axis=2)
    return (y.swapaxes(0, 1) if config["batch_first"] else y), [np.stack(h_n)]


def make_case(directory, cell, I, H, T, N, layers, bidirectional=False, bias=True, batch_first=False,
              initial=False, lengths=None, scale=1, projection=0):
    """Computes one case, writes its file and returns the path."""
    directions = 1 + bidirectional
    config = dict(cell=cell, input=I, hidden=H, layers=layers, bidirectional=bidirectional, bias=bias,
                  batch_first=batch_first, T=T, N=N)
    if projection:
        config["projection"] = projection
    name = f"{cell.lower()}_i{I}_h{H}" + (f"_p{projection}" if projection else "")
    name += f"_t{T}_n{N}_l{layers}" + "".join(
        "_" + text for text, wanted in [
            ("bi", bidirectional), ("nobias", not bias), ("bf", batch_first), ("h0", initial),
            ("len", lengths), ("scaled", scale > 1)] if wanted)
    random = np.random.RandomState(zlib.crc32(name.encode()))
    weights = make_weights(random, cell, I, H, layers, directions, bias, scale, projection)
    x = float32(random.standard_normal((N, T, I) if batch_first else (T, N, I)))
    sizes = [projection or H, H] if cell == "LSTM" else [H]
    states = [float32(random.uniform(-1, 1, (layers * directions, N, size)))
              for size in sizes * initial]

    if cell == "GRU_RESET_BEFORE":
        y, finals = run_gru(weights, config, x, states, reset_before=True)
    else:
        y, finals = run_torch(cell, weights, config, x, states, lengths)
    if cell == "GRU" and lengths is None:  # the loop is right if its twin is
        for ours, theirs in zip(*[[out, *h] for out, h in (
                run_gru(weights, config, x, states, reset_before=False), (y, finals))]):
            np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-13)

    tensors = {**weights, "x": x, **dict(zip(["h_0", "c_0"], states)), "y": y,
               **dict(zip(["h_n", "c_n"], finals))}
    if lengths is not None:
        tensors["lengths"] = np.array(lengths)
    assert all(np.isfinite(values).all() for values in tensors.values()), name
    metadata = {key: str(value).lower() if isinstance(value, bool) else str(value)
                for key, value in config.items()}
    path = directory / (name + ".safetensors")
    assert not path.exists(), f"two cases are called {name}"
    write_safetensors(path, tensors, metadata)
    return path


def main():
    default = pathlib.Path(__file__).resolve().parents[1] / "resources/io/kioku/goldens"
    directory = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default
    directory.mkdir(parents=True, exist_ok=True)
    for old in directory.glob("*.safetensors"):
        old.unlink()
    torch.set_num_threads(1)
    cases = [(cell, *shape) for cell in MODULES for shape in SHAPES] + EXTRA
    paths = [make_case(directory, *numbers, **options) for *numbers, options in cases]
    for path in paths:
        print(f"{path.stat().st_size:8d}  {path.name}")
    total = sum(path.stat().st_size for path in paths)
    print(f"{total:8d}  bytes in {len(paths)} cases, PyTorch {torch.__version__}")


if __name__ == "__main__":
    main()
