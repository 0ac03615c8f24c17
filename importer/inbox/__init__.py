"""A folder that imports what is put into it: one file after the other, each filed where its end says.

``arrivals`` tells which files are complete, ``folders`` moves them so that a crash at any step loses none, ``release``
lets a refused file through its gates once, ``retention`` removes what was filed long ago, and ``sweep`` is one pass
over all of it; ``filed_outcome`` is what it tells of each file, ``passes`` when there is one, and who is told. Whose
source a file is: ``settings.inbox_options``.
"""
