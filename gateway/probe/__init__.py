"""Numbered cases that tell of any FIX acceptor whether clients can trust it.

Independent of the rest on purpose: bytes are made by simplefix and read here, so that the venue's own codec does not
judge itself. Who calls it: `fixpit probe`.
"""
