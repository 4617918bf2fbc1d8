"""The models whose weights go both ways between glia and PyTorch (tests/state).

A model is written twice: here, and under the same name in tests/state/models.h.
"""

import torch
from torch import nn


class Block(nn.Module):
    """A residual block of two convolutions (arXiv 1512.03385), with a projection beside it."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(4)
        self.conv2 = nn.Conv2d(4, 4, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(4)
        self.downsample = nn.Sequential(nn.Conv2d(3, 4, 1, stride=2, bias=False), nn.BatchNorm2d(4))

    def forward(self, x):
        y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(y + self.downsample(x))


class Recurrent(nn.Module):
    """What it gives for each step goes through one dense layer."""

    def __init__(self, rnn):
        super().__init__()
        self.rnn = rnn
        self.head = nn.Linear(rnn.hidden_size * (1 + rnn.bidirectional), 2)

    def forward(self, x):
        return self.head(self.rnn(x)[0])


def encoder(norm_first):
    layer = nn.TransformerEncoderLayer(8, 2, 12, norm_first=norm_first, batch_first=True)
    return nn.TransformerEncoder(layer, 2, nn.LayerNorm(8) if norm_first else None, enable_nested_tensor=False)


class Decoded(nn.Module):
    """An encoder's result is the memory of a decoder (arXiv 1706.03762)."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Linear(3, 8)
        self.encoder = encoder(False)
        self.decoder = nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 12, batch_first=True), 2)
        self.head = nn.Linear(8, 2)

    def forward(self, x):
        x = self.embedding(x)
        return self.head(self.decoder(x, self.encoder(x)))


# Name -> model, and the shape of its input.
MODELS = {
    "perceptron": (lambda: nn.Sequential(nn.Linear(5, 7), nn.Tanh(), nn.Linear(7, 3)), (4, 5)),
    "convolution": (lambda: nn.Sequential(nn.Conv2d(2, 4, 3, padding=1), nn.ReLU()), (2, 2, 6, 5)),
    "batch_norm": (lambda: nn.Sequential(nn.BatchNorm2d(3)), (2, 3, 4, 4)),
    "block": (Block, (2, 3, 8, 8)),
    "lstm": (lambda: Recurrent(nn.LSTM(3, 4, num_layers=2, batch_first=True)), (2, 5, 3)),
    "lstm_bidirectional": (
        lambda: Recurrent(nn.LSTM(3, 4, num_layers=2, batch_first=True, bidirectional=True)), (2, 5, 3)),
    "gru": (lambda: Recurrent(nn.GRU(3, 4, num_layers=2, batch_first=True)), (2, 5, 3)),
    "gru_bidirectional": (lambda: Recurrent(nn.GRU(3, 4, batch_first=True, bidirectional=True)), (2, 5, 3)),
    "rnn": (lambda: Recurrent(nn.RNN(3, 4, batch_first=True)), (2, 5, 3)),
    "encoder": (lambda: encoder(False), (2, 4, 8)),
    "encoder_norm_first": (lambda: encoder(True), (2, 4, 8)),
    "transformer": (Decoded, (2, 4, 3)),
}
