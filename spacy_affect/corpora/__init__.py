"""Gold: how it lives on Docs and where it is read from."""
