"""Whether everybody can use a page that is open in a browser."""

from axe_playwright_python.sync_playwright import Axe

DESK = {"width": 1366, "height": 768}
PHONE = {"width": 360, "height": 740}
TWICE_AS_LARGE = {"width": 683, "height": 384}
"""What a browser that shows everything at 200 % has of a opened."""

LOOKS = {
    "en": {"locale": "en-US", "viewport": DESK},
    "ru": {"locale": "ru-RU", "viewport": PHONE, "color_scheme": "dark", "reduced_motion": "reduce"},
    "kk": {"locale": "kk-KZ", "viewport": TWICE_AS_LARGE},
}
"""Language → how the page is looked at in it: all three are tried on each page, and so is each look."""

AXE = Axe().axe_script
KINDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
VIOLATIONS = """kinds => axe.run(document, {runOnly: kinds, resultTypes: ["violations"]}).then(found =>
    found.violations.map(each => [each.id, each.help, each.nodes.map(node => node.html.slice(0, 200))]))"""

SMALL_TARGETS = """
[...document.querySelectorAll("a, button, select, summary, input:not([type=hidden])")].filter(each => {
    const box = each.getBoundingClientRect();
    const inText = each.tagName === "A" && getComputedStyle(each).display === "inline";
    return box.width && !inText && !each.matches(".skip") && (box.height < 31.5 || box.width < 24);
}).map(each => each.outerHTML.slice(0, 120))
"""
"""What a finger would miss: links within text are as high as the text."""


def is_clean(window):
    """Nothing that axe-core knows of WCAG 2.2 AA is wrong, nothing is too wide or too small to be hit."""
    if not window.evaluate("'axe' in window"):
        window.evaluate(AXE)
    violations = window.evaluate(VIOLATIONS, KINDS)
    assert violations == [], (window.url, violations)
    wide = window.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, window.url
    small = window.evaluate(SMALL_TARGETS)
    assert small == [], (window.url, small)


def speak(window, language):
    """The page that is open, in another language."""
    address = window.evaluate("location.origin")
    window.context.add_cookies([{"name": "importer_language", "value": language, "url": address}])
    window.reload()
    assert window.evaluate("document.documentElement.lang") == language
