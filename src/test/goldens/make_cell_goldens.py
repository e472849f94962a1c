#!/usr/bin/python3
"""Makes the golden files of src/test/resources/io/kioku/goldens/cells, from the papers' equations.

Usage, with Debian's python3-numpy:

    /usr/bin/python3 src/test/goldens/make_cell_goldens.py [directory]

These are cells that no framework at hand computes, so NumPy does: one function below is one step of
one cell. They were written from the equations alone, not from Kioku's own code.

Each file is one case: the parameters, x, y, for every state <name> of the cell <name>_n and, where
the case has given initial states, <name>_0 (else they are zero), and strings that describe the layer.
A parameter is called as in the equation, plus _l0, _l1, ... for the layer, plus _reverse for the
backward direction. Matrices are (rows, columns). x is (T, N, I), y is (T, N, directions * output
size), states are (layers * directions, N, size). A layer reads the outputs of the layer below, both
directions concatenated.
Names of files end in what is special: bi(directional), h0 (given initial states), clock3 and clocks
(initial clocks of a clockwork network), garbage (numbers where no number must be read), scaled (inputs
of an exponential so large that float32 needs the stabiliser).

The output of each cell is its state h; where the equations do not read the previous h (SRU, QRNN,
GRID_LSTM), h_0 is there all the same, and must not matter. No more must m_0 of GRID_LSTM.

Weights and inputs are rounded to float32 first, so that whoever tests against the files starts from
the same numbers; then everything is computed in float64, and only the results are rounded again.
All random numbers come from NumPy's RandomState, whose streams are frozen: a rerun gives the same
bytes.

In the functions, x is (N, I), states are (N, size), w has the parameters; the result is the new
states. A cell with an argument `below` gets the new states of the layer below, at the same step and in
the same direction, or zeros in the lowest layer.
"""

import inspect
import json
import pathlib
import struct
import sys
import zlib

import numpy as np


def sigmoid(v):
    return 1 / (1 + np.exp(-v))


def affine(w, k, x, h):
    """W_k x + R_k h + b_k, for each stream."""
    return x @ w[f"W_{k}"].T + h @ w[f"R_{k}"].T + w[f"b_{k}"]


# --- LSTMs ---------------------------------------------------------------------------------------


def lstm_peephole(w, x, h, c):
    """Gers, Schmidhuber 2000: Recurrent nets that time and count."""
    i = sigmoid(affine(w, "i", x, h) + w["p_i"] * c)
    f = sigmoid(affine(w, "f", x, h) + w["p_f"] * c)
    g = np.tanh(affine(w, "g", x, h))
    c_new = f * c + i * g
    o = sigmoid(affine(w, "o", x, h) + w["p_o"] * c_new)
    return dict(h=o * np.tanh(c_new), c=c_new)


def cifg(w, x, h, c):
    """Coupled input and forget gate. Greff et al. 2015: LSTM: A Search Space Odyssey."""
    f = sigmoid(affine(w, "f", x, h))
    g = np.tanh(affine(w, "g", x, h))
    o = sigmoid(affine(w, "o", x, h))
    c_new = f * c + (1 - f) * g
    return dict(h=o * np.tanh(c_new), c=c_new)


def cifg_peephole(w, x, h, c):
    """Greff et al. 2015, with the peepholes that the paper's variant has."""
    f = sigmoid(affine(w, "f", x, h) + w["p_f"] * c)
    g = np.tanh(affine(w, "g", x, h))
    c_new = f * c + (1 - f) * g
    o = sigmoid(affine(w, "o", x, h) + w["p_o"] * c_new)
    return dict(h=o * np.tanh(c_new), c=c_new)


def lstmp(w, x, h, c):
    """Sak, Senior, Beaufays 2014: Long Short-Term Memory Based Recurrent Neural Network Architectures
    for Large Vocabulary Speech Recognition; without its peepholes."""
    i = sigmoid(affine(w, "i", x, h))
    f = sigmoid(affine(w, "f", x, h))
    g = np.tanh(affine(w, "g", x, h))
    o = sigmoid(affine(w, "o", x, h))
    c_new = f * c + i * g
    m = o * np.tanh(c_new)
    return dict(h=m @ w["P_h"].T, c=c_new)


def lstmp_peephole(w, x, h, c):
    """Sak, Senior, Beaufays 2014."""
    i = sigmoid(affine(w, "i", x, h) + w["p_i"] * c)
    f = sigmoid(affine(w, "f", x, h) + w["p_f"] * c)
    g = np.tanh(affine(w, "g", x, h))
    c_new = f * c + i * g
    o = sigmoid(affine(w, "o", x, h) + w["p_o"] * c_new)
    m = o * np.tanh(c_new)
    return dict(h=m @ w["P_h"].T, c=c_new)


def dglstm(w, x, below, h, c):
    """Yao et al. 2015: Depth-Gated LSTM (arXiv:1508.03790)."""
    i = sigmoid(affine(w, "i", x, h) + w["p_i"] * c)
    f = sigmoid(affine(w, "f", x, h) + w["p_f"] * c)
    d = sigmoid(x @ w["W_d"].T + w["p_d"] * c + w["l_d"] * below["c"] + w["b_d"])
    g = np.tanh(affine(w, "g", x, h))
    c_new = d * below["c"] + f * c + i * g
    o = sigmoid(affine(w, "o", x, h) + w["p_o"] * c_new)
    return dict(h=o * np.tanh(c_new), c=c_new)


def grid_lstm(w, x, below, h, s, c, m):
    """Kalchbrenner, Danihelka, Graves 2015: Grid Long Short-Term Memory (arXiv:1507.01526); the
    dimensions are time (s hidden, c memory) and depth (h hidden, m memory)."""
    i = sigmoid(affine(w, "i", x, s))
    f = sigmoid(affine(w, "f", x, s))
    o = sigmoid(affine(w, "o", x, s))
    g = np.tanh(affine(w, "g", x, s))
    c_new = f * c + i * g
    s_new = np.tanh(o * c_new)
    u = sigmoid(affine(w, "u", x, s))
    v = sigmoid(affine(w, "v", x, s))
    q = sigmoid(affine(w, "q", x, s))
    k = np.tanh(affine(w, "k", x, s))
    m_new = v * below["m"] + u * k
    h_new = np.tanh(q * m_new)
    return dict(h=h_new, s=s_new, c=c_new, m=m_new)


def grid_lstm_tied(w, x, below, h, s, c, m):
    """Kalchbrenner, Danihelka, Graves 2015; both dimensions share their weights."""
    i = sigmoid(affine(w, "i", x, s))
    f = sigmoid(affine(w, "f", x, s))
    o = sigmoid(affine(w, "o", x, s))
    g = np.tanh(affine(w, "g", x, s))
    c_new = f * c + i * g
    m_new = f * below["m"] + i * g
    return dict(h=np.tanh(o * m_new), s=np.tanh(o * c_new), c=c_new, m=m_new)


def normalise(v):
    mean = v.mean(axis=-1, keepdims=True)
    return (v - mean) / np.sqrt(v.var(axis=-1, keepdims=True) + 1e-5)


def layer_norm_lstm(w, x, h, c):
    """Ba, Kiros, Hinton 2016: Layer Normalization (arXiv:1607.06450). Each product is normalised over
    the stack of all four gates."""
    from_h = normalise(np.concatenate([h @ w[f"R_{k}"].T for k in "ifgo"], axis=1))
    from_x = normalise(np.concatenate([x @ w[f"W_{k}"].T for k in "ifgo"], axis=1))
    i, f, g, o = [w[f"a_{k}"] * r + w[f"e_{k}"] * l + w[f"b_{k}"] for k, r, l in zip(
        "ifgo", np.split(from_h, 4, axis=1), np.split(from_x, 4, axis=1))]
    c_new = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    h_new = sigmoid(o) * np.tanh(w["a_c"] * normalise(c_new) + w["b_c"])
    return dict(h=h_new, c=c_new)


def nig(w, x, h, c):
    """No input gate. Greff et al. 2015."""
    f = sigmoid(affine(w, "f", x, h) + w["p_f"] * c)
    g = np.tanh(affine(w, "g", x, h))
    c_new = f * c + g
    o = sigmoid(affine(w, "o", x, h) + w["p_o"] * c_new)
    return dict(h=o * np.tanh(c_new), c=c_new)


def nfg(w, x, h, c):
    """No forget gate. Greff et al. 2015."""
    i = sigmoid(affine(w, "i", x, h) + w["p_i"] * c)
    g = np.tanh(affine(w, "g", x, h))
    c_new = c + i * g
    o = sigmoid(affine(w, "o", x, h) + w["p_o"] * c_new)
    return dict(h=o * np.tanh(c_new), c=c_new)


def nog(w, x, h, c):
    """No output gate. Greff et al. 2015."""
    i = sigmoid(affine(w, "i", x, h) + w["p_i"] * c)
    f = sigmoid(affine(w, "f", x, h) + w["p_f"] * c)
    g = np.tanh(affine(w, "g", x, h))
    c_new = f * c + i * g
    return dict(h=np.tanh(c_new), c=c_new)


def niaf(w, x, h, c):
    """No input activation function. Greff et al. 2015."""
    i = sigmoid(affine(w, "i", x, h) + w["p_i"] * c)
    f = sigmoid(affine(w, "f", x, h) + w["p_f"] * c)
    g = affine(w, "g", x, h)
    c_new = f * c + i * g
    o = sigmoid(affine(w, "o", x, h) + w["p_o"] * c_new)
    return dict(h=o * np.tanh(c_new), c=c_new)


def noaf(w, x, h, c):
    """No output activation function. Greff et al. 2015."""
    i = sigmoid(affine(w, "i", x, h) + w["p_i"] * c)
    f = sigmoid(affine(w, "f", x, h) + w["p_f"] * c)
    g = np.tanh(affine(w, "g", x, h))
    c_new = f * c + i * g
    o = sigmoid(affine(w, "o", x, h) + w["p_o"] * c_new)
    return dict(h=o * c_new, c=c_new)


def fgr(w, x, h, c, i, f, o):
    """Full gate recurrence. Greff et al. 2015."""
    def gates(k):
        return i @ w[f"A_{k}"].T + f @ w[f"B_{k}"].T + o @ w[f"C_{k}"].T
    i_new = sigmoid(affine(w, "i", x, h) + w["p_i"] * c + gates("i"))
    f_new = sigmoid(affine(w, "f", x, h) + w["p_f"] * c + gates("f"))
    g = np.tanh(affine(w, "g", x, h))
    c_new = f_new * c + i_new * g
    o_new = sigmoid(affine(w, "o", x, h) + w["p_o"] * c_new + gates("o"))
    return dict(h=o_new * np.tanh(c_new), c=c_new, i=i_new, f=f_new, o=o_new)


def stabilised_slstm(w, x, h, c, n, m, log_forget):
    z = np.tanh(affine(w, "z", x, h))
    o = sigmoid(affine(w, "o", x, h))
    log_input = affine(w, "i", x, h)
    m_new = np.maximum(log_forget + m, log_input)
    i = np.exp(log_input - m_new)
    f = np.exp(log_forget + m - m_new)
    c_new = f * c + i * z
    n_new = f * n + i
    return dict(h=o * c_new / n_new, c=c_new, n=n_new, m=m_new)


def slstm(w, x, h, c, n, m):
    """Beck et al. 2024: xLSTM: Extended Long Short-Term Memory (arXiv:2405.04517); the forget gate is
    a sigmoid."""
    log_forget = np.log(sigmoid(affine(w, "f", x, h)))
    return stabilised_slstm(w, x, h, c, n, m, log_forget)


def slstm_exp_forget(w, x, h, c, n, m):
    """Beck et al. 2024; the forget gate is an exponential."""
    log_forget = affine(w, "f", x, h)
    return stabilised_slstm(w, x, h, c, n, m, log_forget)


def phased_lstm(w, x, h, c):
    """Neil, Pfeiffer, Liu 2016: Phased LSTM (arXiv:1610.09513), with the leak of 0.001 that the paper
    learns with. The last column of x is the time."""
    x, t = x[:, :-1], x[:, -1:]
    i = sigmoid(affine(w, "i", x, h) + w["p_i"] * c)
    f = sigmoid(affine(w, "f", x, h) + w["p_f"] * c)
    c_proposed = f * c + i * np.tanh(affine(w, "g", x, h))
    o = sigmoid(affine(w, "o", x, h) + w["p_o"] * c_proposed)
    h_proposed = o * np.tanh(c_proposed)
    tau, r_on = w["tau_k"], w["r_on"]
    phi = np.mod(t - w["s_k"], tau) / tau
    k = np.where(phi < r_on / 2, 2 * phi / r_on, np.where(phi < r_on, 2 - 2 * phi / r_on, 0.001 * phi))
    return dict(h=k * h_proposed + (1 - k) * h, c=k * c_proposed + (1 - k) * c)


def nas(w, x, h, c):
    """Zoph, Le 2016: Neural Architecture Search with Reinforcement Learning (arXiv:1611.01578), the
    cell of its figure 8 with the numbers of TensorFlow's NASCell."""
    from_x = [x @ w[f"W_{k}"].T for k in range(8)]
    from_h = [h @ w[f"R_{k}"].T + w[f"b_{k}"] for k in range(8)]
    total = [a + b for a, b in zip(from_x, from_h)]
    left = np.tanh(sigmoid(total[0]) * np.maximum(total[1], 0))
    middle = np.tanh(sigmoid(total[2]) + np.maximum(from_x[3] * from_h[3], 0))
    right = np.tanh(np.tanh(total[4]) * sigmoid(total[5])) + sigmoid(np.tanh(total[6]) + sigmoid(total[7]))
    c_new = np.tanh(left + c) * middle
    return dict(h=np.tanh(c_new * np.tanh(right)), c=c_new)


# --- GRUs ----------------------------------------------------------------------------------------


def mgu(w, x, h):
    """Zhou et al. 2016: Minimal Gated Unit for Recurrent Neural Networks (arXiv:1603.09420)."""
    f = sigmoid(affine(w, "f", x, h))
    n = np.tanh(affine(w, "n", x, f * h))
    return dict(h=(1 - f) * h + f * n)


def gru_relu(w, x, h):
    """Cho et al. 2014 with a rectified candidate, the reset gate behind the product."""
    r = sigmoid(affine(w, "r", x, h))
    z = sigmoid(affine(w, "z", x, h))
    n = np.maximum(x @ w["W_n"].T + w["b_n"] + r * (h @ w["R_n"].T + w["d_n"]), 0)
    return dict(h=(1 - z) * n + z * h)


def gru_relu_reset_before(w, x, h):
    """Valin 2018: A Hybrid DSP/Deep Learning Approach to Real-Time Full-Band Speech Enhancement
    (arXiv:1709.08243)."""
    r = sigmoid(affine(w, "r", x, h))
    z = sigmoid(affine(w, "z", x, h))
    n = np.maximum(affine(w, "n", x, r * h), 0)
    return dict(h=z * h + (1 - z) * n)


def ugrnn(w, x, h):
    """Collins, Sohl-Dickstein, Sussillo 2016: Capacity and Trainability in Recurrent Neural Networks
    (arXiv:1611.09913)."""
    g = sigmoid(affine(w, "g", x, h))
    return dict(h=g * h + (1 - g) * np.tanh(affine(w, "n", x, h)))


def augru(w, x, h):
    """Zhou et al. 2019: Deep Interest Evolution Network for Click-Through Rate Prediction
    (arXiv:1809.03672), as the paper has it. The last column of x is the attention score."""
    x, a = x[:, :-1], x[:, -1:]
    r = sigmoid(affine(w, "r", x, h))
    u = sigmoid(affine(w, "u", x, h))
    n = np.tanh(x @ w["W_n"].T + r * (h @ w["R_n"].T) + w["b_n"])
    v = a * u
    return dict(h=(1 - v) * h + v * n)


def augru_reset_before(w, x, h):
    """Zhou et al. 2019, as the authors' published code and oneDNN's AUGRU have it."""
    x, a = x[:, :-1], x[:, -1:]
    r = sigmoid(affine(w, "r", x, h))
    u = sigmoid(affine(w, "u", x, h))
    n = np.tanh(affine(w, "n", x, r * h))
    v = (1 - a) * u
    return dict(h=v * h + (1 - v) * n)


def augru_reset_after(w, x, h):
    """Zhou et al. 2019, as oneDNN's linear-before-reset AUGRU has it."""
    x, a = x[:, :-1], x[:, -1:]
    r = sigmoid(affine(w, "r", x, h))
    u = sigmoid(affine(w, "u", x, h))
    n = np.tanh(x @ w["W_n"].T + w["b_n"] + r * (h @ w["R_n"].T + w["d_n"]))
    v = (1 - a) * u
    return dict(h=v * h + (1 - v) * n)


def mut1(w, x, h):
    """Jozefowicz, Zaremba, Sutskever 2015: An Empirical Exploration of Recurrent Network
    Architectures."""
    z = sigmoid(x @ w["W_z"].T + w["b_z"])
    r = sigmoid(affine(w, "r", x, h))
    n = np.tanh((r * h) @ w["R_h"].T + np.tanh(x) + w["b_h"])
    return dict(h=n * z + h * (1 - z))


def mut2(w, x, h):
    """Jozefowicz, Zaremba, Sutskever 2015."""
    z = sigmoid(affine(w, "z", x, h))
    r = sigmoid(x + h @ w["R_r"].T + w["b_r"])
    n = np.tanh(affine(w, "h", x, r * h))
    return dict(h=n * z + h * (1 - z))


def mut3(w, x, h):
    """Jozefowicz, Zaremba, Sutskever 2015."""
    z = sigmoid(affine(w, "z", x, np.tanh(h)))
    r = sigmoid(affine(w, "r", x, h))
    n = np.tanh(affine(w, "h", x, r * h))
    return dict(h=n * z + h * (1 - z))


# --- Others --------------------------------------------------------------------------------------


def clockwork(w, x, h, clock):
    """Koutnik et al. 2014: A Clockwork RNN (arXiv:1402.3511), four modules of periods 1, 2, 4, 8. The
    clock is the number of steps done, modulo 8."""
    H = h.shape[1]
    module = np.arange(H) // (H // 4)
    period = 2 ** module
    reads = module[:, np.newaxis] <= module[np.newaxis, :]  # itself and slower ones
    moved = np.tanh(x @ w["W_h"].T + h @ np.where(reads, w["R_h"], 0).T + w["b_h"])
    return dict(h=np.where(clock % period == 0, moved, h), clock=(clock + 1) % 8)


def sru(w, x, h, c):
    """Lei et al. 2018: Simple Recurrent Units for Highly Parallelizable Recurrence
    (arXiv:1709.02755)."""
    f = sigmoid(x @ w["W_f"].T + w["v_f"] * c + w["b_f"])
    r = sigmoid(x @ w["W_r"].T + w["v_r"] * c + w["b_r"])
    c_new = f * c + (1 - f) * (x @ w["W_c"].T)
    return dict(h=r * c_new + (1 - r) * x, c=c_new)


def qrnn(w, x, h, c, p):
    """Bradbury et al. 2016: Quasi-Recurrent Neural Networks (arXiv:1611.01576), window 2, fo-pooling.
    p is the step before's x."""
    z = np.tanh(x @ w["W_z"].T + p @ w["V_z"].T + w["b_z"])
    f = sigmoid(x @ w["W_f"].T + p @ w["V_f"].T + w["b_f"])
    o = sigmoid(x @ w["W_o"].T + p @ w["V_o"].T + w["b_o"])
    c_new = f * c + (1 - f) * z
    return dict(h=o * c_new, c=c_new, p=x)


def indrnn(w, x, h):
    """Li et al. 2018: Independently Recurrent Neural Network (IndRNN) (arXiv:1803.04831)."""
    return dict(h=np.maximum(x @ w["W_h"].T + w["u_h"] * h + w["b_h"], 0))


# --- Cases ---------------------------------------------------------------------------------------

LSTM = "W_i R_i b_i W_f R_f b_f W_g R_g b_g W_o R_o b_o"
PEEPHOLES = " p_i p_f p_o"
FORGET, INPUT, CANDIDATE, OUTPUT = "W_f R_f b_f", "W_i R_i b_i", "W_g R_g b_g", "W_o R_o b_o"
GRU = "W_r R_r b_r W_u R_u b_u W_n R_n b_n"

# Per cell: the step and the names of parameters, whose first letter tells the shape.
CELLS = {
    "LSTM_PEEPHOLE": (lstm_peephole, LSTM + PEEPHOLES),
    "CIFG": (cifg, f"{FORGET} {CANDIDATE} {OUTPUT}"),
    "CIFG_PEEPHOLE": (cifg_peephole, f"{FORGET} {CANDIDATE} {OUTPUT} p_f p_o"),
    "LSTMP": (lstmp, LSTM + " P_h"),
    "LSTMP_PEEPHOLE": (lstmp_peephole, LSTM + PEEPHOLES + " P_h"),
    "DGLSTM": (dglstm, LSTM + PEEPHOLES + " W_d p_d l_d b_d"),
    "GRID_LSTM": (grid_lstm, LSTM + " W_u R_u b_u W_v R_v b_v W_q R_q b_q W_k R_k b_k"),
    "GRID_LSTM_TIED": (grid_lstm_tied, LSTM),
    "LAYER_NORM_LSTM": (layer_norm_lstm,
                        LSTM + " a_i a_f a_g a_o e_i e_f e_g e_o a_c b_c"),
    "NIG": (nig, f"{FORGET} {CANDIDATE} {OUTPUT} p_f p_o"),
    "NFG": (nfg, f"{INPUT} {CANDIDATE} {OUTPUT} p_i p_o"),
    "NOG": (nog, f"{INPUT} {FORGET} {CANDIDATE} p_i p_f"),
    "NIAF": (niaf, LSTM + PEEPHOLES),
    "NOAF": (noaf, LSTM + PEEPHOLES),
    "FGR": (fgr, LSTM + PEEPHOLES + " A_i B_i C_i A_f B_f C_f A_o B_o C_o"),
    "SLSTM": (slstm, "W_z R_z b_z W_i R_i b_i W_f R_f b_f W_o R_o b_o"),
    "SLSTM_EXP_FORGET": (slstm_exp_forget, "W_z R_z b_z W_i R_i b_i W_f R_f b_f W_o R_o b_o"),
    "PHASED_LSTM": (phased_lstm, LSTM + PEEPHOLES + " tau_k s_k r_on"),
    "NAS": (nas, " ".join(f"W_{k} R_{k} b_{k}" for k in range(8))),
    "GRU_RELU": (gru_relu, "W_r R_r b_r W_z R_z b_z W_n R_n b_n d_n"),
    "GRU_RELU_RESET_BEFORE": (gru_relu_reset_before, "W_r R_r b_r W_z R_z b_z W_n R_n b_n"),
    "UGRNN": (ugrnn, "W_g R_g b_g W_n R_n b_n"),
    "MGU": (mgu, "W_f R_f b_f W_n R_n b_n"),
    "AUGRU": (augru, GRU),
    "AUGRU_RESET_BEFORE": (augru_reset_before, GRU),
    "AUGRU_RESET_AFTER": (augru_reset_after, GRU + " d_n"),
    "MUT1": (mut1, "W_z b_z W_r R_r b_r R_h b_h"),
    "MUT2": (mut2, "W_z R_z b_z R_r b_r W_h R_h b_h"),
    "MUT3": (mut3, "W_z R_z b_z W_r R_r b_r W_h R_h b_h"),
    "CLOCKWORK": (clockwork, "W_h R_h b_h"),
    "SRU": (sru, "W_c W_f v_f b_f W_r v_r b_r"),
    "QRNN": (qrnn, "W_z V_z b_z W_f V_f b_f W_o V_o b_o"),
    "INDRNN": (indrnn, "W_h u_h b_h"),
}

# I, H, T, N, layers, and the options of the case.
USUAL = [
    (5, 7, 6, 2, 1, {"initial": True}),
    (3, 8, 9, 3, 1, {}),
    (4, 5, 5, 2, 2, {"bidirectional": True, "initial": True}),
]
PROJECTED = [
    (5, 7, 6, 2, 1, {"projection": 3, "initial": True}),
    (3, 8, 9, 3, 1, {"projection": 5}),
    (4, 6, 5, 2, 2, {"projection": 3, "bidirectional": True, "initial": True}),
]
STACKED = [  # cells that use the layer below
    (5, 7, 6, 2, 2, {"initial": True}),
    (3, 8, 9, 3, 2, {}),
    (4, 5, 5, 2, 2, {"bidirectional": True, "initial": True}),
]
DEEP = [
    (5, 7, 6, 2, 3, {"initial": True}),
    (3, 8, 9, 3, 3, {}),
    (4, 5, 5, 2, 2, {"bidirectional": True, "initial": True}),
]
SCORED = [  # the score belongs to the lowest layer's x
    (5, 7, 6, 2, 1, {"initial": True}),
    (3, 8, 9, 3, 1, {}),
    (4, 5, 5, 2, 1, {"bidirectional": True, "initial": True}),
]
SQUARE = [  # I = H; a second layer above two directions would have I = 2 H
    (7, 7, 6, 2, 1, {"initial": True}),
    (8, 8, 9, 3, 2, {}),
    (5, 5, 5, 2, 1, {"bidirectional": True, "initial": True}),
]
EXPONENTIAL = USUAL + [(3, 8, 9, 2, 1, {"initial": True, "scale": 200})]
CASES = {
    "LSTMP": PROJECTED, "LSTMP_PEEPHOLE": PROJECTED, "DGLSTM": DEEP,
    "GRID_LSTM": STACKED, "GRID_LSTM_TIED": STACKED,
    "AUGRU": SCORED, "AUGRU_RESET_BEFORE": SCORED, "AUGRU_RESET_AFTER": SCORED,
    "PHASED_LSTM": SCORED,
    "SLSTM": EXPONENTIAL, "SLSTM_EXP_FORGET": EXPONENTIAL,
    "MUT1": SQUARE, "MUT2": SQUARE, "SRU": SQUARE,
    "QRNN": [  # p is as wide as x, in each layer
        (5, 7, 6, 2, 1, {"initial": True}),
        (3, 8, 9, 3, 1, {}),
        (6, 6, 5, 2, 2, {"initial": True}),
        (4, 5, 5, 2, 1, {"bidirectional": True, "initial": True}),
    ],
    "CLOCKWORK": [
        (3, 8, 11, 3, 1, {}),
        (5, 12, 9, 2, 1, {"clocks": 3, "garbage": True}),
        (3, 8, 7, 5, 1, {"clocks": [0, 5, 7, 2, 4]}),
        (4, 8, 10, 2, 2, {"bidirectional": True, "clocks": [6, 1]}),
    ],
}


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


def make_parameter(random, name, I, H, output):
    """Draws one parameter of a layer with I inputs: matrices and biases uniform in +-1/sqrt(H), like
    PyTorch does, other vectors large enough to be seen, the gains of layer normalisation around 1, the
    periods of a time gate some steps long."""
    kind = name[0]
    shape = {"W": (H, I), "V": (H, I), "R": (H, output), "P": (output, H), "A": (H, H), "B": (H, H),
             "C": (H, H)}.get(kind, (H,))
    low, high = {"a": (0.5, 1.5), "e": (0.5, 1.5), "p": (-1, 1), "l": (-1, 1), "u": (-1, 1),
                 "v": (-1, 1), "t": (1.5, 6), "s": (0, 3), "r": (0.2, 0.8)}.get(
                     kind, (-H ** -0.5, H ** -0.5))
    return float32(random.uniform(low, high, shape))


def make_parameters(random, names, I, H, output, layers, directions):
    parameters = {}
    for layer in range(layers):
        for suffix in ["", "_reverse"][:directions]:
            for name in names.split():
                inputs = I if layer == 0 else directions * output
                parameters[f"{name}_l{layer}{suffix}"] = make_parameter(
                    random, name, inputs, H, output)
    return parameters


def make_state(random, cell, name, shape):
    if cell == "FGR" and name in "ifo" or cell.startswith("SLSTM") and name == "n":
        return float32(random.uniform(0.1, 0.9, shape))  # gates, and a divisor
    return float32(random.uniform(-1, 1, shape))


def clear_unread(parameters, H):
    """Zeroes the blocks of a clockwork network's R_h that are not read."""
    module = np.arange(H) // (H // 4)
    for name, values in parameters.items():
        if name.startswith("R_h"):
            values[module[:, np.newaxis] > module[np.newaxis, :]] = 0


def run(step, parameters, x, initial, layers, directions):
    """Runs a network; initial and the second result map states to (layers * directions, N, size)."""
    T, final = len(x), {name: [] for name in initial}
    zero = {name: np.zeros(states.shape[1:]) for name, states in initial.items()}
    below = [[zero] * T] * directions  # the layer below's states, per direction and step
    for layer in range(layers):
        history = []
        for d in range(directions):
            suffix = f"_l{layer}" + ["", "_reverse"][d]
            w = {name[:-len(suffix)]: values for name, values in parameters.items()
                 if name.endswith(suffix)}
            states = {name: values[layer * directions + d] for name, values in initial.items()}
            steps = [None] * T
            for t in (range(T), reversed(range(T)))[d]:
                more = {"below": below[d][t]} if "below" in inspect.signature(step).parameters else {}
                states = step(w, x[t], **more, **states)
                steps[t] = states
            history.append(steps)
            for name, values in states.items():
                final[name].append(values)
        below = history
        x = np.stack([np.concatenate([steps[t]["h"] for steps in history], axis=1)
                      for t in range(T)])
    return x, {name: np.stack(values) for name, values in final.items()}


def make_case(directory, cell, I, H, T, N, layers, projection=0, bidirectional=False, initial=False,
              clocks=None, garbage=False, scale=1):
    """Computes one case, writes its file and returns the path."""
    step, names = CELLS[cell]
    initial = initial or clocks is not None
    directions, output = 1 + bidirectional, projection or H
    name = f"{cell.lower()}_i{I}_h{H}" + (f"_p{projection}" if projection else "")
    name += f"_t{T}_n{N}_l{layers}" + "".join("_" + text for text, wanted in [
        ("bi", bidirectional), ("h0", initial), ("clock3", clocks == 3),
        ("clocks", isinstance(clocks, list)), ("garbage", garbage), ("scaled", scale > 1)] if wanted)
    random = np.random.RandomState(zlib.crc32(name.encode()))

    parameters = make_parameters(random, names, I, H, output, layers, directions)
    if cell == "CLOCKWORK" and not garbage:
        clear_unread(parameters, H)
    if scale > 1:
        parameters["W_i_l0"] = float32(parameters["W_i_l0"] * scale)
    x = random.standard_normal((T, N, I))
    if cell.startswith("AUGRU"):
        x = np.concatenate([x, random.uniform(0, 1, (T, N, 1))], axis=2)
    if cell == "PHASED_LSTM":
        times = np.cumsum(random.exponential(1, (T, N, 1)), axis=0)
        x = np.concatenate([x, times], axis=2)
    x = float32(x)

    states = {}
    for state in inspect.signature(step).parameters:
        if state not in ("w", "x", "below"):
            size = {"h": output, "clock": 1, "p": I}.get(state, H)
            shape = (layers * directions, N, size)
            states[state] = make_state(random, cell, state, shape) if initial else np.zeros(shape)
    if clocks is not None:
        states["clock"][...] = np.reshape(clocks, (-1, 1))

    y, final = run(step, parameters, x, states, layers, directions)

    tensors = {**parameters, "x": x}
    if initial:
        tensors.update({f"{state}_0": values for state, values in states.items()})
    tensors.update(y=y, **{f"{state}_n": values for state, values in final.items()})
    assert y.shape == (T, N, directions * output), name
    assert all(final[state].shape == states[state].shape for state in states), name
    assert all(np.isfinite(values).all() for values in tensors.values()), name
    config = dict(cell=cell, input=I, hidden=H, layers=layers,
                  bidirectional=str(bidirectional).lower(), bias="true", batch_first="false", T=T, N=N,
                  projection=projection)
    path = directory / (name + ".safetensors")
    assert not path.exists(), f"two cases are called {name}"
    write_safetensors(path, tensors, {key: str(value) for key, value in config.items()})
    return path


def main():
    default = pathlib.Path(__file__).resolve().parents[1] / "resources/io/kioku/goldens/cells"
    directory = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default
    directory.mkdir(parents=True, exist_ok=True)
    for old in directory.glob("*.safetensors"):
        old.unlink()
    paths = [make_case(directory, cell, *numbers, **options)
             for cell in CELLS for *numbers, options in CASES.get(cell, USUAL)]
    for path in paths:
        print(f"{path.stat().st_size:8d}  {path.name}")
    total = sum(path.stat().st_size for path in paths)
    print(f"{total:8d}  bytes in {len(paths)} cases, NumPy {np.__version__}")


if __name__ == "__main__":
    main()
