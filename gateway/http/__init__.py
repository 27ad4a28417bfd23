"""Health, metrics, public market data and administration over HTTP, and the page: it never changes the exchange."""
