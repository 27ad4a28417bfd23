"""FIX: framing, messages, sessions and order entry. The only package that knows tags; `acceptor` is its only socket."""
