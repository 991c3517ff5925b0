"""The emotional arc of a conversation: how what was said scores, turn after turn.

`data` reads the scores from a Doc, `chart` draws them, `page` puts chart, numbers and where they
come from into one HTML file; `words` is how all of them write numbers, times and cues.
"""
