"""An instrument reads and writes its prices by its own scale."""

from __future__ import annotations

from exchange.reference.instruments import Instrument, scale_of


def test_an_instrument_has_the_scale_of_its_digits() -> None:
    instrument = Instrument("ACME", 3, 5, 1, "USD", 10_000, 5, 100_000, 1000)
    assert instrument.scale is scale_of(3)
    assert (instrument.scale.parse("10.005"), instrument.scale.text(10_005)) == (10_005, "10.005")
