"""A folder that imports what is put into it: one file after the other, each filed where its end says.

``arrivals`` tells which files are complete, ``folders`` moves them so that a crash at any step loses none,
``inbox_sources`` which source a file belongs to, ``release`` lets a refused file through its gates once, and ``sweep``
is one pass over all of it.
"""
