"""The platform around the core: users and how they are known, their portfolios, and what enters them at the start."""
