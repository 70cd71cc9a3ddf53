"""The two small networks, their training from scratch, and their export with BatchNorm in place."""

import warnings

import torch
from torch import nn
from torch.nn import functional

from nets import InvertedResidual, conv_bn

# The exporter warns about its own internals.
warnings.filterwarnings("ignore")


class SmallMobileNet(nn.Module):
    """Inverted residuals for 28 x 28 grey pictures, 66,000 parameters."""

    # expansion, channels, repeats, stride of the first
    blocks = [(1, 16, 1, 1), (4, 24, 2, 2), (4, 40, 2, 2), (4, 56, 1, 1)]

    def __init__(self, classes=10):
        super().__init__()
        layers, channels = [conv_bn(1, 16, stride=2)], 16
        for expand, outputs, repeats, stride in self.blocks:
            for i in range(repeats):
                layers.append(InvertedResidual(channels, outputs, stride if i == 0 else 1, expand))
                channels = outputs
        self.features = nn.Sequential(*layers, conv_bn(channels, 224, kernel=1))
        self.classifier = nn.Linear(224, classes)

    def forward(self, x):
        return self.classifier(functional.adaptive_avg_pool2d(self.features(x), 1).flatten(1))


def row_unit(inputs, outputs, kernel, stride=1, groups=1):
    """Convolution along a row, BatchNorm, ReLU6."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, (1, kernel), (1, stride), (0, kernel // 2), groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU6(),
    )


class SensorNet(nn.Module):
    """Separable convolutions along time for six channels of one row, 17,000 parameters."""

    def __init__(self, classes=7):
        super().__init__()
        layers, channels = [row_unit(6, 32, 5, stride=2)], 32
        for outputs, stride in [(48, 2), (64, 2), (96, 1)]:
            layers += [row_unit(channels, channels, 5, stride, groups=channels), row_unit(channels, outputs, 1)]
            channels = outputs
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Linear(channels, classes)

    def forward(self, x):
        return self.classifier(functional.adaptive_avg_pool2d(self.features(x), 1).flatten(1))


def pretrain(net, x, y, epochs, rate=0.005, batch=128):
    """Adam with a cosine schedule; the seed of torch decides everything random."""
    x, y = torch.tensor(x), torch.tensor(y)
    steps = epochs * (len(x) // batch)
    optimizer = torch.optim.Adam(net.parameters(), rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    net.train()
    for _ in range(epochs):
        for chosen in torch.randperm(len(x)).split(batch):
            if len(chosen) == batch:
                optimizer.zero_grad()
                functional.cross_entropy(net(x[chosen]), y[chosen]).backward()
                optimizer.step()
                schedule.step()
    return net.eval()


@torch.no_grad()
def accuracy(net, x, y):
    classes = torch.cat([net(part).argmax(1) for part in torch.tensor(x).split(500)])
    return float((classes.numpy() == y).mean())


def export(net, x, path):
    torch.onnx.export(
        net,
        torch.tensor(x[:1]),
        path,
        dynamo=False,
        opset_version=17,
        input_names=["input"],
        output_names=["logits"],
        dynamic_axes={"input": {0: "N"}, "logits": {0: "N"}},
        # PRESERVE exports the evaluating network and yet leaves BatchNorm unfused.
        training=torch.onnx.TrainingMode.PRESERVE,
        do_constant_folding=False,
    )
