"""What is traded and by whom: integer units, instruments, accounts."""
