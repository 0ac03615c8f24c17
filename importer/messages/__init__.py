"""Every sentence that a person reads, in English, Russian and Kazakh.

``text`` makes a sentence, ``language`` says in which language it is shown, ``wording`` has those of cells and rows by
code, ``sentences`` words whole frames of issues, ``kept_issues`` keeps them for the journal. Nothing is loaded here:
whoever only says a sentence does not pay for pandas.
"""
