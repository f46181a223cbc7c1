"""The ledger: what was observed, slice by slice, for ever after."""
