"""Networks of the field, in the sizes that papers and well-known packages give them."""
import math
from typing import Tuple

import numpy as np
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn
from torch.nn import functional as F


class Tagger(nn.Module):
    """Part-of-speech or entity tagger (Huang et al. 2015, without the CRF)."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(20000, 100)
        self.lstm = nn.LSTM(100, 128, batch_first=True, bidirectional=True)
        self.linear = nn.Linear(256, 17)

    def forward(self, ids):
        return F.log_softmax(self.linear(self.lstm(self.embedding(ids))[0]), -1)


class SentimentGru(nn.Module):
    """Text classifier: a bidirectional GRU, the largest value over time."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(20000, 128)
        self.gru = nn.GRU(128, 128, batch_first=True, bidirectional=True)
        self.linear = nn.Linear(256, 2)

    def forward(self, ids):
        return torch.softmax(self.linear(self.gru(self.embedding(ids))[0].max(1)[0]), -1)


class Crnn(nn.Module):
    """Text line recogniser (Shi et al. 2015), with the channels of EasyOCR's."""

    def __init__(self):
        super().__init__()
        layers = []
        before = 1
        for channels, norm, pool in [
            (32, False, (2, 2)), (64, False, (2, 2)), (128, False, None), (128, False, (2, 1)),
            (256, True, None), (256, True, (2, 1))]:
            layers.append(nn.Conv2d(before, channels, 3, padding=1, bias=not norm))
            if norm:
                layers.append(nn.BatchNorm2d(channels))
            layers.append(nn.ReLU())
            if pool:
                layers.append(nn.MaxPool2d(pool, pool))
            before = channels
        layers += [nn.Conv2d(256, 256, 2), nn.ReLU()]
        self.features = nn.Sequential(*layers)
        self.lstm1 = nn.LSTM(256, 256, batch_first=True, bidirectional=True)
        self.linear1 = nn.Linear(512, 256)
        self.lstm2 = nn.LSTM(256, 256, batch_first=True, bidirectional=True)
        self.linear2 = nn.Linear(512, 97)

    def forward(self, image):
        x = self.features(image).squeeze(2).permute(0, 2, 1)
        x = self.linear1(self.lstm1(x)[0])
        return F.log_softmax(self.linear2(self.lstm2(x)[0]), -1)


class OcrHead(nn.Module):
    """What follows the convolutions of PaddleOCR's recogniser: BiLSTMs, and CTC over 6,625 characters."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(480, 96, 2, batch_first=True, bidirectional=True)
        self.linear = nn.Linear(192, 6625)

    def forward(self, x):
        return F.log_softmax(self.linear(self.lstm(x)[0]), -1)


class SpeakerSegmentation(nn.Module):
    """pyannote's PyanNet: SincNet's convolutions, four BiLSTMs, three linear layers; here of five seconds."""

    def __init__(self):
        super().__init__()
        self.norm0 = nn.InstanceNorm1d(1, affine=True)
        self.convs = nn.ModuleList(
            [nn.Conv1d(1, 80, 251, stride=10, bias=False), nn.Conv1d(80, 60, 5), nn.Conv1d(60, 60, 5)])
        self.norms = nn.ModuleList([nn.InstanceNorm1d(c, affine=True) for c in (80, 60, 60)])
        self.lstm = nn.LSTM(60, 128, 4, batch_first=True, bidirectional=True)
        self.linear1 = nn.Linear(256, 128)
        self.linear2 = nn.Linear(128, 128)
        self.out = nn.Linear(128, 7)

    def forward(self, wave):
        x = self.norm0(wave)
        for k, (conv, norm) in enumerate(zip(self.convs, self.norms)):
            x = conv(x)
            if k == 0:
                x = torch.abs(x)
            x = F.leaky_relu(norm(F.max_pool1d(x, 3, 3)))
        x = self.lstm(x.permute(0, 2, 1))[0]
        x = F.leaky_relu(self.linear2(F.leaky_relu(self.linear1(x))))
        return F.log_softmax(self.out(x), -1)


class TacotronEncoder(nn.Module):
    """Tacotron 2 (Shen et al. 2017): characters to features."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(148, 512)
        self.convs = nn.Sequential(*[
            layer for _ in range(3)
            for layer in (nn.Conv1d(512, 512, 5, padding=2), nn.BatchNorm1d(512), nn.ReLU())])
        self.lstm = nn.LSTM(512, 256, batch_first=True, bidirectional=True)

    def forward(self, ids):
        return self.lstm(self.convs(self.embedding(ids).transpose(1, 2)).transpose(1, 2))[0]


class TacotronDecoder(nn.Module):
    """One step of Tacotron 2's decoder, with attention that knows where it was."""

    def __init__(self):
        super().__init__()
        self.prenet = nn.Sequential(
            nn.Linear(80, 256, bias=False), nn.ReLU(), nn.Linear(256, 256, bias=False), nn.ReLU())
        self.attention_lstm = nn.LSTMCell(256 + 512, 1024)
        self.query = nn.Linear(1024, 128, bias=False)
        self.location_conv = nn.Conv1d(2, 32, 31, padding=15, bias=False)
        self.location = nn.Linear(32, 128, bias=False)
        self.energy = nn.Linear(128, 1, bias=False)
        self.decoder_lstm = nn.LSTMCell(1024 + 512, 1024)
        self.projection = nn.Linear(1024 + 512, 80)
        self.gate = nn.Linear(1024 + 512, 1)

    def forward(self, frame, memory, keys, weights, context, h1, c1, h2, c2):
        x = torch.cat([self.prenet(frame), context], -1)
        h1, c1 = self.attention_lstm(x, (h1, c1))
        location = self.location(self.location_conv(weights).transpose(1, 2))
        energies = self.energy(torch.tanh(self.query(h1).unsqueeze(1) + location + keys)).squeeze(-1)
        alignment = torch.softmax(energies, 1)
        context = torch.bmm(alignment.unsqueeze(1), memory).squeeze(1)
        total = weights[:, 1:2] + alignment.unsqueeze(1)
        h2, c2 = self.decoder_lstm(torch.cat([h1, context], -1), (h2, c2))
        both = torch.cat([h2, context], -1)
        weights = torch.cat([alignment.unsqueeze(1), total], 1)
        return self.projection(both), torch.sigmoid(self.gate(both)), weights, context, h1, c1, h2, c2


class WakeWord(nn.Module):
    """Convolutions over a mel spectrogram, a GRU, its last state."""

    def __init__(self):
        super().__init__()
        layers = []
        before = 1
        for channels, stride in [(16, (1, 2)), (32, (2, 2)), (64, (1, 2)), (64, (2, 1))]:
            layers += [nn.Conv2d(before, channels, 3, stride, 1, bias=False), nn.BatchNorm2d(channels), nn.ReLU()]
            before = channels
        self.convs = nn.Sequential(*layers)
        self.gru = nn.GRU(64 * 5, 128, batch_first=True)
        self.linear = nn.Linear(128, 2)

    def forward(self, mel):
        x = self.convs(mel).permute(0, 2, 1, 3).flatten(2)
        return torch.sigmoid(self.linear(self.gru(x)[0][:, -1]))


class KeywordSpotting(nn.Module):
    """Depthwise-separable convolutions (Zhang et al. 2017) and a GRU."""

    def __init__(self):
        super().__init__()
        layers = [nn.Conv2d(1, 64, (10, 4), 2, (4, 1), bias=False), nn.BatchNorm2d(64), nn.ReLU()]
        for _ in range(4):
            layers += [nn.Conv2d(64, 64, 3, 1, 1, groups=64, bias=False), nn.BatchNorm2d(64), nn.ReLU(),
                       nn.Conv2d(64, 64, 1, bias=False), nn.BatchNorm2d(64), nn.ReLU()]
        self.convs = nn.Sequential(*layers)
        self.gru = nn.GRU(64, 64, batch_first=True)
        self.linear = nn.Linear(64, 12)

    def forward(self, mfcc):
        x = self.convs(mfcc).mean(3).transpose(1, 2)
        return torch.softmax(self.linear(self.gru(x)[0][:, -1]), -1)


class TransformerLayer(nn.Module):
    """BERT's, as Hugging Face writes it."""

    def __init__(self, size, heads, hidden):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.out = (nn.Linear(size, size) for _ in range(4))
        self.norm1 = nn.LayerNorm(size, 1e-12)
        self.up = nn.Linear(size, hidden)
        self.down = nn.Linear(hidden, size)
        self.norm2 = nn.LayerNorm(size, 1e-12)

    def split(self, x):
        return x.view(x.size(0), x.size(1), self.heads, x.size(2) // self.heads).permute(0, 2, 1, 3)

    def forward(self, x, mask):
        q, k, v = self.split(self.query(x)), self.split(self.key(x)), self.split(self.value(x))
        scores = torch.matmul(q, k.transpose(-1, -2)) / math.sqrt(x.size(2) // self.heads) + mask
        context = torch.matmul(torch.softmax(scores, -1), v).permute(0, 2, 1, 3).contiguous()
        x = self.norm1(self.out(context.view(context.size(0), context.size(1), -1)) + x)
        return self.norm2(self.down(F.gelu(self.up(x))) + x)


class MiniLm(nn.Module):
    """all-MiniLM-L6-v2's encoder, with the mean over tokens."""

    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(30522, 384)
        self.positions = nn.Embedding(512, 384)
        self.types = nn.Embedding(2, 384)
        self.norm = nn.LayerNorm(384, 1e-12)
        self.layers = nn.ModuleList([TransformerLayer(384, 12, 1536) for _ in range(6)])
        self.register_buffer("position_ids", torch.arange(512).unsqueeze(0))
        for table in (self.words, self.positions, self.types):
            nn.init.normal_(table.weight, 0, 0.05)

    def forward(self, ids, mask, types):
        positions = self.position_ids[:, :ids.size(1)]
        x = self.norm(self.words(ids) + self.types(types) + self.positions(positions))
        extended = (1.0 - mask[:, None, None, :].float()) * -10000.0
        for layer in self.layers:
            x = layer(x, extended)
        weights = mask.unsqueeze(-1).float()
        return (x * weights).sum(1) / weights.sum(1).clamp(min=1e-9)


class AcousticLstm(nn.Module):
    """Acoustic model: LSTMs over mel frames, phones out."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(80, 320, 3, batch_first=True)
        self.linear = nn.Linear(320, 48)

    def forward(self, mel):
        return F.log_softmax(self.linear(self.lstm(mel)[0]), -1)


class DeepSpeech(nn.Module):
    """Deep Speech 2 (Amodei et al. 2015), with GRUs of 512 that run forward."""

    def __init__(self):
        super().__init__()
        self.convs = nn.Sequential(
            nn.Conv2d(1, 32, (41, 11), (2, 2), (20, 5)), nn.BatchNorm2d(32), nn.Hardtanh(0, 20),
            nn.Conv2d(32, 32, (21, 11), (2, 1), (10, 5)), nn.BatchNorm2d(32), nn.Hardtanh(0, 20))
        self.gru = nn.GRU(32 * 41, 512, 3)
        self.linear = nn.Linear(512, 29)

    def forward(self, spectrogram):
        x = self.convs(spectrogram)
        x = x.view(x.size(0), 32 * 41, x.size(3)).permute(2, 0, 1)
        return torch.softmax(self.linear(self.gru(x)[0]), -1)


class RnnTransducerStep(nn.Module):
    """RNN-T (Graves 2012): a step of the prediction network, and the joint network."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(1025, 320)
        self.lstm = nn.LSTM(320, 320, 2)
        self.encoder = nn.Linear(512, 320)
        self.prediction = nn.Linear(320, 320)
        self.out = nn.Linear(320, 1025)

    def forward(self, token, encoded, h, c):
        y, (h, c) = self.lstm(self.embedding(token), (h, c))
        joint = torch.tanh(self.encoder(encoded) + self.prediction(y))
        return F.log_softmax(self.out(joint), -1), h, c


class TasNetBlock(nn.Module):
    def __init__(self, dilation):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv1d(128, 256, 1), nn.PReLU(), nn.GroupNorm(1, 256),
            nn.Conv1d(256, 256, 3, padding=dilation, dilation=dilation, groups=256), nn.PReLU(), nn.GroupNorm(1, 256))
        self.residual = nn.Conv1d(256, 128, 1)
        self.skip = nn.Conv1d(256, 128, 1)

    def forward(self, x):
        y = self.layers(x)
        return x + self.residual(y), self.skip(y)


class ConvTasNet(nn.Module):
    """Conv-TasNet (Luo & Mesgarani 2018): two speakers, two repeats of six blocks; a second of 8 kHz."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Conv1d(1, 256, 16, 8, bias=False)
        self.norm = nn.GroupNorm(1, 256)
        self.bottleneck = nn.Conv1d(256, 128, 1)
        self.blocks = nn.ModuleList([TasNetBlock(2**k) for _ in range(2) for k in range(6)])
        self.masks = nn.Sequential(nn.PReLU(), nn.Conv1d(128, 512, 1), nn.Sigmoid())
        self.decoder = nn.ConvTranspose1d(256, 1, 16, 8, bias=False)

    def forward(self, wave):
        features = F.relu(self.encoder(wave))
        x = self.bottleneck(self.norm(features))
        total = 0
        for block in self.blocks:
            x, skip = block(x)
            total = total + skip
        first, second = self.masks(total).chunk(2, 1)
        return torch.cat([self.decoder(features * first), self.decoder(features * second)], 1)


class Dtln(nn.Module):
    """DTLN (Westhausen & Meyer 2020): a frame of both parts; the transforms between them stand outside."""

    def __init__(self):
        super().__init__()
        self.lstm1 = nn.LSTM(257, 128, 2, batch_first=True)
        self.mask1 = nn.Linear(128, 257)
        self.encoder = nn.Conv1d(512, 256, 1, bias=False)
        self.norm = nn.LayerNorm(256, 1e-7)
        self.lstm2 = nn.LSTM(256, 128, 2, batch_first=True)
        self.mask2 = nn.Linear(128, 256)
        self.decoder = nn.Conv1d(256, 512, 1, bias=False)

    def forward(self, magnitude, frame, h1, c1, h2, c2):
        y, (h1, c1) = self.lstm1(torch.log(magnitude + 1e-7), (h1, c1))
        cleaned = magnitude * torch.sigmoid(self.mask1(y))
        encoded = self.encoder(frame.transpose(1, 2)).transpose(1, 2)
        y, (h2, c2) = self.lstm2(self.norm(encoded), (h2, c2))
        masked = encoded * torch.sigmoid(self.mask2(y))
        return cleaned, self.decoder(masked.transpose(1, 2)), h1, c1, h2, c2


class DenoiseGru(nn.Module):
    """NSNet 2 (Braun & Tashev 2020): masks for a noisy spectrum; here of a second."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(257, 400)
        self.gru = nn.GRU(400, 400, 2, batch_first=True)
        self.rest = nn.Sequential(
            nn.Linear(400, 600), nn.ReLU(), nn.Linear(600, 600), nn.ReLU(), nn.Linear(600, 257), nn.Sigmoid())

    def forward(self, magnitude):
        x = torch.log10(torch.clamp(magnitude, min=1e-6))
        return magnitude * self.rest(self.gru(F.relu(self.first(x)))[0])


class AttentionDecoder(nn.Module):
    """A step of translation (Luong et al. 2015)."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(10000, 256)
        self.gru = nn.GRU(256, 512, batch_first=True)
        self.score = nn.Linear(512, 512, bias=False)
        self.combine = nn.Linear(1024, 512)
        self.out = nn.Linear(512, 10000)

    def forward(self, token, encoded, h):
        y, h = self.gru(self.embedding(token), h)
        scores = torch.bmm(self.score(y), encoded.transpose(1, 2))
        weights = torch.softmax(scores, -1)
        context = torch.bmm(weights, encoded)
        both = torch.tanh(self.combine(torch.cat([context, y], -1)))
        return F.log_softmax(self.out(both), -1), h, weights


class PackedEncoder(nn.Module):
    """Sentences of several lengths in a batch, padded."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(10000, 256)
        self.lstm = nn.LSTM(256, 256, batch_first=True, bidirectional=True)

    def forward(self, ids, lengths):
        packed = nn.utils.rnn.pack_padded_sequence(self.embedding(ids), lengths, batch_first=True)
        y, (h, c) = self.lstm(packed)
        return nn.utils.rnn.pad_packed_sequence(y, batch_first=True)[0], h, c


class LstmAutoencoder(nn.Module):
    """Anomaly detection: the error of what is rebuilt (Malhotra et al. 2016)."""

    def __init__(self):
        super().__init__()
        self.encoder1 = nn.LSTM(8, 64, batch_first=True)
        self.encoder2 = nn.LSTM(64, 32, batch_first=True)
        self.decoder1 = nn.LSTM(32, 32, batch_first=True)
        self.decoder2 = nn.LSTM(32, 64, batch_first=True)
        self.out = nn.Linear(64, 8)

    def forward(self, x):
        code = self.encoder2(self.encoder1(x)[0])[1][0][0]
        repeated = code.unsqueeze(1).repeat(1, 100, 1)
        rebuilt = self.out(self.decoder2(self.decoder1(repeated)[0])[0])
        return rebuilt, (rebuilt - x).pow(2).mean((1, 2))


class Forecaster(nn.Module):
    """Time series: two LSTMs, an MLP on the last state, 24 values."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(8, 128, 2, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 24))

    def forward(self, x):
        return self.mlp(self.lstm(x)[0][:, -1])


class LanguageModel(nn.Module):
    """Zaremba et al. 2014, medium."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(10000, 650)
        self.lstm = nn.LSTM(650, 650, 2, batch_first=True)
        self.out = nn.Linear(650, 10000)

    def forward(self, ids, h, c):
        y, (h, c) = self.lstm(self.embedding(ids), (h, c))
        return self.out(y), h, c


class Gru4Rec(nn.Module):
    """Recommendations from a session's clicks (Hidasi et al. 2015)."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(20000, 100)
        self.gru = nn.GRU(100, 100, batch_first=True)
        self.out = nn.Linear(100, 20000)

    def forward(self, ids):
        return self.out(self.gru(self.embedding(ids))[0][:, -1])


class TcnBlock(nn.Module):
    def __init__(self, channels, out, dilation):
        super().__init__()
        self.conv1 = nn.Conv1d(channels, out, 3, padding=2 * dilation, dilation=dilation)
        self.conv2 = nn.Conv1d(out, out, 3, padding=2 * dilation, dilation=dilation)
        self.down = nn.Conv1d(channels, out, 1) if channels != out else None
        self.chomp = 2 * dilation

    def forward(self, x):
        y = F.relu(self.conv1(x)[:, :, :-self.chomp])
        y = F.relu(self.conv2(y)[:, :, :-self.chomp])
        return F.relu(y + (self.down(x) if self.down else x))


class Tcn(nn.Module):
    """Causal dilated convolutions (Bai et al. 2018)."""

    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(*[TcnBlock(16 if k == 0 else 64, 64, 2**k) for k in range(6)])
        self.out = nn.Linear(64, 4)

    def forward(self, x):
        return self.out(self.blocks(x).transpose(1, 2))


class ConformerBlock(nn.Module):
    """Gulati et al. 2020, without relative positions."""

    def __init__(self, size, heads):
        super().__init__()
        self.heads = heads
        self.feed1, self.feed2 = (
            nn.Sequential(nn.LayerNorm(size), nn.Linear(size, 4 * size), nn.SiLU(), nn.Linear(4 * size, size))
            for _ in range(2))
        self.norm1 = nn.LayerNorm(size)
        self.qkv = nn.Linear(size, 3 * size)
        self.out = nn.Linear(size, size)
        self.norm2 = nn.LayerNorm(size)
        self.pointwise1 = nn.Conv1d(size, 2 * size, 1)
        self.depthwise = nn.Conv1d(size, size, 31, padding=15, groups=size)
        self.batch_norm = nn.BatchNorm1d(size)
        self.pointwise2 = nn.Conv1d(size, size, 1)
        self.norm3 = nn.LayerNorm(size)

    def attention(self, x):
        n, t, c = x.size(0), x.size(1), x.size(2)
        q, k, v = self.qkv(x).view(n, t, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        weights = torch.softmax(torch.matmul(q, k.transpose(-1, -2)) * (c // self.heads) ** -0.5, -1)
        return self.out(torch.matmul(weights, v).transpose(1, 2).reshape(n, t, c))

    def convolution(self, x):
        y = F.glu(self.pointwise1(x.transpose(1, 2)), 1)
        return self.pointwise2(F.silu(self.batch_norm(self.depthwise(y)))).transpose(1, 2)

    def forward(self, x):
        x = x + 0.5 * self.feed1(x)
        x = x + self.attention(self.norm1(x))
        x = x + self.convolution(self.norm2(x))
        return self.norm3(x + 0.5 * self.feed2(x))


class Conformer(nn.Module):
    """Four blocks of the small one."""

    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(*[ConformerBlock(144, 4) for _ in range(4)])

    def forward(self, x):
        return self.blocks(x)


class ConformerLstm(nn.Module):
    """Subsampling convolutions, two conformer blocks, an LSTM on top: any length of speech."""

    def __init__(self):
        super().__init__()
        self.convs = nn.Sequential(nn.Conv2d(1, 32, 3, 2, 1), nn.ReLU(), nn.Conv2d(32, 32, 3, 2, 1), nn.ReLU())
        self.linear = nn.Linear(32 * 20, 144)
        self.blocks = nn.Sequential(*[ConformerBlock(144, 4) for _ in range(2)])
        self.lstm = nn.LSTM(144, 320, batch_first=True)
        self.out = nn.Linear(320, 1000)

    def forward(self, mel):
        x = self.convs(mel.unsqueeze(1)).permute(0, 2, 1, 3).flatten(2)
        return F.log_softmax(self.out(self.lstm(self.blocks(self.linear(x)))[0]), -1)


@torch.jit.script
def projected_lstm(gates, recurrent, projection):
    """An LSTM with a projection (Sak et al. 2014) over products of its input: gates (T, N, 4H)."""
    h = torch.zeros(gates.size(1), projection.size(0))
    c = torch.zeros(gates.size(1), projection.size(1))
    ys = []
    for t in range(gates.size(0)):
        i, f, g, o = (gates[t] + torch.matmul(h, recurrent.t())).chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.matmul(torch.sigmoid(o) * torch.tanh(c), projection.t())
        ys.append(h)
    return torch.stack(ys)


class Elmo(nn.Module):
    """ELMo, small (Peters et al. 2018): characters, convolutions, highways, projected LSTMs both ways."""

    def __init__(self):
        super().__init__()
        self.characters = nn.Embedding(262, 16)
        widths = [(1, 32), (2, 32), (3, 64), (4, 128), (5, 256), (6, 512)]
        self.convs = nn.ModuleList([nn.Conv1d(16, filters, width) for width, filters in widths])
        self.highways = nn.ModuleList([nn.Linear(1024, 2048) for _ in range(2)])
        self.projection = nn.Linear(1024, 128)
        self.inputs = nn.ModuleList([nn.Linear(128, 4096) for _ in range(2)])
        self.recurrent = nn.ParameterList([nn.Parameter(0.03 * torch.randn(4096, 128)) for _ in range(2)])
        self.projections = nn.ParameterList([nn.Parameter(0.03 * torch.randn(128, 1024)) for _ in range(2)])

    def forward(self, characters):
        n, t = characters.size(0), characters.size(1)
        x = self.characters(characters.view(-1, 50)).transpose(1, 2)
        x = torch.cat([F.relu(conv(x).max(-1)[0]) for conv in self.convs], -1)
        for highway in self.highways:
            y, gate = highway(x).chunk(2, -1)
            gate = torch.sigmoid(gate)
            x = gate * x + (1 - gate) * F.relu(y)
        x = self.projection(x).view(n, t, 128).transpose(0, 1)
        forward = projected_lstm(self.inputs[0](x), self.recurrent[0], self.projections[0])
        backward = projected_lstm(self.inputs[1](x.flip(0)), self.recurrent[1], self.projections[1]).flip(0)
        return torch.cat([forward, backward], -1)


class Policy(nn.Module):
    """A player with memory: actor and critic over an LSTM."""

    def __init__(self):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(200, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU())
        self.lstm = nn.LSTM(128, 128)
        self.actor = nn.Linear(128, 10)
        self.critic = nn.Linear(128, 1)

    def forward(self, observation, h, c):
        y, (h, c) = self.lstm(self.mlp(observation), (h, c))
        return torch.softmax(self.actor(y), -1), self.critic(y), h, c


@torch.jit.script
def written_lstm(x, weight_ih, weight_hh, bias):
    h = torch.zeros(x.size(1), weight_hh.size(1))
    c = torch.zeros(x.size(1), weight_hh.size(1))
    ys = []
    for t in range(x.size(0)):
        gates = torch.matmul(x[t], weight_ih.t()) + torch.matmul(h, weight_hh.t()) + bias
        i, f, g, o = gates.chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        ys.append(h)
    return torch.stack(ys)


class LoopLstm(nn.Module):
    """An LSTM that a user wrote as a scripted loop."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(64, 128)

    def forward(self, x):
        return written_lstm(x, self.lstm.weight_ih_l0, self.lstm.weight_hh_l0, self.lstm.bias_ih_l0)


def lstm_scan():
    """An LSTM as a Scan, as converters from other frameworks write it: I = 64, H = 128."""
    rng = np.random.RandomState(7)
    size, hidden = 64, 128
    weights = {
        "W": rng.uniform(-0.1, 0.1, (size + hidden, 4 * hidden)).astype(np.float32),
        "b": rng.uniform(-0.1, 0.1, (4 * hidden,)).astype(np.float32),
    }

    def info(name, *dims):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, dims)

    def node(op, inputs, outputs, **attributes):
        return helper.make_node(op, inputs.split(), outputs.split(), **attributes)

    body = helper.make_graph(
        [node("Concat", "x h", "xh", axis=1),
         node("MatMul", "xh W", "product"),
         node("Add", "product b", "gates"),
         node("Split", "gates", "i g f o", axis=1),
         node("Sigmoid", "f", "fs"), node("Mul", "fs c", "kept"),
         node("Sigmoid", "i", "is"), node("Tanh", "g", "gt"), node("Mul", "is gt", "new"),
         node("Add", "kept new", "c_next"),
         node("Tanh", "c_next", "ct"), node("Sigmoid", "o", "os"), node("Mul", "os ct", "h_next"),
         node("Identity", "h_next", "y")],
        "step",
        [info("h", "N", hidden), info("c", "N", hidden), info("x", "N", size)],
        [info("h_next", "N", hidden), info("c_next", "N", hidden), info("y", "N", hidden)])
    graph = helper.make_graph(
        [node("Scan", "input1 input2 input0", "h_last c_last ys", body=body, num_scan_inputs=1)],
        "scan",
        [info("input0", "T", "N", size), info("input1", "N", hidden), info("input2", "N", hidden)],
        [info("ys", "T", "N", hidden), info("h_last", "N", hidden), info("c_last", "N", hidden)],
        [numpy_helper.from_array(value, name) for name, value in weights.items()])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)])
