"""What is to be done with each row of a file, given the journal: which run it is, which rows it sends."""
