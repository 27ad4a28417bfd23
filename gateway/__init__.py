"""How the exchange is reached: FIX, HTTP, MQTT, the command line and scenarios.

This package owns sockets, protocols, identities and screens, and no market rule; those stand in `exchange`.
"""
