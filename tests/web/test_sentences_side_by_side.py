"""Sentences that stand one behind another on a screen: there is a space between them, whichever of them are said."""

import html
import re

import pytest
from support.commands import importer, sandbox

from importer.web.rendering import FOLDER, environment

__all__ = ["importer", "sandbox"]

TEMPLATES = sorted(path.name for path in (FOLDER / "templates").glob("*.html"))
INLINE = ("<a ", "<strong", "<span", "<em")
SAID = re.compile(r"""(?:_|ngettext)\(.*?[.!?…:)]["']""")
GLUED = re.compile(r"[^\W\d][.!?…)][^\W_]")


def pieces(source):
    """What a template is made of, once the environment has trimmed it: (kind, text), "say", "data" or "tag"."""
    made, inside = [], []
    for _line, kind, text in environment().lex(source):
        if kind in {"variable_begin", "block_begin"}:
            inside = []
        elif kind in {"variable_end", "block_end"}:
            made.append(("say" if kind == "variable_end" else "tag", "".join(inside).strip()))
        elif kind == "data":
            made.append(("data", text))
        elif kind not in {"comment_begin", "comment", "comment_end"}:
            inside.append(text)
    return made


def behind(made, at):
    """What may stand behind a piece where what is between them is not said, or said too."""
    while at < len(made):
        kind, text = made[at]
        word = text.partition(" ")[0] if kind == "tag" else ""
        if word in {"else", "elif"}:  # another branch: what comes behind all of them
            depth = 1
            while depth:
                at += 1
                inner = made[at][1].partition(" ")[0] if made[at][0] == "tag" else ""
                depth += (inner == "if") - (inner == "endif")
        elif kind == "data" and not text:
            pass
        elif kind != "tag":
            return kind, text
        elif word == "endcall":  # a note or a form: a block of its own
            return "", ""
        at += 1
    return "", ""


@pytest.mark.parametrize("name", TEMPLATES)
def test_no_template_says_a_sentence_right_behind_another_one(name):
    made = pieces((FOLDER / "templates" / name).read_text(encoding="utf-8"))
    glued = []
    for at, (kind, text) in enumerate(made):
        if kind != "say" or not SAID.search(text):
            continue
        after, then = behind(made, at + 1)
        if after == "say" or then[:1].isalnum() or then.startswith(INLINE):
            glued.append((text, then))
    assert glued == []


def test_no_screen_has_a_sentence_that_ends_at_a_letter(importer, sandbox, serve, tmp_path):
    header = "phone,firstname,lastname,country\n"
    (tmp_path / "before.csv").write_text(header + "+77010000001,Анна,Ким,KAZ\n")
    assert importer("run", tmp_path / "before.csv").code == 0
    (tmp_path / "token").write_text(sandbox.token)
    (tmp_path / "token").chmod(0o600)
    anna = serve(settings={"url": sandbox.url, "token_file": tmp_path / "token"}).client()
    rows = "+77010000001,Анна,Ким,KAZ\n+77010000002,Анна,Ким,KAZ\n12,Анна,Ким,KAZ\n"
    at = anna.upload("now.csv", (header + rows).encode())
    anna.settled(f"{at}/check")
    for language in ("en", "ru", "kk"):
        anna.http.headers["accept-language"] = language
        for screen in ("file", "columns", "check", "import"):
            page = anna.settled(f"{at}/{screen}").text.partition("<main")[2]
            text = html.unescape(re.sub(r"<(?!/?(?:a|strong|span)\b)[^>]+>", "\n", page))
            assert GLUED.findall(re.sub(r"<[^>]+>|now\.csv", "", text)) == [], (language, screen)
