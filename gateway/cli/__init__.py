"""The command line: `main` is the program `fixpit`."""

from gateway.cli.program import main

__all__ = ["main"]
