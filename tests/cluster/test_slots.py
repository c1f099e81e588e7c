"""Nodes keep out of each other's way, and out of everybody else's."""

from ipaddress import IPv4Network
from itertools import combinations
from pathlib import Path

import pytest

from cluster import slots
from support import process

DEFAULT = IPv4Network("0.0.0.0/0")


def test_no_two_nodes_share_a_name_or_an_address() -> None:
    for one, other in combinations(slots.ALL, 2):
        assert one.name != other.name
        assert not slots.overlaps(one, [other.pods, other.services])


def test_the_next_node_takes_the_next_place_and_leaves_it(tmp_path: Path) -> None:
    with slots.taken([], tmp_path) as first, slots.taken([], tmp_path) as second:
        assert (first.number, second.number) == (0, 1)

    with slots.taken([], tmp_path) as again:
        assert again.number == 0


@pytest.mark.parametrize("route", ["10.244.0.0/26", "10.96.0.7/32", "10.96.0.0/23"])
def test_addresses_that_somebody_uses_are_left_alone(tmp_path: Path, route: str) -> None:
    with slots.taken([DEFAULT, IPv4Network(route)], tmp_path) as slot:
        assert not slot.pods.overlaps(IPv4Network(route))
        assert not slot.services.overlaps(IPv4Network(route))
        assert slot.number > 0


def test_a_machine_without_a_free_place_says_what_a_node_needs(tmp_path: Path) -> None:
    everything = [IPv4Network("10.0.0.0/8")]

    with (
        pytest.raises(process.ProcessError, match=r"needs its part of 10\.244\.0\.0/16"),
        slots.taken(everything, tmp_path),
    ):
        pass
