"""What countries are called in English, Russian and Kazakh."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from schemas.iso3166 import ALPHA_3_OF

_NOISE: Final = re.compile(r"[^\w]+")

_COMMON: Final = """
KAZ: казахстан, қазақстан, kazakhstan, рк, rk, қр, республика казахстан, қазақстан республикасы,
  казакстан, казахстан рк,
  republic of kazakhstan, qazaqstan, qazaqstan respublikasy, казахстан республика, кз, qz
RUS: россия, рф, rf, russia, российская федерация, russian federation, ресей, ресей федерациясы, rossiya, россия рф
BLR: беларусь, рб, белоруссия, belarus, республика беларусь, republic of belarus, byelorussia, белорусь
KGZ: кыргызстан, киргизия, киргизстан, кр, kyrgyzstan, kyrgyz republic, кыргызская республика, қырғызстан,
  киргизская республика, кыргыз республикасы
UZB: узбекистан, руз, uzbekistan, республика узбекистан, өзбекстан, ozbekiston, oʻzbekiston, o zbekiston, узбекстан
TJK: таджикистан, tajikistan, республика таджикистан, тәжікстан, тоҷикистон
TKM: туркменистан, туркмения, turkmenistan, түрікменстан
UKR: украина, ukraine, україна
AZE: азербайджан, azerbaijan, әзербайжан, azərbaycan, азербайджанская республика
ARM: армения, armenia, республика армения
GEO: грузия, georgia
MDA: молдова, молдавия, moldova, республика молдова, republic of moldova
TUR: турция, turkey, turkiye, türkiye, түркия
CHN: китай, кнр, china, prc, pr china, peoples republic of china, китайская народная республика, қытай, қхр
USA: сша, usa, us, u s a, u s, united states, united states of america, соединенные штаты, ақш, америка құрама штаттары,
  соединенные штаты америки
GBR: великобритания, uk, u k, united kingdom, great britain, england, англия, соединенное королевство,
  ұлыбритания, britain, scotland
ARE: оаэ, uae, u a e, united arab emirates, объединенные арабские эмираты, эмираты, баә, emirates
KOR: южная корея, south korea, республика корея, korea republic of, republic of korea, оңтүстік корея
PRK: северная корея, north korea, кндр, dprk, солтүстік корея
DEU: германия, фрг, germany, federal republic of germany, deutschland
CZE: чехия, чешская республика, czech republic, czechia
MKD: македония, северная македония, macedonia, north macedonia
IRN: иран, iran, islamic republic of iran
SYR: сирия, syria
VNM: вьетнам, viet nam, vietnam
LAO: лаос, laos
NLD: голландия, нидерланды, holland, netherlands, the netherlands
CIV: кот дивуар, кот д ивуар, ivory coast, cote d ivoire
COD: демократическая республика конго, дрк, dr congo, др конго, drc, democratic republic of the congo
COG: республика конго, congo brazzaville, republic of the congo, republic of congo
MMR: мьянма, бирма, burma, myanmar
SWZ: свазиленд, swaziland, эсватини
TLS: восточный тимор, east timor
CPV: кабо верде, cape verde
PSE: палестина, palestine
TWN: тайвань, taiwan
HKG: гонконг, hong kong
MAC: макао, macau, macao
DOM: доминикана
VAT: ватикан, vatican, holy see
BOL: боливия, bolivia
TZA: танзания, tanzania
VEN: венесуэла, venezuela
BRN: бруней, brunei
FSM: микронезия, micronesia
SVK: словакия, slovakia, slovak republic
MNG: монголия, mongolia, моңғолия
IND: индия, india, үндістан
JPN: япония, japan, жапония
"""


def name_key(text: str) -> str:
    """A name without case, punctuation and accents (ё is е)."""
    letters = (char for char in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(char))
    return _NOISE.sub(" ", "".join(letters)).strip()


def _common_names() -> dict[str, str]:
    entries = (line.split(":") for line in _COMMON.replace(",\n  ", ", ").strip().splitlines())
    return {name_key(name): code for code, names in entries for name in names.split(",")}


COMMON_NAMES: Final = _common_names()
"""Folded name → alpha-3 for the names that fill nearly every file of the region, its short forms included.

Short forms that are also somebody's alpha-2 code are read as the code (KR is Korea); Cyrillic ones are names.
"""


_SHARED: Final = """
KOR / PRK: корея, korea
COD / COG: конго, congo, kongo
VGB / VIR: виргинские острова, virgin islands
GUF / GUY: гвиана, guiana
MAF / SXM: сен мартен, сент мартен, saint martin, st martin
ASM / WSM: samoa islands, острова самоа
USA: америка, america
"""

LOOSE_NAMES: Final = {
    name_key(name): codes.strip()
    for codes, names in (line.split(":") for line in _SHARED.strip().splitlines())
    for name in names.split(",")
}
"""Folded names that two countries or a continent share: worth a suggestion, never an answer."""

_GENERIC: Final = re.compile(r"\b(?:республика|республикасы|респ|respublikasy|republic|the|of|государство)\b")


def bare_name(key: str) -> str:
    """A folded name without "republic of"; "" where that would change the country (the Republic of China)."""
    bare = _NOISE.sub(" ", _GENERIC.sub(" ", key)).strip()
    return "" if bare == key or bare in {*LOOSE_NAMES, "china", "китай", "ireland"} else bare


@lru_cache(maxsize=1)
def every_name() -> dict[str, str]:
    """Folded name → alpha-3: all names that CLDR (Babel) has in English, Russian and Kazakh, and the common ones."""
    # A table of 750 names costs 30 ms: only files with uncommon countries pay.
    from babel import Locale  # noqa: PLC0415

    names = {
        name_key(name): ALPHA_3_OF[code]
        for language in ("en", "ru", "kk")
        for code, name in Locale(language).territories.items()
        if code.isalpha() and code in ALPHA_3_OF
    }
    return names | COMMON_NAMES
