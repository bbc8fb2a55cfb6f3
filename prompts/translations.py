"""The built-in prompts in other languages than English, by the names of the English ones in make_prompts.py.

Each is what a native speaker would say on the telephone, not the English word by word. A prompt that is missing here is
heard in the account's language, else in English.
"""

from __future__ import annotations


def _figures(words: str) -> dict[str, str]:
    return {f"digit-{figure}": word for figure, word in enumerate(words.split())}


VOICES = {"nl": "nl", "de": "de", "fr": "fr-fr"}
"""The voice of espeak-ng that speaks a language."""

TRANSLATIONS: dict[str, dict[str, str]] = {
    "nl": {
        "invalid-choice": "Sorry, die keuze kennen we niet.",
        "please-hold": "Een ogenblik geduld alstublieft.",
        "not-available": "Degene die u belt is niet bereikbaar.",
        "leave-message": "Spreek uw bericht in na de pieptoon. Druk op het hekje als u klaar bent.",
        "goodbye": "Tot ziens.",
        "not-in-service": "Het nummer dat u heeft gekozen is niet in gebruik.",
        "directory": "Toets de eerste letters van de voornaam of achternaam in, en daarna het hekje.",
        "directory-nobody": "Er is niemand met een naam die zo begint.",
        "directory-more-letters": "Toets meer letters van de naam in.",
        "directory-confirm": "Toets 1 om verbonden te worden. Toets het hekje voor een andere naam.",
        "directory-for": "Voor",
        "directory-press": "toets",
        "directory-another": "Toets het hekje voor een andere naam.",
        "nobody-available": "Het spijt ons, er is op dit moment niemand beschikbaar om u te woord te staan.",
        **_figures("nul één twee drie vier vijf zes zeven acht negen"),
    },
    "de": {
        "invalid-choice": "Diese Auswahl ist leider nicht möglich.",
        "please-hold": "Bitte bleiben Sie am Apparat.",
        "not-available": "Ihr Gesprächspartner ist zurzeit nicht erreichbar.",
        "leave-message": (
            "Bitte hinterlassen Sie eine Nachricht nach dem Signalton. "
            "Drücken Sie die Rautetaste, wenn Sie fertig sind."
        ),
        "goodbye": "Auf Wiederhören.",
        "not-in-service": "Die gewählte Rufnummer ist nicht vergeben.",
        "directory": (
            "Bitte geben Sie die ersten Buchstaben des Vornamens oder Nachnamens ein, und dann die Rautetaste."
        ),
        "directory-nobody": "Niemand hat einen Namen, der so beginnt.",
        "directory-more-letters": "Bitte geben Sie weitere Buchstaben des Namens ein.",
        "directory-confirm": (
            "Drücken Sie die 1, um verbunden zu werden. Für einen anderen Namen drücken Sie die Rautetaste."
        ),
        "directory-for": "Für",
        "directory-press": "drücken Sie die",
        "directory-another": "Für einen anderen Namen drücken Sie die Rautetaste.",
        "nobody-available": "Leider ist im Moment niemand frei, um Ihren Anruf entgegenzunehmen.",
        **_figures("null eins zwei drei vier fünf sechs sieben acht neun"),
    },
    "fr": {
        "invalid-choice": "Désolé, ce choix n'est pas valable.",
        "please-hold": "Veuillez patienter, s'il vous plaît.",
        "not-available": "Votre correspondant n'est pas disponible.",
        "leave-message": "Veuillez laisser un message après le bip. Appuyez sur la touche dièse pour terminer.",
        "goodbye": "Au revoir.",
        "not-in-service": "Le numéro que vous avez composé n'est pas attribué.",
        "directory": "Composez les premières lettres du prénom ou du nom, puis appuyez sur la touche dièse.",
        "directory-nobody": "Personne n'a un nom qui commence ainsi.",
        "directory-more-letters": "Veuillez composer davantage de lettres du nom.",
        "directory-confirm": "Appuyez sur 1 pour être mis en relation. Pour un autre nom, appuyez sur la touche dièse.",
        "directory-for": "Pour",
        "directory-press": "appuyez sur le",
        "directory-another": "Pour un autre nom, appuyez sur la touche dièse.",
        "nobody-available": "Nous sommes désolés, personne n'est disponible pour prendre votre appel.",
        **_figures("zéro un deux trois quatre cinq six sept huit neuf"),
    },
}
