"""Processes of their own that follow the event log: `store` into SQL, `market_data` to MQTT. Matching awaits none."""
