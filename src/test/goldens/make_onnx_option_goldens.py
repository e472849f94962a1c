#!/usr/bin/python3
"""Makes the golden files of src/test/resources/io/kioku/goldens/onnx/options: ONNX's options, in NumPy.

Usage, with Debian's python3-numpy:

    /usr/bin/python3 src/test/goldens/make_onnx_option_goldens.py [directory]

ONNX's own node tests leave most attributes of LSTM, GRU and RNN at their defaults. These cases set
them. The functions lstm, gru and rnn below are written from the text of the operators' specification
(opset 14, https://onnx.ai/onnx/operators) alone, equation by equation, not from Kioku's own code nor
from a runtime's. Where the text leaves room, this is how it was read:

- activation_alpha and activation_beta are lists of values "used by some activation functions ...
  consumed in the order of activation functions": a function takes the next value of a list if its
  formula has that letter, and its default if the list is at its end. Defaults are those of the
  operators of the same names; ScaledTanh's never had any, so it is always given both.
- clip bounds "the input of activations". C is the input of h, so it is clipped too: h(clip(C)); the C
  that is kept is not. ONNX Runtime does not clip it, see https://github.com/microsoft/onnxruntime/issues/27224.
- input_forget: f = 1 - i, and the forget gate's weights are ignored, as those who wrote the operator
  said, see https://github.com/onnx/onnx/pull/149.
- sequence_lens: Y is 0 behind a sequence's end, Y_h and Y_c are the states at the end, and a reverse
  direction begins at each sequence's own end.
- ThresholdedRelu is x >= alpha here and x > alpha in the operator of that name: no case comes near.

Files have the form that make_onnx_goldens.py has: the operator's tensors (X, W, R, B, sequence_lens,
initial_h, initial_c, P; Y, Y_h, Y_c), shapes and orders of gates, all as F32; those that a case does
not give are missing. The metadata are op, opset, hidden, and every attribute that the case sets, under
ONNX's name; lists are joined with commas.

Weights and inputs are rounded to float32 first, biases so that Wb + Rb is a float32 too, and
attributes have few binary digits; then everything is computed in float64, and only the results are
rounded again. Each case is drawn until the clip, or else each piece of its activations, has some values
and not all, and no value is near a threshold. Random numbers depend on a case's name alone, from NumPy's RandomState, whose streams are
frozen: a rerun gives the same bytes.
"""

import json
import pathlib
import struct
import sys
import zlib

import numpy as np

# --- activations ---------------------------------------------------------------------------------

# name: the formula as in the specification, of x, alpha and beta
FORMULAS = {
    "Relu": lambda x, a, b: np.maximum(0, x),
    "Tanh": lambda x, a, b: (1 - np.exp(-2 * x)) / (1 + np.exp(-2 * x)),
    "Sigmoid": lambda x, a, b: 1 / (1 + np.exp(-x)),
    "Affine": lambda x, a, b: a * x + b,
    "LeakyRelu": lambda x, a, b: np.where(x >= 0, x, a * x),
    "ThresholdedRelu": lambda x, a, b: np.where(x >= a, x, 0),
    "ScaledTanh": lambda x, a, b: a * FORMULAS["Tanh"](b * x, a, b),
    "HardSigmoid": lambda x, a, b: np.minimum(np.maximum(a * x + b, 0), 1),
    "Elu": lambda x, a, b: np.where(x >= 0, x, a * (np.exp(np.minimum(x, 0)) - 1)),
    "Softsign": lambda x, a, b: x / (1 + np.abs(x)),
    "Softplus": lambda x, a, b: np.log(1 + np.exp(x)),
}
# Whose formulas have alpha or beta, with the defaults of the operators of these names.
ALPHA = {"Affine": 1.0, "LeakyRelu": 0.01, "ThresholdedRelu": 1.0, "ScaledTanh": None,
         "HardSigmoid": 0.2, "Elu": 1.0}
BETA = {"Affine": 0.0, "ScaledTanh": None, "HardSigmoid": 0.5}


# Where a formula has pieces, which arguments are on the lower (for HardSigmoid, a flat) one.
PIECES = {"Relu": lambda x, a, b: x < 0, "LeakyRelu": lambda x, a, b: x < 0,
          "Elu": lambda x, a, b: x < 0, "ThresholdedRelu": lambda x, a, b: x < a,
          "HardSigmoid": lambda x, a, b: np.abs(a * x + b - 0.5) > 0.5}


class Activation:
    """One of FORMULAS behind the clip; counts what the case is to have shown."""

    def __init__(self, name, alpha, beta, clip):
        self.name, self.alpha, self.beta, self.clip = name, alpha, beta, clip
        self.values = self.clipped = self.lower = 0
        self.margin = np.inf

    def __call__(self, x):
        self.values += x.size
        if self.clip is not None:
            self.clipped += np.count_nonzero(np.abs(x) > self.clip)
            x = np.clip(x, -self.clip, self.clip)
        if self.name in PIECES:
            self.lower += np.count_nonzero(PIECES[self.name](x, self.alpha, self.beta))
        if self.name == "ThresholdedRelu":
            self.margin = min(self.margin, np.min(np.abs(x - self.alpha)))
        return FORMULAS[self.name](x, self.alpha, self.beta)

    def shows(self):
        """Whether the clip, or else the pieces, act on some values, and no rounding decides."""
        if self.clip is not None:
            return 0.1 < self.clipped / self.values < 0.9
        return self.margin > 1e-3 and (
            self.name not in PIECES or 0.05 < self.lower / self.values < 0.95)


def activations(attributes, defaults, directions):
    """The activations of each direction, with the lists of alphas and betas used up in order."""
    names = attributes.get("activations", defaults * directions)
    assert len(names) == len(defaults) * directions
    alphas = list(attributes.get("activation_alpha", []))
    betas = list(attributes.get("activation_beta", []))
    functions = []
    for name in names:
        alpha = (alphas.pop(0) if alphas else ALPHA[name]) if name in ALPHA else None
        beta = (betas.pop(0) if betas else BETA[name]) if name in BETA else None
        assert (name in ALPHA) == (alpha is not None) and (name in BETA) == (beta is not None)
        functions.append(Activation(name, alpha, beta, attributes.get("clip")))
    assert not alphas and not betas
    return [functions[d * len(defaults):(d + 1) * len(defaults)] for d in range(directions)]


# --- operators: one sequence in one direction -----------------------------------------------------


def gates(matrix, names):
    """Cuts rows, or a vector, into the gates' parts."""
    return dict(zip(names, np.split(matrix, len(names))))


def lstm(X, W, R, B, P, h, c, functions, attributes):
    f, g, h_of = functions
    W, R, P = gates(W, "iofc"), gates(R, "iofc"), gates(P, "iof")
    Wb, Rb = (gates(half, "iofc") for half in np.split(B, 2))
    Y = []
    for x in X:
        it = f(W["i"] @ x + R["i"] @ h + P["i"] * c + Wb["i"] + Rb["i"])
        if attributes.get("input_forget"):
            ft = 1 - it
        else:
            ft = f(W["f"] @ x + R["f"] @ h + P["f"] * c + Wb["f"] + Rb["f"])
        ct = g(W["c"] @ x + R["c"] @ h + Wb["c"] + Rb["c"])
        c = ft * c + it * ct
        ot = f(W["o"] @ x + R["o"] @ h + P["o"] * c + Wb["o"] + Rb["o"])
        h = ot * h_of(c)
        Y.append(h)
    return Y, h, c


def gru(X, W, R, B, P, h, c, functions, attributes):
    f, g = functions
    W, R = gates(W, "zrh"), gates(R, "zrh")
    Wb, Rb = (gates(half, "zrh") for half in np.split(B, 2))
    Y = []
    for x in X:
        zt = f(W["z"] @ x + R["z"] @ h + Wb["z"] + Rb["z"])
        rt = f(W["r"] @ x + R["r"] @ h + Wb["r"] + Rb["r"])
        if attributes.get("linear_before_reset"):
            ht = g(W["h"] @ x + rt * (R["h"] @ h + Rb["h"]) + Wb["h"])
        else:
            ht = g(W["h"] @ x + R["h"] @ (rt * h) + Rb["h"] + Wb["h"])
        h = (1 - zt) * ht + zt * h
        Y.append(h)
    return Y, h, c


def rnn(X, W, R, B, P, h, c, functions, attributes):
    f, = functions
    Wb, Rb = np.split(B, 2)
    Y = []
    for x in X:
        h = f(W @ x + R @ h + Wb + Rb)
        Y.append(h)
    return Y, h, c


# operator: its function, gates, default activations
OPERATORS = {"LSTM": (lstm, 4, ["Sigmoid", "Tanh", "Tanh"]),
             "GRU": (gru, 3, ["Sigmoid", "Tanh"]),
             "RNN": (rnn, 1, ["Tanh"])}


def evaluate(op, attributes, given):
    """The operator's outputs, and its activations; `given` are inputs, with layout 0."""
    step, count, defaults = OPERATORS[op]
    T, N, _ = given["X"].shape
    D, _, H = given["R"].shape
    lengths = given.get("sequence_lens", np.full(N, T)).astype(int)
    functions = activations(attributes, defaults, D)
    zeros = np.zeros((D, N, H))
    B = given.get("B", np.zeros((D, 2 * count * H)))
    P = given.get("P", np.zeros((D, 3 * H)))
    h0, c0 = given.get("initial_h", zeros), given.get("initial_c", zeros)
    Y, Y_h, Y_c = np.zeros((T, D, N, H)), zeros.copy(), zeros.copy()
    for d in range(D):
        reverse = attributes.get("direction") == "reverse" or d == 1
        for n in range(N):
            steps = np.arange(lengths[n])[::-1] if reverse else np.arange(lengths[n])
            outputs, Y_h[d, n], Y_c[d, n] = step(
                given["X"][steps, n], given["W"][d], given["R"][d], B[d], P[d], h0[d, n], c0[d, n],
                functions[d], attributes)
            Y[steps, d, n] = outputs
    results = {"Y": Y, "Y_h": Y_h, "Y_c": Y_c} if op == "LSTM" else {"Y": Y, "Y_h": Y_h}
    return results, [f for direction in functions for f in direction]


# --- cases -----------------------------------------------------------------------------------------

# name: sizes T, N, I, H; optional inputs, of B, P, lens, h0 (c0 too); scale of R; attributes.
CASES = {
    # Every activation by itself, where nothing hides it.
    "rnn_tanh_reverse_lens_h0": ((7, 3, 3, 5), "B lens h0", 1, dict(direction="reverse")),
    "rnn_sigmoid_clip": ((5, 2, 4, 6), "B", 1, dict(activations=["Sigmoid"], clip=1.25)),
    "rnn_relu_nobias": ((5, 2, 3, 5), "", 0.6, dict(activations=["Relu"])),
    "rnn_affine": ((4, 2, 3, 4), "B h0", 0.6, dict(
        activations=["Affine"], activation_alpha=[0.75], activation_beta=[-0.125])),
    "rnn_affine_defaults_clip": ((5, 2, 3, 4), "B", 0.6, dict(activations=["Affine"], clip=1.5)),
    "rnn_leakyrelu": ((5, 2, 3, 7), "B", 0.6, dict(
        activations=["LeakyRelu"], activation_alpha=[0.375])),
    "rnn_leakyrelu_defaults": ((5, 1, 3, 7), "B h0", 0.6, dict(activations=["LeakyRelu"])),
    "rnn_thresholdedrelu": ((5, 2, 3, 6), "B", 0.6, dict(
        activations=["ThresholdedRelu"], activation_alpha=[0.375])),
    "rnn_thresholdedrelu_defaults": ((4, 2, 4, 5), "B h0", 0.6, dict(
        activations=["ThresholdedRelu"])),
    "rnn_scaledtanh": ((5, 2, 3, 5), "B", 0.6, dict(
        activations=["ScaledTanh"], activation_alpha=[1.75], activation_beta=[0.625])),
    "rnn_hardsigmoid": ((5, 2, 5, 4), "B", 1, dict(
        activations=["HardSigmoid"], activation_alpha=[0.625], activation_beta=[0.375])),
    "rnn_hardsigmoid_defaults": ((5, 2, 6, 5), "B h0", 2, dict(activations=["HardSigmoid"])),
    "rnn_hardsigmoid_alpha_only": ((5, 2, 4, 4), "B", 1, dict(
        activations=["HardSigmoid"], activation_alpha=[0.75])),
    "rnn_hardsigmoid_beta_only": ((5, 2, 4, 4), "B", 2, dict(
        activations=["HardSigmoid"], activation_beta=[0.25])),
    "rnn_elu": ((5, 2, 3, 6), "B", 0.6, dict(activations=["Elu"], activation_alpha=[0.625])),
    "rnn_elu_defaults": ((5, 2, 3, 6), "B", 0.6, dict(activations=["Elu"])),
    "rnn_softsign": ((6, 2, 3, 5), "B", 1, dict(activations=["Softsign"])),
    "rnn_softplus": ((4, 2, 3, 5), "B h0", 0.5, dict(activations=["Softplus"])),
    # Two directions.
    "rnn_bi_lens_h0": ((6, 3, 2, 4), "B lens h0", 1, dict(direction="bidirectional", clip=2.0)),
    "rnn_bi_elu_leakyrelu": ((5, 2, 3, 4), "B", 0.6, dict(
        direction="bidirectional", activations=["Elu", "LeakyRelu"],
        activation_alpha=[0.5, 0.125])),
    "rnn_bi_tanh_affine_layout": ((4, 3, 2, 3), "B h0", 0.6, dict(
        direction="bidirectional", activations=["Tanh", "Affine"], activation_alpha=[0.5],
        activation_beta=[0.25], layout=1)),

    "gru_h0_lens": ((6, 3, 3, 5), "B lens h0", 1, dict()),
    "gru_linear": ((5, 2, 3, 5), "B h0", 1, dict(linear_before_reset=1)),
    "gru_linear_nobias_reverse_lens": ((6, 3, 4, 5), "lens", 1, dict(
        linear_before_reset=1, direction="reverse")),
    "gru_clip": ((5, 2, 4, 6), "B h0", 1.2, dict(clip=0.75)),
    "gru_linear_clip_bi": ((5, 2, 3, 5), "B h0", 1.2, dict(
        clip=0.875, linear_before_reset=1, direction="bidirectional")),
    "gru_hardsigmoid_scaledtanh": ((5, 2, 3, 6), "B", 1, dict(
        activations=["HardSigmoid", "ScaledTanh"], activation_alpha=[0.25, 1.5],
        activation_beta=[0.375, 0.75])),
    "gru_linear_sigmoid_elu": ((5, 2, 3, 6), "B h0", 1, dict(
        activations=["Sigmoid", "Elu"], activation_alpha=[0.5], linear_before_reset=1)),
    "gru_softsign_thresholdedrelu": ((4, 2, 3, 5), "B", 0.6, dict(
        activations=["Softsign", "ThresholdedRelu"], activation_alpha=[0.25])),
    "gru_bi_each_its_own": ((5, 3, 3, 4), "B lens h0", 0.8, dict(
        direction="bidirectional", linear_before_reset=1,
        activations=["HardSigmoid", "LeakyRelu", "Sigmoid", "Affine"],
        activation_alpha=[0.375, 0.25, 0.75], activation_beta=[0.5, -0.25])),
    "gru_bi_defaults_behind_the_list": ((5, 2, 3, 4), "B", 0.8, dict(
        direction="bidirectional", activations=["HardSigmoid", "Elu", "HardSigmoid", "LeakyRelu"],
        activation_alpha=[0.375, 0.5], activation_beta=[0.25])),

    "lstm_h0_lens": ((6, 3, 3, 5), "B lens h0", 1, dict()),
    "lstm_reverse_lens_peephole": ((6, 3, 3, 5), "B P lens h0", 1, dict(direction="reverse")),
    "lstm_bi_peephole_nobias": ((5, 2, 4, 5), "P", 1, dict(direction="bidirectional")),
    "lstm_bi_layout": ((4, 3, 2, 5), "B P h0", 1, dict(direction="bidirectional", layout=1)),
    "lstm_clip": ((6, 2, 4, 6), "B h0", 1.2, dict(clip=0.625)),
    "lstm_clip_peephole_bi_lens": ((6, 3, 3, 4), "B P lens h0", 1.2, dict(
        clip=0.5, direction="bidirectional")),
    "lstm_input_forget": ((6, 2, 3, 6), "B h0", 1, dict(input_forget=1)),
    "lstm_input_forget_peephole_clip": ((5, 2, 3, 6), "B P h0", 1.2, dict(
        input_forget=1, clip=0.75)),
    "lstm_hardsigmoid_softsign_elu": ((5, 2, 3, 6), "B P h0", 1, dict(
        activations=["HardSigmoid", "Softsign", "Elu"], activation_alpha=[0.25, 0.5],
        activation_beta=[0.375])),
    "lstm_sigmoid_leakyrelu_scaledtanh": ((5, 2, 3, 6), "B", 1, dict(
        activations=["Sigmoid", "LeakyRelu", "ScaledTanh"], activation_alpha=[0.125, 1.75],
        activation_beta=[0.625])),
    "lstm_hardsigmoid_relu_softplus_clip": ((5, 2, 3, 5), "B h0", 1, dict(
        activations=["HardSigmoid", "Relu", "Softplus"], clip=1.0)),
    "lstm_sigmoid_affine_thresholdedrelu": ((4, 2, 3, 5), "B h0", 0.6, dict(
        activations=["Sigmoid", "Affine", "ThresholdedRelu"], activation_alpha=[0.75, 0.25],
        activation_beta=[0.125])),
    "lstm_bi_each_its_own": ((5, 3, 3, 4), "B P lens h0", 0.8, dict(
        direction="bidirectional",
        activations=["Sigmoid", "Elu", "Softsign", "HardSigmoid", "ScaledTanh", "LeakyRelu"],
        activation_alpha=[0.5, 0.25, 1.25, 0.0625], activation_beta=[0.625, 0.75])),
    "lstm_bi_everything": ((7, 3, 6, 9), "B P lens h0", 1, dict(
        direction="bidirectional", clip=0.75, input_forget=1,
        activations=["HardSigmoid", "Tanh", "Elu", "Sigmoid", "LeakyRelu", "ScaledTanh"],
        activation_alpha=[0.375, 0.75, 0.25, 1.5], activation_beta=[0.5, 0.75])),
}


def draw(random, op, sizes, optional, scale, attributes):
    """Random inputs of the operator, with layout 0, in its order."""
    T, N, I, H = sizes
    D = 2 if attributes.get("direction") == "bidirectional" else 1
    G = OPERATORS[op][1]

    def normal(factor, *shape):
        return (factor * random.standard_normal(shape)).astype(np.float32).astype(np.float64)

    inputs = {"X": normal(1, T, N, I), "W": normal(1.5 / np.sqrt(I), D, G * H, I),
              "R": normal(scale * 1.2 / np.sqrt(H), D, G * H, H)}
    if "B" in optional:
        inputs["B"] = np.round(normal(0.5, D, 2 * G * H) * 4096) / 4096
    if "lens" in optional:
        inputs["sequence_lens"] = np.array([T - n * (T - 1) // (N - 1) for n in range(N)])[::-1]
    if "h0" in optional:
        inputs["initial_h"] = normal(0.7, D, N, H)
        if op == "LSTM":
            inputs["initial_c"] = normal(0.9, D, N, H)
    if "P" in optional:
        inputs["P"] = normal(0.8, D, 3 * H)
    return inputs


def write_safetensors(path, tensors, metadata):
    """Writes arrays as F32, in the order of the dict; https://huggingface.co/docs/safetensors."""
    header, begin, data = {"__metadata__": metadata}, 0, []
    for name, array in tensors.items():
        data.append(np.ascontiguousarray(array, dtype="<f4").tobytes())
        end = begin + len(data[-1])
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [begin, end]}
        begin = end
    encoded = json.dumps(header, separators=(",", ":")).encode()
    encoded += b" " * (-len(encoded) % 8)
    path.write_bytes(struct.pack("<Q", len(encoded)) + encoded + b"".join(data))


def text(value):
    """An attribute's value as a string."""
    return ",".join(map(text, value)) if isinstance(value, list) else str(value)


def batch_first(name, array):
    """A tensor as layout 1 has it."""
    axes = {"X": (1, 0, 2), "Y": (2, 0, 1, 3), "initial_h": (1, 0, 2), "initial_c": (1, 0, 2),
            "Y_h": (1, 0, 2), "Y_c": (1, 0, 2)}
    return array.transpose(axes[name]) if name in axes else array


def make(name, directory):
    sizes, optional, scale, attributes = CASES[name]
    op = name.split("_")[0].upper()
    random = np.random.RandomState(zlib.crc32(name.encode()))
    for tries in range(1, 1000):
        inputs = draw(random, op, sizes, optional.split(), scale, attributes)
        outputs, functions = evaluate(op, attributes, inputs)
        if all(f.shows() for f in functions):
            break
    else:
        raise ValueError(f"{name}: no draw shows the options at work")
    tensors = {**inputs, **outputs}
    if attributes.get("layout"):
        tensors = {key: batch_first(key, value) for key, value in tensors.items()}
    attributes = {"hidden_size": sizes[3], **attributes}
    metadata = {"op": op, "opset": "14", "hidden": str(sizes[3]),
                **{key: text(value) for key, value in attributes.items()}}
    path = directory / f"{name}.safetensors"
    write_safetensors(path, tensors, metadata)
    shown = " ".join(f"{f.name} {f.clipped / f.values:.2f} {f.lower / f.values:.2f}"
                     for f in functions)
    print(f"{path.stat().st_size:8d}  {path.name}: draw {tries}, largest "
          f"{max(np.max(np.abs(v)) for v in outputs.values()):.3g}, clipped and lower: {shown}")
    return path.stat().st_size


def main():
    default = pathlib.Path(__file__).resolve().parents[1] / "resources/io/kioku/goldens/onnx/options"
    directory = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default
    directory.mkdir(parents=True, exist_ok=True)
    for old in directory.glob("*.safetensors"):
        old.unlink()
    total = sum(make(name, directory) for name in CASES)
    print(f"{total:8d}  bytes in {len(CASES)} cases")


if __name__ == "__main__":
    main()
