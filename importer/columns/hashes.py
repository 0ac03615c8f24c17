"""A 64-bit hash of each text of a column, computed for all of them at once."""

import secrets
from typing import Final

import numpy as np
import pyarrow as pa

from schemas.letters import WORD, Words, masked, spelled, words_of

_ODD: Final = (np.uint64(secrets.randbits(64) | 1), np.uint64(secrets.randbits(64) | 1))
"""Multipliers; odd, so that each step is one to one and texts meet only by chance."""

_START: Final = np.uint64(secrets.randbits(64))
"""Where each hash begins. All three are others in each process, so that nobody can prepare texts that meet."""


def hashes(texts: pa.LargeStringArray) -> Words:
    """The hashes of texts without nulls; equal texts have equal ones, within a process."""
    letters, edges = spelled(texts)
    starts, lengths = edges[:-1], np.diff(edges)
    words = words_of(np.concatenate([letters, np.zeros(WORD, np.uint8)]))  # the last text's last word goes on in zeros
    found = _mixed(lengths.astype(np.uint64) ^ _START)
    rows = np.flatnonzero(lengths)
    taken = 0
    while len(rows):
        left = lengths[rows] - taken
        found[rows] = _mixed(found[rows] ^ masked(words[starts[rows] + taken], left))
        rows, taken = rows[left > WORD], taken + WORD
    return found


def _mixed(words: Words) -> Words:
    for factor in _ODD:
        words = words * factor
        words ^= words >> np.uint64(32)
    return words
