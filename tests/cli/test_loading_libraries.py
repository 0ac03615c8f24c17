"""How commands load their libraries."""

import gc
import sys

import pytest

from importer.cli.loading import loading


def test_what_was_loaded_is_never_looked_through_again_and_garbage_is_collected_as_before(monkeypatch):
    before = gc.get_freeze_count()
    with loading():
        assert not gc.isenabled()
    assert gc.isenabled()
    assert gc.get_freeze_count() == before, "nothing was loaded: what is garbage by now can still go"
    with loading():
        monkeypatch.setitem(sys.modules, "loaded_meanwhile", sys)
    assert gc.get_freeze_count() > before


def test_after_a_library_that_cannot_be_loaded_garbage_is_collected_as_before():
    with pytest.raises(ImportError), loading():
        raise ImportError
    assert gc.isenabled()
