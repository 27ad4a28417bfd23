"""`python -m gateway.cli`: the program `fixpit` where it is not on the path."""

from __future__ import annotations

from gateway.cli import main

if __name__ == "__main__":
    main(prog_name="fixpit")
