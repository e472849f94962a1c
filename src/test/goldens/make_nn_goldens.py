#!/usr/bin/python3
"""Makes the golden files of src/test/resources/io/kioku/goldens/nn with NumPy and PyTorch.

Usage, with Debian's python3-torch:

    /usr/bin/python3 src/test/goldens/make_nn_goldens.py [directory]

Weights and inputs are rounded to float32 first; then everything is computed in float64, and only the
results are rounded again. Integers and masks are stored as floats. All random numbers come from
NumPy's RandomState, whose streams are frozen: a rerun gives the same bytes.
"""

import itertools
import pathlib
import sys
import zlib

import numpy as np
import torch

from make_pytorch_goldens import float32, sigmoid, write_safetensors

DIRECTORY = pathlib.Path(__file__).resolve().parents[1] / "resources/io/kioku/goldens/nn"


def random_of(name):
    return np.random.RandomState(zlib.crc32(name.encode()))


def draw(random, *shape, scale=1.0):
    return float32(scale * random.standard_normal(shape))


def write(directory, name, tensors, **metadata):
    arrays = {key: np.asarray(value, dtype=np.float64) for key, value in tensors.items()}
    assert all(np.isfinite(array).all() for array in arrays.values()), name
    write_safetensors(directory / (name + ".safetensors"), arrays,
                      {key: str(value) for key, value in metadata.items()})


# --- attention ---------------------------------------------------------------------------------


def attention_weights(random, kind, Q, H, A, bias=False):
    """The tensors of io.kioku.nn.Attention.Kind."""
    shapes = {"additive": {"query.weight": (A, Q), "key.weight": (A, H), "score.weight": (1, A)},
              "concat": {"projection.weight": (A, Q + H), "score.weight": (1, A)},
              "general": {"key.weight": (Q, H)}, "dot": {}}[kind]
    if bias and kind == "additive":
        shapes.update({"query.bias": (A,), "key.bias": (A,)})
    if bias and kind == "concat":
        shapes.update({"projection.bias": (A,)})
    return {name: draw(random, *shape) for name, shape in shapes.items()}


def attention_scores(kind, weights, query, memory):
    """query (N, K, Q), memory (S, N, H) -> (N, K, S), each formula as its paper has it."""
    w = {name: torch.from_numpy(value) for name, value in weights.items()}
    s, h = torch.from_numpy(query), torch.from_numpy(memory)
    none = torch.zeros(1, dtype=torch.float64)
    if kind == "dot":
        return torch.einsum("nkq,snq->nks", s, h)
    if kind == "general":
        return torch.einsum("nkq,qh,snh->nks", s, w["key.weight"], h)
    if kind == "additive":
        q = torch.einsum("aq,nkq->nka", w["query.weight"], s) + w.get("query.bias", none)
        k = torch.einsum("ah,snh->nsa", w["key.weight"], h) + w.get("key.bias", none)
        inner = torch.tanh(q[:, :, None] + k[:, None])
    else:
        N, K, S = s.shape[0], s.shape[1], h.shape[0]
        both = torch.cat([s[:, :, None].expand(N, K, S, -1),
                          h.permute(1, 0, 2)[:, None].expand(N, K, S, -1)], dim=3)
        inner = torch.tanh(both @ w["projection.weight"].T + w.get("projection.bias", none))
    return torch.einsum("a,nksa->nks", w["score.weight"][0], inner)


def attend(kind, weights, query, memory, mask):
    """Returns weights (N, K, S) and contexts (N, K, H); mask (N, S) is true where open."""
    scores = attention_scores(kind, weights, query, memory)
    closed = ~torch.from_numpy(np.asarray(mask, dtype=bool))
    a = torch.softmax(scores.masked_fill(closed[:, None], -torch.inf), dim=2)
    return a.numpy(), torch.einsum("nks,snh->nkh", a, torch.from_numpy(memory)).numpy()


def attention_case(directory, name, kind, N, S, K, Q, H, A=6, bias=False):
    random = random_of(name)
    weights = attention_weights(random, kind, Q, H, A, bias)
    memory, query = draw(random, S, N, H), draw(random, N, K, Q)
    mask = random.uniform(size=(N, S)) < 0.6
    mask[:, random.randint(S)] = True
    a, context = attend(kind, weights, query, memory, mask)
    write(directory, name, {**{"w." + key: value for key, value in weights.items()},
                            "memory": memory, "query": query, "mask": mask, "a": a,
                            "context": context}, kind=kind.upper(), N=N, S=S, K=K, Q=Q, H=H)


def attention_cases(directory):
    for kind in ["additive", "dot", "general", "concat"]:
        attention_case(directory, f"attention_{kind}", kind, N=3, S=5, K=2,
                       Q=4 if kind == "dot" else 3, H=4)
    attention_case(directory, "attention_additive_bias", "additive", N=2, S=17, K=3, Q=9, H=5,
                   A=33, bias=True)
    attention_case(directory, "attention_concat_bias", "concat", N=2, S=1, K=1, Q=2, H=3, bias=True)


def main():
    directory = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else DIRECTORY
    directory.mkdir(parents=True, exist_ok=True)
    for old in directory.glob("*.safetensors"):
        old.unlink()
    torch.set_num_threads(1)
    attention_cases(directory)
    paths = sorted(directory.glob("*.safetensors"))
    for path in paths:
        print(f"{path.stat().st_size:8d}  {path.name}")
    print(f"{sum(path.stat().st_size for path in paths):8d}  bytes in {len(paths)} cases")


if __name__ == "__main__":
    main()
