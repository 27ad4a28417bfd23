"""How commands get their order and survive: the data folder, the journal, the event log, the sequencer."""
