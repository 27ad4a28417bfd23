"""How others on the market behave: seeded agents that give commands and never look at a clock."""
