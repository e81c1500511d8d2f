"""Who wants a paper: the query language, and what a query finds in a paper.

`parser.parse` turns what a person typed into a `query.Query`; `evaluate` says whether a paper matches
and why; `marking` finds the words that matched in the text that a card shows.
"""
