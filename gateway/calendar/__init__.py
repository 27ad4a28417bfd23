"""The trading calendar: which days each market trades, when their phases begin, and each day opened in time."""
