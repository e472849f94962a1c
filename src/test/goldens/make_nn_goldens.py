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


# --- encoder-decoder ---------------------------------------------------------------------------

START, END = 0, 1


def recurrent_weights(random, cell, I, H, layers=1, directions=1, scale=1.0, projection=0):
    """PyTorch's names and shapes."""
    gates, weights, output = {"LSTM": 4, "GRU": 3}[cell], {}, projection or H
    for layer in range(layers):
        for suffix in ["", "_reverse"][:directions]:
            width = I if layer == 0 else directions * output
            shapes = {"weight_ih": (gates * H, width), "weight_hh": (gates * H, output),
                      "bias_ih": (gates * H,), "bias_hh": (gates * H,)}
            if projection:
                shapes["weight_hr"] = (projection, H)
            for name, shape in shapes.items():
                weights[f"{name}_l{layer}{suffix}"] = draw(random, *shape, scale=scale)
    return weights


def recurrent(weights, prefix, cell, H, layers=1, bidirectional=False):
    """A PyTorch module in float64 with the tensors under a prefix."""
    own = {name[len(prefix):]: torch.from_numpy(value) for name, value in weights.items()
           if name.startswith(prefix)}
    options = {"proj_size": own["weight_hr_l0"].shape[0]} if "weight_hr_l0" in own else {}
    module = getattr(torch.nn, cell)(own["weight_ih_l0"].shape[1], H, layers,
                                     bidirectional=bidirectional, **options).double()
    module.load_state_dict(own)
    return module


def affine(weights, name, x):
    """nn.Linear without its module: x (..., in) -> (..., out)."""
    return x @ weights[name + ".weight"].T + weights.get(name + ".bias", 0)


class EncoderDecoder:
    """One source at a time, without padding, masks or batches."""

    def __init__(self, weights, cell, kind, feeding, H_e, H, layers, bidirectional):
        self.w, self.kind, self.feeding, self.H = weights, kind, feeding, H
        self.encoder = recurrent(weights, "encoder.", cell, H_e, layers, bidirectional)
        self.decoder = recurrent(weights, "decoder.", cell, H, layers)
        self.layers = layers
        self.attention = {name[len("attention."):]: value for name, value in weights.items()
                          if name.startswith("attention.")}

    def begin(self, x):
        """x (S, I); returns the state that is a tuple of (states, s, a)."""
        with torch.no_grad():
            memory, final = self.encoder(torch.from_numpy(x)[:, None])
        finals = final if isinstance(final, tuple) else (final,)
        # (layers * D, 1, H_e) -> (layers, 1, D * H_e), directions side by side
        finals = [f.reshape(self.layers, -1, f.shape[2]).reshape(self.layers, 1, -1).numpy()
                  for f in finals]
        if "bridge.weight" in self.w:
            h = np.tanh(affine(self.w, "bridge", finals[0][-1, 0])).reshape(self.layers, 1, self.H)
            finals = [h] + [np.zeros_like(h) for _ in finals[1:]]
        self.memory = memory.numpy()
        joined = self.memory.shape[2] + finals[0].shape[2]
        size = self.w["combine.weight"].shape[0] if "combine.weight" in self.w else joined
        return finals, finals[0][-1, 0], np.zeros(size)

    def attend(self, s):
        subset = self.attention
        mask = np.ones((1, self.memory.shape[0]))
        return attend(self.kind, subset, s[None, None], self.memory, mask)[1][0, 0]

    def step(self, state, symbol):
        """Returns log-probabilities (V,) and the next state."""
        finals, s, a = state
        e = self.w["target.weight"][symbol]
        if self.feeding == "CONTEXT":
            c = self.attend(s)
            e = np.concatenate([e, c])
        if self.feeding == "ATTENTIONAL":
            e = np.concatenate([e, a])
        states = tuple(torch.from_numpy(f) for f in finals)
        with torch.no_grad():
            y, final = self.decoder(torch.from_numpy(e)[None, None],
                                    states if len(states) == 2 else states[0])
        finals = [f.numpy() for f in (final if isinstance(final, tuple) else (final,))]
        s = y.numpy()[0, 0]
        if self.feeding != "CONTEXT":
            c = self.attend(s)
        a = np.concatenate([c, s])
        if "combine.weight" in self.w:
            a = np.tanh(affine(self.w, "combine", a))
        logits = torch.from_numpy(affine(self.w, "head", a))
        return torch.log_softmax(logits, dim=0).numpy(), (finals, s, a)


def normalised(logp, length, alpha):
    return logp / ((5 + length) ** alpha / (5 + 1) ** alpha)


def hypothesis(symbols, logp, alpha):
    """(score, log-probability, symbols without the end, complete); symbols has all that was written."""
    complete = symbols[-1] == END
    return normalised(logp, len(symbols), alpha), logp, symbols[:len(symbols) - complete], complete


def enumerate_all(model, state, most, alpha, symbols=(), logp=0.0):
    """Every sequence there is."""
    logs, state = model.step(state, symbols[-1] if symbols else START)
    found = []
    for symbol, log in enumerate(logs):
        longer = (*symbols, symbol)
        if symbol == END or len(longer) == most:
            found.append(hypothesis(longer, logp + log, alpha))
        else:
            found += enumerate_all(model, state, most, alpha, longer, logp + log)
    return found


def beam_search(model, state, most, alpha, width):
    """Returns the ended hypotheses, and the smallest gap that a choice rested on."""
    alive, ended, gap = [((), 0.0, state)], [], np.inf
    for length in range(1, most + 1):
        candidates = []
        for symbols, logp, state in alive:
            logs, after = model.step(state, symbols[-1] if symbols else START)
            candidates += [((*symbols, k), logp + log, after) for k, log in enumerate(logs)]
        candidates.sort(key=lambda c: -c[1])
        room = width - len(ended)
        for a, b in zip(candidates[:room], candidates[1:]):
            gap = min(gap, a[1] - b[1])
        alive = []
        for symbols, logp, after in candidates[:room]:
            if symbols[-1] == END or length == most:
                ended.append(hypothesis(symbols, logp, alpha))
            else:
                alive.append((symbols, logp, after))
        if not alive:
            break
    return ended, gap


def greedy(model, state, most, alpha):
    """Always the most likely symbol."""
    symbols, logp = [], 0.0
    while len(symbols) < most and END not in symbols:
        logs, state = model.step(state, symbols[-1] if symbols else START)
        symbols.append(int(np.argmax(logs)))
        logp += logs[symbols[-1]]
    return hypothesis(tuple(symbols), logp, alpha)


def pack(results, count, most):
    """Ranked hypotheses of each source as arrays; -1 behind the end of one."""
    ranked = [sorted(found, key=lambda h: -h[0])[:count] for found in results]
    gap = min(a[0] - b[0] for found in ranked for a, b in zip(found, found[1:])) if count > 1 else 1
    symbols = np.full((len(results), count, most), -1)
    for n, found in enumerate(ranked):
        for k, (_, _, written, _) in enumerate(found):
            symbols[n, k, :len(written)] = written
    arrays = {"symbols": symbols}
    for i, name in enumerate(["score", "log", None, "complete"]):
        if name:
            arrays[name] = [[h[i] for h in found] for found in ranked]
    return arrays, gap


def encoder_decoder_case(directory, name, cell, kind, feeding, V, H_e, H, layers, bidirectional,
                         lengths, most, alpha, combine=None, bridge=False, symbols=None, I=3, E=3,
                         projections=(0, 0)):
    """Draws weights until results are worth testing: no choice is close, greedy is not the best."""
    M, N = (projections[0] or H_e) * (1 + bidirectional), len(lengths)
    S = projections[1] or H  # what the decoder puts out
    for attempt in itertools.count():
        random = random_of(f"{name}{attempt}")
        fed = {"NONE": 0, "CONTEXT": M, "ATTENTIONAL": combine or M + S}[feeding]
        parts = {
            "encoder.": recurrent_weights(random, cell, I, H_e, layers, 1 + bidirectional,
                                          projection=projections[0]),
            "decoder.": recurrent_weights(random, cell, E + fed, H, layers,
                                          projection=projections[1]),
            "attention.": attention_weights(random, kind, S, M, 5, bias=True),
            "target.": {"weight": draw(random, V, E)},
            "head.": {"weight": draw(random, V, combine or M + S, scale=1.5), "bias": draw(random, V)}}
        if combine:
            parts["combine."] = {"weight": draw(random, combine, M + S)}
        if bridge:
            parts["bridge."] = {"weight": draw(random, layers * H, M), "bias": draw(random, layers * H)}
        if symbols:
            parts["source."] = {"weight": draw(random, symbols, I)}
        weights = {prefix + key: value for prefix, part in parts.items() for key, value in part.items()}
        tensors = {"w." + key: value for key, value in weights.items()}
        tensors["lengths"] = np.array(lengths)
        if symbols:
            sources = random.randint(symbols, size=(N, max(lengths)))
            tensors["sources"] = sources
            x = weights["source.weight"][sources].swapaxes(0, 1)
        else:
            x = tensors["x"] = draw(random, max(lengths), N, I)
        model = EncoderDecoder(weights, cell, kind, feeding, H_e, H, layers, bidirectional)
        runs, gaps, everything = {1: [], 3: []}, [], []
        for n in range(N):
            state = model.begin(x[:lengths[n], n])
            for width, results in runs.items():
                ended, gap = beam_search(model, state, most, alpha, width)
                results.append(ended)
                gaps.append(gap)
            runs[1][-1] = [greedy(model, state, most, alpha)]
            everything.append(enumerate_all(model, state, most, alpha))
            total = sum(np.exp(h[1]) for h in everything[-1])
            np.testing.assert_allclose(total, 1, atol=1e-12)
        for prefix, results, count in [("greedy", runs[1], 1), ("beam", runs[3], 3),
                                       ("all", everything, 12)]:
            arrays, gap = pack(results, count, most)
            gaps.append(gap)
            tensors.update({f"{prefix}.{key}": value for key, value in arrays.items()})
        greedy_lengths = {len(found[0][2]) for found in runs[1]}
        is_best = [max(found)[2] == max(every)[2] for found, every in zip(runs[1], everything)]
        if min(gaps) > 3e-4 and len(greedy_lengths) > 1 and not all(is_best):
            break
    write(directory, name, tensors, cell=cell, kind=kind.upper(), feeding=feeding, I=I, He=H_e, H=H,
          E=E, fed=fed, layers=layers, bidirectional=str(bidirectional).lower(), most=most,
          alpha=alpha, sequences=len(everything[0]), Pe=projections[0], P=projections[1])


def encoder_decoder_cases(directory):
    encoder_decoder_case(directory, "seq2seq_bahdanau", "GRU", "additive", "CONTEXT", V=4, H_e=4, H=5,
                         layers=1, bidirectional=True, lengths=[5, 2, 3], most=4, alpha=0.6,
                         bridge=True, symbols=7)
    encoder_decoder_case(directory, "seq2seq_luong", "LSTM", "general", "ATTENTIONAL", V=5, H_e=5,
                         H=5, layers=2, bidirectional=False, lengths=[3, 6], most=3, alpha=1.0,
                         combine=4)
    encoder_decoder_case(directory, "seq2seq_dot", "LSTM", "dot", "NONE", V=4, H_e=3, H=6, layers=2,
                         bidirectional=True, lengths=[1, 4, 2], most=4, alpha=0.0, symbols=5)
    encoder_decoder_case(directory, "seq2seq_concat", "LSTM", "concat", "CONTEXT", V=4, H_e=4, H=3,
                         layers=2, bidirectional=True, lengths=[4, 4], most=4, alpha=0.6, combine=5,
                         bridge=True)
    encoder_decoder_case(directory, "seq2seq_projection", "LSTM", "general", "ATTENTIONAL", V=4, H_e=4,
                         H=8, layers=1, bidirectional=True, lengths=[4, 3], most=3, alpha=0.6,
                         combine=3, symbols=5, projections=(2, 4))


# --- heads -------------------------------------------------------------------------------------


def head_case(directory):
    random = random_of("head")
    T, N, I, K = 3, 2, 5, 17
    weights = {"weight": draw(random, K, I, scale=2), "bias": draw(random, K)}
    x = draw(random, T, N, I)
    logits = torch.from_numpy(affine({"head." + key: w for key, w in weights.items()}, "head", x))
    write(directory, "head", {**{"w." + key: value for key, value in weights.items()}, "x": x,
                              "p": torch.softmax(logits, dim=2).numpy(),
                              "log": torch.log_softmax(logits, dim=2).numpy()}, N=N, I=I, K=K)


# --- connectionist temporal classification -----------------------------------------------------


def labels_of(alignment, blank):
    joined = [k for k, _ in itertools.groupby(alignment)]
    return tuple(k for k in joined if k != blank)


def ctc_table(logs, blank):
    """Every labelling with the log of the sum over all its alignments; logs (T, K)."""
    table = {}
    for alignment in itertools.product(range(logs.shape[1]), repeat=logs.shape[0]):
        logp = sum(step[k] for step, k in zip(logs, alignment))
        labels = labels_of(alignment, blank)
        table[labels] = np.logaddexp(table.get(labels, -np.inf), logp)
    return table


def check_with_torch(logs, blank, table):
    for labels, logp in table.items():
        loss = torch.nn.functional.ctc_loss(
            torch.from_numpy(logs)[:, None], torch.tensor([labels], dtype=torch.long),
            torch.tensor([len(logs)]), torch.tensor([len(labels)]), blank=blank, reduction="none")
        np.testing.assert_allclose(-loss.item(), logp, rtol=1e-12)


def prefix_beam(logs, blank, width):
    """Prefixes as keys: (log of alignments that end in blank, in a label); and the smallest gap."""
    beam, gap = {(): (0.0, -np.inf)}, np.inf
    for step in logs:
        after = {}

        def come(prefix, b, l):
            old = after.get(prefix, (-np.inf, -np.inf))
            after[prefix] = (np.logaddexp(old[0], b), np.logaddexp(old[1], l))

        for prefix, (b, l) in beam.items():
            for k, log in enumerate(step):
                if k == blank:
                    come(prefix, np.logaddexp(b, l) + log, -np.inf)
                elif prefix and prefix[-1] == k:
                    come(prefix, -np.inf, l + log)
                    come((*prefix, k), -np.inf, b + log)
                else:
                    come((*prefix, k), -np.inf, np.logaddexp(b, l) + log)
        ranked = sorted(after.items(), key=lambda item: -np.logaddexp(*item[1]))
        sums = [np.logaddexp(*item[1]) for item in ranked[:width + 1]]
        gap = min([gap] + [a - b for a, b in zip(sums, sums[1:])])
        beam = dict(ranked[:width])
    return [(np.logaddexp(*both), prefix) for prefix, both in beam.items()], gap


def ctc_case(directory, name, K, blank, lengths, width, scale):
    T, N = max(lengths), len(lengths)
    for attempt in itertools.count():
        random = random_of(f"{name}{attempt}")
        logits = torch.from_numpy(scale * random.standard_normal((T, N, K)))
        logs = float32(torch.log_softmax(logits, dim=2).numpy())
        found, gaps, tables = {"best": [], "beam": [], "all": []}, [], []
        for n, length in enumerate(lengths):
            own = logs[:length, n]
            table = ctc_table(own, blank)
            tables.append((own, table))
            best = own.argmax(axis=1)
            found["best"].append([(own.max(axis=1).sum(), labels_of(best, blank))])
            beam, gap = prefix_beam(own, blank, width)
            found["beam"].append(beam)
            gaps.append(gap)
            found["all"].append(sorted((logp, labels) for labels, logp in table.items())[:-13:-1])
        tensors = {"logs": logs, "lengths": np.array(lengths)}
        for key, ranked in found.items():
            symbols = np.full((N, len(ranked[0]), T), -1)
            for n, each in enumerate(ranked):
                gaps += [a[0] - b[0] for a, b in zip(each, each[1:])]
                for i, (_, labels) in enumerate(each):
                    symbols[n, i, :len(labels)] = labels
            tensors[key + ".labels"] = symbols
            tensors[key + ".log"] = [[logp for logp, _ in each] for each in ranked]
        # the best path's labels, and the narrow beam's sums, are not the exact ones
        is_wrong = [a[0][1] != b[0][1] for a, b in zip(found["best"], found["all"])]
        is_short = [abs(a[0][0] - b[0][0]) > 1e-3 for a, b in zip(found["beam"], found["all"])]
        if min(gaps) > 1e-3 and any(is_wrong) and any(is_short):
            break
    for own, table in tables:
        check_with_torch(own, blank, table)
    write(directory, name, tensors, K=K, N=N, T=T, blank=blank, width=width)


def ctc_cases(directory):
    ctc_case(directory, "ctc_blank_first", K=3, blank=0, lengths=[6, 4, 5], width=3, scale=1.0)
    ctc_case(directory, "ctc_blank_last", K=4, blank=3, lengths=[3, 5], width=4, scale=1.5)
    ctc_case(directory, "ctc_blank_inside", K=3, blank=1, lengths=[8], width=5, scale=0.5)


# --- generative networks: noise is given, not drawn ----------------------------------------------


def torch_stepper(module, layers, N, H):
    """A function from an input (N, I) to the output (N, H) that remembers the state."""
    zeros = torch.zeros(layers, N, H, dtype=torch.float64)
    memory = [(zeros, zeros) if isinstance(module, torch.nn.LSTM) else zeros]

    def step(x):
        with torch.no_grad():
            y, memory[0] = module(torch.from_numpy(x)[None], memory[0])
        return y[0].numpy()

    return step


def perceptron(weights, prefix, x):
    layer = 0
    while f"{prefix}{layer}.weight" in weights:
        x = np.maximum(affine(weights, f"{prefix}{layer}", x), 0)
        layer += 1
    return x


def gaussian(weights, prefix, x):
    x = perceptron(weights, prefix, x)
    mean = affine(weights, prefix + "mean", x)
    log_variance = affine(weights, prefix + "log_variance", x)
    return mean, log_variance, torch.distributions.Normal(
        torch.from_numpy(mean), torch.from_numpy(np.exp(log_variance / 2)))


def gaussian_weights(random, inputs, hidden, size, bias=True):
    weights, sizes = {}, [inputs, *hidden]
    for layer, (columns, rows) in enumerate(zip(sizes, hidden)):
        weights[f"{layer}.weight"] = draw(random, rows, columns, scale=columns ** -0.5)
        weights[f"{layer}.bias"] = draw(random, rows, scale=0.5)
    for name in ["mean", "log_variance"]:
        weights[name + ".weight"] = draw(random, size, sizes[-1], scale=sizes[-1] ** -0.5)
        if bias:
            weights[name + ".bias"] = draw(random, size, scale=0.5)
    return weights


def prefixed(parts):
    return {prefix + key: value for prefix, part in parts.items() for key, value in part.items()}


def divergence(q, p):
    return torch.distributions.kl_divergence(q, p).sum(dim=1).numpy()


def vrnn_case(directory, name, cell, N, T, X, Z, H, layers, phi_x, phi_z, hidden):
    """phi_x, phi_z, hidden: sizes of hidden layers."""
    random = random_of(name)
    x_size, z_size = ([X] + phi_x)[-1], ([Z] + phi_z)[-1]

    def features(size, sizes):
        full = gaussian_weights(random, size, sizes, 1)
        return {key: value for key, value in full.items() if key[0].isdigit()}

    w = prefixed({
        "phi_x.": features(X, phi_x), "phi_z.": features(Z, phi_z),
        "prior.": gaussian_weights(random, H, hidden, Z),
        "encoder.": gaussian_weights(random, x_size + H, hidden, Z),
        "decoder.": gaussian_weights(random, z_size + H, hidden, X, bias=False),
        "rnn.": recurrent_weights(random, cell, x_size + z_size, H, layers, scale=0.5)})
    x = draw(random, T, N, X)
    noise_z, noise_x = draw(random, 2, T, N, Z), draw(random, T, N, X)

    def step(rnn, h, x_t, e_z, e_x):
        """With x: inference; without: generation."""
        p_mean, p_log, p = gaussian(w, "prior.", h)
        if x_t is None:
            mean, log, q = p_mean, p_log, p
        else:
            mean, log, q = gaussian(
                w, "encoder.", np.concatenate([perceptron(w, "phi_x.", x_t), h], axis=1))
        features_z = perceptron(w, "phi_z.", mean + np.exp(log / 2) * e_z)
        x_mean, x_log, out = gaussian(w, "decoder.", np.concatenate([features_z, h], axis=1))
        if x_t is None:
            x_t = x_mean + np.exp(x_log / 2) * e_x
        h = rnn(np.concatenate([perceptron(w, "phi_x.", x_t), features_z], axis=1))
        likelihood = out.log_prob(torch.from_numpy(x_t)).sum(dim=1).numpy()
        return h, x_t, [mean, log, divergence(q, p), x_mean, likelihood]

    rnn, h = torch_stepper(recurrent(w, "rnn.", cell, H, layers), layers, N, H), np.zeros((N, H))
    seen = []
    for t in range(T):
        h, _, parts = step(rnn, h, x[t], noise_z[0, t], None)
        seen.append(parts)
    more = []
    for t in range(T):  # generation goes on from what was seen
        h, x_t, _ = step(rnn, h, None, noise_z[1, t], noise_x[t])
        more.append(x_t)
    infer_noise = noise_z[0].ravel()
    generate_noise = np.concatenate([np.concatenate([z.ravel(), e.ravel()])
                                     for z, e in zip(noise_z[1], noise_x)])
    names = ["mean", "log_variance", "divergence", "output", "log_likelihood"]
    write(directory, name, {**{"w." + key: value for key, value in w.items()}, "x": x,
                            "infer.noise": infer_noise, "generate.noise": generate_noise,
                            **{key: np.stack(part) for key, part in zip(names, zip(*seen))},
                            "generated": np.stack(more)},
          cell=cell, N=N, T=T, X=X, Z=Z, H=H, I=x_size + z_size, layers=layers)


def filters(p, side, B, A):
    """Equations 19 to 26 of the DRAW paper, one number at a time; p is the five parameters."""
    g_x, g_y = (A + 1) / 2 * (p[0] + 1), (B + 1) / 2 * (p[1] + 1)
    variance, gamma = np.exp(p[2]), np.exp(p[4])
    delta = (max(A, B) - 1) / (side - 1) * np.exp(p[3]) if side > 1 else 0.0
    banks = []
    for centre, pixels in [(g_x, A), (g_y, B)]:
        bank = np.zeros((side, pixels))
        for i in range(1, side + 1):
            mu = centre + (i - side / 2 - 0.5) * delta
            for a in range(1, pixels + 1):
                bank[i - 1, a - 1] = np.exp(-(a - mu) ** 2 / (2 * variance))
            bank[i - 1] /= bank[i - 1].sum()
        banks.append(bank)
    return banks[0], banks[1], gamma


def draw_case(directory, name, N, T, B, A, Z, H_enc, H_dec, read=None, write_side=None):
    """read, write_side: sides of the patches; None for no attention."""
    random = random_of(name)
    r = 2 * (read * read if read else A * B)
    out = write_side * write_side if write_side else A * B
    parts = {"encoder.": recurrent_weights(random, "LSTM", r + H_dec, H_enc, scale=0.5),
             "decoder.": recurrent_weights(random, "LSTM", Z, H_dec),
             "latent.": gaussian_weights(random, H_enc, [], Z),
             "write.": {"weight": draw(random, out, H_dec), "bias": draw(random, out)}}
    for side, prefix in [(read, "read_window."), (write_side, "write_window.")]:
        if side:
            parts[prefix] = {"weight": draw(random, 5, H_dec, scale=0.5),
                             "bias": float32([0.1, -0.2, -0.5, -0.7, 0.3])}
    w = prefixed(parts)
    x, noise = float32(random.uniform(size=(N, B, A))), draw(random, 2, T, N, Z)
    standard = torch.distributions.Normal(torch.zeros(N, Z, dtype=torch.float64), 1.0)

    def look(image, h):
        if not read:
            return image.reshape(N, -1)
        rows = []
        for n, p in enumerate(affine(w, "read_window", h)):
            f_x, f_y, gamma = filters(p, read, B, A)
            rows.append((gamma * f_y @ image[n] @ f_x.T).ravel())
        return np.stack(rows)

    def put(h):
        drawn = affine(w, "write", h)
        if not write_side:
            return drawn.reshape(N, B, A)
        images = []
        for n, p in enumerate(affine(w, "write_window", h)):
            f_x, f_y, gamma = filters(p, write_side, B, A)
            images.append(f_y.T @ drawn[n].reshape(write_side, write_side) @ f_x / gamma)
        return np.stack(images)

    def lstms():
        return [torch_stepper(recurrent(w, prefix, "LSTM", H), 1, N, H)
                for prefix, H in [("encoder.", H_enc), ("decoder.", H_dec)]]

    (encode, decode), canvas, h, seen = lstms(), np.zeros((N, B, A)), np.zeros((N, H_dec)), []
    for t in range(T):
        glimpse = np.concatenate([look(x, h), look(x - sigmoid(canvas), h), h], axis=1)
        mean, log, q = gaussian(w, "latent.", encode(glimpse))
        seen.append([mean, log, divergence(q, standard)])
        h = decode(mean + np.exp(log / 2) * noise[0, t])
        canvas = canvas + put(h)
    pixels = torch.distributions.Bernoulli(logits=torch.from_numpy(canvas), validate_args=False)
    likelihood = pixels.log_prob(torch.from_numpy(x)).sum(dim=(1, 2)).numpy()
    (_, decode), drawing = lstms(), np.zeros((N, B, A))
    for t in range(T):
        drawing = drawing + put(decode(noise[1, t]))
    names = ["mean", "log_variance", "divergence"]
    write(directory, name, {**{"w." + key: value for key, value in w.items()}, "x": x,
                            "infer.noise": noise[0].ravel(), "generate.noise": noise[1].ravel(),
                            **{key: np.stack(part) for key, part in zip(names, zip(*seen))},
                            "output": sigmoid(canvas), "log_likelihood": likelihood,
                            "generated": sigmoid(drawing)}, N=N, T=T, A=A, B=B, Z=Z)


def generative_cases(directory):
    vrnn_case(directory, "vrnn_gru", "GRU", N=3, T=4, X=5, Z=2, H=6, layers=1, phi_x=[7], phi_z=[4],
              hidden=[6, 5])
    vrnn_case(directory, "vrnn_lstm", "LSTM", N=1, T=3, X=3, Z=4, H=5, layers=2, phi_x=[], phi_z=[3, 4],
              hidden=[])
    draw_case(directory, "draw_plain", N=2, T=3, B=3, A=4, Z=3, H_enc=5, H_dec=4)
    draw_case(directory, "draw_attention", N=2, T=4, B=7, A=5, Z=3, H_enc=4, H_dec=5, read=3,
              write_side=2)
    draw_case(directory, "draw_pixel", N=1, T=2, B=4, A=4, Z=2, H_enc=3, H_dec=3, read=1)


def main():
    directory = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else DIRECTORY
    directory.mkdir(parents=True, exist_ok=True)
    for old in directory.glob("*.safetensors"):
        old.unlink()
    torch.set_num_threads(1)
    attention_cases(directory)
    encoder_decoder_cases(directory)
    head_case(directory)
    ctc_cases(directory)
    generative_cases(directory)
    paths = sorted(directory.glob("*.safetensors"))
    for path in paths:
        print(f"{path.stat().st_size:8d}  {path.name}")
    print(f"{sum(path.stat().st_size for path in paths):8d}  bytes in {len(paths)} cases")


if __name__ == "__main__":
    main()
