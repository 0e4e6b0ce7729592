from __future__ import annotations

from ipaddress import IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerby.accounts.address_group import address_group


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_all_addresses_of_a_home_are_one_visitor(low, other):
    home = 0x2001_0DB8_0001_0002 << 64
    assert address_group(str(IPv6Address(home | low))) == address_group(str(IPv6Address(home | other)))
    assert address_group(str(IPv6Address(home | low))) != address_group(str(IPv6Address((home + 2**64) | low)))


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("10.0.0.1", "10.0.0.1", True),
        ("10.0.0.1", "10.0.0.2", False),
        ("::ffff:10.0.0.1", "10.0.0.1", True),  # a socket for both IPv6 and IPv4
        ("::ffff:10.0.0.1", "::ffff:10.0.0.2", False),
        ("fe80::1%eth0", "fe80::2%eth0", True),
        ("", "", True),
    ],
)
def test_who_is_one_visitor(one, two, same):
    assert (address_group(one) == address_group(two)) is same
