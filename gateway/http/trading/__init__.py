"""The trading API: portfolios, orders, trades, money, and what operators do to them; `routes` has all of it."""
