"""Languages by their codes (ISO 639-1, with a region where it matters), and which one stands in for a missing one."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from engine.dialplan.findings import Wrong, closest

LAST_RESORT = "en"
"""The language of which every built-in prompt is there."""

_CODE = re.compile(r"([a-z]{2})(?:-[a-z0-9]{2,8})?")

_TABLE = """
af Afrikaans, am Amharic, ar Arabic, as Assamese, az Azerbaijani, ba Bashkir, be Belarusian, bg Bulgarian,
bn Bengali, bs Bosnian, ca Catalan, cs Czech, cv Chuvash, cy Welsh, da Danish, de German, el Greek, en English,
eo Esperanto, es Spanish, et Estonian, eu Basque, fa Persian, fi Finnish, fo Faroese, fr French, fy Frisian,
ga Irish, gd Gaelic, gl Galician, gn Guarani, gu Gujarati, he Hebrew, hi Hindi, hr Croatian, ht Haitian,
hu Hungarian, hy Armenian, ia Interlingua, id Indonesian, io Ido, is Icelandic, it Italian, ja Japanese,
ka Georgian, kk Kazakh, kl Greenlandic, kn Kannada, ko Korean, ku Kurdish, ky Kyrgyz, la Latin, lb Luxembourgish,
lt Lithuanian, lv Latvian, mi Maori, mk Macedonian, ml Malayalam, mr Marathi, ms Malay, mt Maltese, my Burmese,
nb Bokmål, ne Nepali, nl Dutch, nn Nynorsk, no Norwegian, om Oromo, or Oriya, pa Punjabi, pl Polish, ps Pashto,
pt Portuguese, qu Quechua, ro Romanian, ru Russian, sd Sindhi, se Sami, si Sinhala, sk Slovak, sl Slovenian,
so Somali, sq Albanian, sr Serbian, sv Swedish, sw Swahili, ta Tamil, te Telugu, th Thai, ti Tigrinya,
tk Turkmen, tn Tswana, tr Turkish, tt Tatar, ug Uyghur, uk Ukrainian, ur Urdu, uz Uzbek, vi Vietnamese, xh Xhosa,
yi Yiddish, yo Yoruba, zh Chinese, zu Zulu
"""
NAMES: dict[str, str] = dict(re.findall(r"(\w\w) (\w+)", _TABLE))
"""The languages that may be named, in English."""


_OWN_NAMES = {
    "dansk": "da", "deutsch": "de", "español": "es", "suomi": "fi", "français": "fr", "italiano": "it",
    "nederlands": "nl", "vlaams": "nl", "norsk": "no", "polski": "pl", "português": "pt", "svenska": "sv",
}  # fmt: skip


def read_code(value: Any) -> str:
    """A language as ``nl`` or ``pt-br``, in lower case. Raises Wrong."""
    text = value.strip().lower() if isinstance(value, str) else ""
    match = _CODE.fullmatch(text)
    if match and match[1] in NAMES:
        return text
    codes = {name.lower(): code for code, name in NAMES.items()} | _OWN_NAMES
    meant = closest(text, codes) if text else None
    hint = f"did you mean '{codes[meant]}'?" if meant else "expected one such as en or nl"
    raise Wrong(f"'{text[:60]}' is no language" if text else "this is no language", hint)


def is_code(text: str) -> bool:
    """Whether a text looks like a language's code, known or not."""
    return re.fullmatch(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})?", text) is not None


def in_words(language: str) -> str:
    """``Dutch``, ``Portuguese (br)``: a language as messages name it."""
    base, _, region = language.partition("-")
    return NAMES.get(base, base) + (f" ({region})" if region else "")


@lru_cache(maxsize=256)
def standing_in(language: str, of_account: str) -> tuple[str, ...]:
    """The languages to look for, the best first: ``language`` itself, the account's, English."""
    wanted = (language, language.partition("-")[0], of_account, of_account.partition("-")[0], LAST_RESORT)
    return tuple(dict.fromkeys(wanted))
