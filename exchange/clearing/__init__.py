"""What trades mean for money and shares: ledger, positions, fees, claims of open orders, risk, settlement."""
