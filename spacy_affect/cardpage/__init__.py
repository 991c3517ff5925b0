"""Model cards for people: which models are installed, and what their cards say. And audits.

`installed` finds models and reads their cards, `content` puts a card into words and tables, which
are `blocks`; `chart` draws how it is calibrated, `markdown` and `page` write it down. `fairness`
puts an audit into words, `gaps` draws it, `fairness_page` writes it down by itself.
"""
