"""The settings of one venue: read from file, environment and flags, checked as a whole, and frozen.

`load_settings` is the way in; `Settings` is what everybody reads.
"""

from gateway.settings.clock import ClockSettings
from gateway.settings.fix import FixSession, FixSettings
from gateway.settings.loading import load_settings, profile_names
from gateway.settings.reference import settings_reference, settings_schema
from gateway.settings.services import (
    FlowSettings,
    HttpSettings,
    JournalSettings,
    LogSettings,
    MqttSettings,
    StoreSettings,
    VenueSettings,
)
from gateway.settings.settings import Settings

__all__ = [
    "ClockSettings",
    "FixSession",
    "FixSettings",
    "FlowSettings",
    "HttpSettings",
    "JournalSettings",
    "LogSettings",
    "MqttSettings",
    "Settings",
    "StoreSettings",
    "VenueSettings",
    "load_settings",
    "profile_names",
    "settings_reference",
    "settings_schema",
]
