"""What happens on the exchange: instruments, orders, books, the journal and the read model.

This package knows nothing of FIX tags, HTTP or MQTT; `gateway` does, and imports this package, never the other way.
"""
