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
        "nobody-available": "Het spijt ons, er is op dit moment niemand beschikbaar om u te woord te staan.",
        "not-allowed": "Dat mag u niet doen.",
        "switch-on": "Het is nu ingeschakeld.",
        "switch-off": "Het is nu uitgeschakeld.",
        "hours-on": "Vanaf nu open, totdat u het weer verandert.",
        "hours-off": "Vanaf nu gesloten, totdat u het weer verandert.",
        "hours-auto": "Open en gesloten weer volgens de klok.",
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
        "nobody-available": "Leider ist im Moment niemand frei, um Ihren Anruf entgegenzunehmen.",
        "not-allowed": "Dazu sind Sie nicht berechtigt.",
        "switch-on": "Es ist jetzt eingeschaltet.",
        "switch-off": "Es ist jetzt ausgeschaltet.",
        "hours-on": "Ab jetzt geöffnet, bis Sie es wieder ändern.",
        "hours-off": "Ab jetzt geschlossen, bis Sie es wieder ändern.",
        "hours-auto": "Die Öffnungszeiten gelten wieder nach der Uhr.",
        **_figures("null eins zwei drei vier fünf sechs sieben acht neun"),
    },
    "fr": {
        "invalid-choice": "Désolé, ce choix n'est pas valable.",
        "please-hold": "Veuillez patienter, s'il vous plaît.",
        "not-available": "Votre correspondant n'est pas disponible.",
        "leave-message": "Veuillez laisser un message après le bip. Appuyez sur la touche dièse pour terminer.",
        "goodbye": "Au revoir.",
        "not-in-service": "Le numéro que vous avez composé n'est pas attribué.",
        "nobody-available": "Nous sommes désolés, personne n'est disponible pour prendre votre appel.",
        "not-allowed": "Vous n'êtes pas autorisé à faire cela.",
        "switch-on": "C'est maintenant activé.",
        "switch-off": "C'est maintenant désactivé.",
        "hours-on": "Ouvert à partir de maintenant, jusqu'à nouvel ordre.",
        "hours-off": "Fermé à partir de maintenant, jusqu'à nouvel ordre.",
        "hours-auto": "Les horaires habituels s'appliquent de nouveau.",
        **_figures("zéro un deux trois quatre cinq six sept huit neuf"),
    },
}
