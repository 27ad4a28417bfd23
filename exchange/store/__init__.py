"""The read model in SQL: who may connect, and what the event stream says about orders and trades.

The journal is the truth and the venue never reads from here. A process of its own follows the event log into these
tables (`projection`), so a slow or absent database costs nobody an order; everything but `users` and `fix_sessions`
can be dropped and filled again (`rebuild`).
"""
