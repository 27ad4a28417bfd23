"""Market data over MQTT: topics and payloads, the publisher, and the embedded broker.

Nothing here knows FIX or HTTP, and nothing here runs in the matching loop: the publisher is part of a child process
(`gateway.followers.market_data`), the broker is one of its own.
"""
