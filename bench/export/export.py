#!/usr/bin/env python3
"""Exports models as people run them, with random weights: what bench/models times.

    bench/export/export.py FOLDER [NAME ...]

Writes FOLDER/NAME/model.onnx and FOLDER/NAME/test_data_set_K/input_I.pb, the layout of ONNX's backend tests, without
outputs. Where natural inputs are never the same size twice, there is a data set for each size, the smallest first. The
same versions of PyTorch and onnx write the same bytes; Debian 12's are meant: python3-torch 1.13, python3-onnx 1.12.
"""
import os
import sys
import warnings
import zlib

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn

import networks
import quantize

warnings.filterwarnings("ignore")

# Sizes that a natural input comes in.
SENTENCES = range(5, 61)
LINES = range(60, 441, 20)
TEXTS = range(20, 121, 10)


def floats(*shape):
    return torch.randn(*shape)


def ids(count, *shape):
    return torch.randint(1, count, shape)


def states(count, *shape):
    return tuple(0.1 * torch.randn(*shape) for _ in range(count))


def torch_model(module, inputs, dynamic=None, opset=14):
    """What exports a module.

    module   makes it
    inputs   of a size, as a list of tuples of tensors; the first is traced
    dynamic  axes by the input's index
    """

    def write(path):
        network = module().eval()
        for m in network.modules():  # batch normalisation of a network that was trained
            if isinstance(m, nn.modules.batchnorm._BatchNorm):
                m.running_mean.normal_(0, 0.1)
                m.running_var.uniform_(0.5, 1.5)
        sets = inputs()
        names = [f"input{i}" for i in range(len(sets[0]))]
        axes = {names[i]: {a: f"n{i}_{a}" for a in which} for i, which in (dynamic or {}).items()}
        with torch.no_grad():
            torch.onnx.export(network, sets[0], path, opset_version=opset, input_names=names, dynamic_axes=axes)
        return sets

    return write


def quantized(how, write):
    """A model whose file is then quantised."""

    def write_both(path):
        sets = write(path)
        onnx.save(how(onnx.load(path)), path)
        return sets

    return write_both


def built(model, inputs):
    """A model that is not PyTorch's."""

    def write(path):
        onnx.save(model(), path)
        return inputs()

    return write


def minilm(tokens):
    return torch_model(
        networks.MiniLm,
        lambda: [(ids(30522, 1, tokens), torch.ones(1, tokens, dtype=torch.int64), torch.zeros(1, tokens, dtype=torch.int64))],
        {0: [0, 1], 1: [0, 1], 2: [0, 1]})


MODELS = {
    "tagger": torch_model(networks.Tagger, lambda: [(ids(20000, 1, t),) for t in SENTENCES], {0: [0, 1]}),
    "crnn": torch_model(networks.Crnn, lambda: [(floats(1, 1, 32, w),) for w in LINES], {0: [0, 3]}),
    "ocr-head": torch_model(networks.OcrHead, lambda: [(floats(1, 80, 480),)], {0: [0, 1]}),
    "speaker-segmentation": torch_model(networks.SpeakerSegmentation, lambda: [(floats(1, 1, 80000),)], {0: [0, 2]}),
    "tacotron2-encoder": torch_model(networks.TacotronEncoder, lambda: [(ids(148, 1, t),) for t in TEXTS], {0: [0, 1]}),
    "tacotron2-decoder-step": torch_model(
        networks.TacotronDecoder,
        lambda: [(floats(1, 80), floats(1, 60, 512), floats(1, 60, 128), torch.rand(1, 2, 60), floats(1, 512))
                 + states(4, 1, 1024)],
        {1: [1], 2: [1], 3: [2]}),
    "wake-word": torch_model(networks.WakeWord, lambda: [(floats(1, 1, 98, 40),)], {0: [0]}),
    "keyword-spotting": torch_model(networks.KeywordSpotting, lambda: [(floats(1, 1, 98, 40),)], {0: [0]}),
    "keyword-spotting-qdq": quantized(
        quantize.static, torch_model(networks.KeywordSpotting, lambda: [(floats(1, 1, 98, 40),)])),
    "minilm-16": minilm(16),
    "minilm-64": minilm(64),
    "minilm-128": minilm(128),
    "minilm-int8-16": quantized(quantize.dynamic, minilm(16)),
    "minilm-int8-128": quantized(quantize.dynamic, minilm(128)),
    "acoustic-lstm-int8": quantized(
        quantize.dynamic, torch_model(networks.AcousticLstm, lambda: [(floats(1, 100, 80),)], {0: [1]})),
    "acoustic-lstm-int8-batch": quantized(
        quantize.dynamic, torch_model(networks.AcousticLstm, lambda: [(floats(16, 50, 80),)], {0: [0, 1]})),
    "deep-speech": torch_model(networks.DeepSpeech, lambda: [(floats(1, 1, 161, 200),)], {0: [0, 3]}),
    "rnnt-step": torch_model(
        networks.RnnTransducerStep, lambda: [(ids(1024, 1, 1), floats(1, 1, 512)) + states(2, 2, 1, 320)]),
    "conv-tasnet": torch_model(networks.ConvTasNet, lambda: [(floats(1, 1, 8000),)], {0: [0, 2]}),
    "dtln-step": torch_model(
        networks.Dtln, lambda: [(torch.rand(1, 1, 257), floats(1, 1, 512)) + states(4, 2, 1, 128)]),
    "denoise-gru": torch_model(networks.DenoiseGru, lambda: [(torch.rand(1, 100, 257),)], {0: [0, 1]}),
    "seq2seq-decoder-step": torch_model(
        networks.AttentionDecoder, lambda: [(ids(10000, 1, 1), floats(1, 30, 512)) + states(1, 1, 1, 512)], {1: [1]}),
    "seq2seq-encoder-packed": torch_model(
        networks.PackedEncoder, lambda: [(ids(10000, 8, 30), torch.tensor([30, 28, 25, 21, 18, 12, 9, 4]))], {0: [0, 1], 1: [0]}),
    "lstm-autoencoder": torch_model(networks.LstmAutoencoder, lambda: [(floats(1, 100, 8),)], {0: [0]}),
    "forecaster": torch_model(networks.Forecaster, lambda: [(floats(32, 96, 8),)], {0: [0]}),
    "language-model-step": torch_model(networks.LanguageModel, lambda: [(ids(10000, 1, 1),) + states(2, 2, 1, 650)]),
    "language-model-chunk": torch_model(networks.LanguageModel, lambda: [(ids(10000, 1, 35),) + states(2, 2, 1, 650)], {0: [1]}),
    "gru4rec": torch_model(networks.Gru4Rec, lambda: [(ids(20000, 1, t),) for t in range(2, 31)], {0: [0, 1]}),
    "sentiment-gru": torch_model(networks.SentimentGru, lambda: [(ids(20000, 1, t),) for t in range(10, 201, 10)], {0: [0, 1]}),
    "tcn": torch_model(networks.Tcn, lambda: [(floats(1, 16, 256),)], {0: [0, 2]}),
    "conformer": torch_model(networks.Conformer, lambda: [(floats(1, 100, 144),)], {0: [0, 1]}, 17),
    "conformer-lstm": torch_model(networks.ConformerLstm, lambda: [(floats(1, t, 80),) for t in range(80, 401, 20)], {0: [0, 1]}),
    "elmo": torch_model(networks.Elmo, lambda: [(ids(262, 1, t, 50),) for t in range(5, 41, 5)], {0: [1]}),
    "policy-step": torch_model(networks.Policy, lambda: [(floats(1, 1, 200),) + states(2, 1, 1, 128)]),
    "policy-batch": torch_model(networks.Policy, lambda: [(floats(1, 64, 200),) + states(2, 1, 64, 128)], {0: [1], 1: [1], 2: [1]}),
    "lstm-loop": torch_model(networks.LoopLstm, lambda: [(floats(50, 1, 64),)], {0: [0, 1]}),
    "lstm-scan": built(networks.lstm_scan, lambda: [(floats(50, 1, 64),) + states(2, 1, 128)]),
}


def write(folder, name):
    seed = zlib.crc32(name.encode())
    torch.manual_seed(seed)
    np.random.seed(seed)
    os.makedirs(folder, exist_ok=True)
    sets = MODELS[name](os.path.join(folder, "model.onnx"))
    for k, tensors in enumerate(sets):
        data = os.path.join(folder, f"test_data_set_{k}")
        os.makedirs(data, exist_ok=True)
        for i, tensor in enumerate(tensors):
            with open(os.path.join(data, f"input_{i}.pb"), "wb") as file:
                file.write(numpy_helper.from_array(tensor.numpy()).SerializeToString())


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for name in sys.argv[2:] or MODELS:
        print(name, flush=True)
        write(os.path.join(sys.argv[1], name), name)


if __name__ == "__main__":
    main()
