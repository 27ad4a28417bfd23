"""Orders, price levels, books and the continuous matching of one instrument. Deterministic: no clock, random or I/O."""
