"""The Freedom ID API over HTTP: client, token, transport, and the tables that judge answers and failures."""

from importer.freedom_id.address import check_url
from importer.freedom_id.answer import NOBODYS_IDS, PAGE, Answer, AnswerKind
from importer.freedom_id.classification import Classifier
from importer.freedom_id.client import FreedomId, NothingSent, Timeout
from importer.freedom_id.refresh_call import Refresher
from importer.freedom_id.token_renewal import TokenSource
from importer.freedom_id.transport import make_transport

__all__ = [
    "NOBODYS_IDS",
    "PAGE",
    "Answer",
    "AnswerKind",
    "Classifier",
    "FreedomId",
    "NothingSent",
    "Refresher",
    "Timeout",
    "TokenSource",
    "check_url",
    "make_transport",
]
