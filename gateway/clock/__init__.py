"""The venue's clock: the machine's own, a faster one, or one that stands until it is driven; and who drives it."""
