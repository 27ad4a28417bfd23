"""The trading day: its timetable, its auctions, its price limits, and all that falls due. Deterministic like the rest."""
