"""Whether it is the configuration that is wrong, and not a file: then no file is refused for it."""

from importer.cluster import check_options
from importer.creating.endpoint.endpoint import check_endpoint
from importer.journal import Journal
from importer.progress import Watch
from importer.settings import Settings


def check_configuration(settings: Settings, watch: Watch) -> None:
    """Whether any file could be imported with these settings, as far as can be told without a request.

    Raises:
        UsageError: token, address, cluster, storage or journal cannot be used as they are.
        StorageFailed, BooksDontBalance: see ``Journal.open``.
    """
    check_options(settings)
    check_endpoint(settings, watch)
    with Journal.open(settings.journal_location):
        pass
