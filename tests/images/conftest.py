"""Fixtures: the two images, unpacked."""

from collections.abc import Iterator

import pytest

from support import debian, images
from support.unpacked_image import Unpacked, unpacked


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Unpacked]:
    """Return the image of operator and platform."""
    debian.skip_unless_available()
    with unpacked(images.product_image(), tmp_path_factory.mktemp("product")) as image:
        yield image


@pytest.fixture(scope="session")
def robot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Unpacked]:
    """Return the base image of digital workers."""
    debian.skip_unless_available()
    with unpacked(images.robot_image(), tmp_path_factory.mktemp("robot")) as image:
        yield image
