"""The Python API behind ``import importer``: the same jobs as the command line's, with DataFrames in and out."""
