"""Imports that the page started: their processes, how they stand, and what a person takes home from them."""
