"""The trading day: its timetable, auctions, price limits, and all that falls due. Deterministic like the rest."""
