"""Model cards for people: which models are installed, and what their cards say.

`installed` finds them and reads their cards, `content` puts a card into words and tables, `chart`
draws how it is calibrated, `markdown` and `page` write it down.
"""
