"""Corpus annotation: every input row comes back once, in order, whatever is wrong with it."""
