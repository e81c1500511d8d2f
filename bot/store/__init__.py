"""All SQL, a file a table. Rows become models here and nowhere else.

Functions take the connection of a transaction that the caller opened with `Database.read()` or
`Database.write()`, so that what belongs together is committed together.
"""
