"""Imports that the page started: how they stand, and what a person takes home from them."""
