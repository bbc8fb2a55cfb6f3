"""The built-in prompts in other languages than English, by the names of the English ones in make_prompts.py.

Each is what a native speaker would say on the telephone, not the English word by word. A prompt that is missing here is
heard in the account's language, else in English.
"""

from __future__ import annotations


def _figures(words: str) -> dict[str, str]:
    return {f"digit-{figure}": word for figure, word in enumerate(words.split())}


NUMBERS = {f"number-{number}": str(number) for number in range(10, 60)}
"""As figures: each voice says them in its own language."""


def _moments(days: str, dates: str, months: str, hours: str, on_the_hour: str, **exceptions: str) -> dict[str, str]:
    """Days and times of day; ``{}`` is the number. Languages differ in what they say between two of them."""
    today, yesterday = days.split()
    found = {
        "day-today": today,
        "day-yesterday": yesterday,
        **{f"date-{day}": dates.format(day) for day in range(1, 32)},
        **{f"month-{month}": name for month, name in enumerate(months.split(), 1)},
        **{f"hour-{hour}": hours.format(hour) for hour in range(24)},
        "minute-0": on_the_hour,
        **{f"minute-{minute}": str(minute) for minute in range(1, 10)},
    }
    return found | {name.replace("_", "-"): text for name, text in exceptions.items()}


GERMAN_DATES = {
    f"date_{day}": f"am {word}"
    for day, word in enumerate(
        (
            *("ersten", "zweiten", "dritten", "vierten", "fünften", "sechsten", "siebten", "achten", "neunten"),
            *("zehnten", "elften", "zwölften", "dreizehnten", "vierzehnten", "fünfzehnten", "sechzehnten"),
            *("siebzehnten", "achtzehnten", "neunzehnten", "zwanzigsten", "einundzwanzigsten", "zweiundzwanzigsten"),
            *("dreiundzwanzigsten", "vierundzwanzigsten", "fünfundzwanzigsten", "sechsundzwanzigsten"),
            *("siebenundzwanzigsten", "achtundzwanzigsten", "neunundzwanzigsten", "dreißigsten"),
            "einunddreißigsten",
        ),
        1,
    )
}

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
        "conference-pin": "Toets de pincode van de vergadering in, gevolgd door een hekje.",
        "conference-moderator-pin": (
            "Bent u de voorzitter, toets dan uw pincode in, gevolgd door een hekje. Druk anders alleen op het hekje."
        ),
        "conference-pin-again": "Sorry, die pincode klopt niet.",
        "conference-wrong-pin": "Sorry, zonder de juiste pincode kunt u niet deelnemen.",
        "conference-full": "Sorry, de vergadering is vol.",
        "conference-locked": "De vergadering is gesloten.",
        "conference-unlocked": "De vergadering is weer open.",
        "conference-first": "U bent de eerste in de vergadering.",
        "conference-one": "Er is één andere deelnemer.",
        "conference-others": "Het aantal andere deelnemers is",
        "conference-members": "Het aantal deelnemers is",
        "conference-waiting": "De vergadering begint als de voorzitter er is. Een ogenblik geduld alstublieft.",
        "conference-muted": "Uw microfoon staat uit.",
        "conference-unmuted": "Men kan u weer horen.",
        "conference-all-muted": "Alle anderen zijn nu stil.",
        "conference-all-unmuted": "Iedereen is weer te horen.",
        "agent-ready": "U bent klaar voor het volgende gesprek.",
        "queue-next": "U bent zo aan de beurt.",
        "queue-position": "Uw nummer in de wachtrij is",
        "queue-wait": "De verwachte wachttijd in minuten is",
        "queue-wait-minute": "We verwachten u binnen een minuut te woord te staan.",
        "queue-wait-long": "De verwachte wachttijd is meer dan een half uur.",
        **NUMBERS,
        **_moments(
            "vandaag gisteren",
            "op {}",
            "januari februari maart april mei juni juli augustus september oktober november december",
            "om {} uur",
            "precies",
        ),
        "mailbox-full": "Sorry, deze voicemail is vol. U kunt nu geen bericht achterlaten.",
        "message-review": (
            "Toets 1 om uw bericht te beluisteren, 2 om het opnieuw in te spreken, of 3 om het als dringend aan te "
            "merken. Toets een hekje om het te versturen, of hang gewoon op."
        ),
        "message-urgent": "Uw bericht is als dringend aangemerkt.",
        "mailbox-number": "Toets het nummer van de voicemail in, gevolgd door een hekje.",
        "mailbox-pin": "Toets de pincode van de voicemail in, gevolgd door een hekje.",
        "mailbox-pin-again": "Sorry, dat klopt niet.",
        "mailbox-refused": "Sorry, de voicemail kan niet worden geopend. Probeer het later nog eens.",
        "mailbox-empty": "Er zijn geen berichten.",
        "mailbox-new": "Nieuwe berichten:",
        "mailbox-urgent": "Waarvan dringend:",
        "mailbox-saved": "Bewaarde berichten:",
        "mailbox-empty-menu": "Toets 0 voor opties, of sterretje om de voicemail te verlaten.",
        "mailbox-end": (
            "Er zijn geen berichten meer. Toets 1 om bij het eerste te beginnen, 0 voor opties, "
            "of sterretje om de voicemail te verlaten."
        ),
        "mailbox-options": "Toets 1 voor de begroeting, 2 voor de pincode, of sterretje om terug te gaan.",
        "message-menu": (
            "Toets 1 om het bericht nog eens te horen, 2 om het te bewaren, 3 om het te wissen, 4 voor het vorige, "
            "5 voor het volgende, 6 om terug te bellen, 7 voor tijd en nummer, 0 voor opties, "
            "of sterretje om de voicemail te verlaten."
        ),
        "message-left": "Ingesproken",
        "message-from": "door",
        "message-unknown": "door een onbekend nummer.",
        "message-is-urgent": "Dringend.",
        "message-saved": "Bewaard.",
        "message-deleted": "Gewist.",
        "message-no-call-back": "Deze beller kan van hieruit niet worden teruggebeld.",
        "pin-new": "Toets een nieuwe pincode van 4 tot 12 cijfers in, gevolgd door een hekje.",
        "pin-repeat": "Toets de pincode nog eens in.",
        "pin-weak": "Kies een pincode die moeilijker te raden is.",
        "pin-differs": "De pincodes waren niet gelijk.",
        "pin-changed": "De pincode is gewijzigd.",
        "pin": "Toets de pincode in, gevolgd door een hekje.",
        "record-how": (
            "Spreek in na de pieptoon en druk op het hekje als u klaar bent. "
            "Toets een sterretje om alles te laten zoals het is."
        ),
        "record-how-reset": "Toets 3 om terug te gaan naar het origineel.",
        "record-choices": (
            "Toets 1 om deze opname te bewaren. "
            "Toets 2 om opnieuw op te nemen. Toets een sterretje om alles te laten zoals het is."
        ),
        "record-choices-reset": "Toets 3 om terug te gaan naar het origineel.",
        "record-nothing": "Sorry, er was niets te horen.",
        "record-kept": "Uw opname is bewaard. Bellers horen haar vanaf nu.",
        "record-reset": "Het origineel is terug.",
        "record-unchanged": "Er is niets veranderd.",
        "record-failed": "Sorry, er kan op dit moment niets worden opgenomen.",
        "signed-in": "U bent aangemeld.",
        "signed-out": "U bent afgemeld.",
        "not-allowed": "Daar heeft u geen toestemming voor.",
        "accept-call": "Er is een gesprek voor u. Toets 1 om het aan te nemen, of 2 om het te weigeren.",
        "accept-for": "Er is een gesprek voor",
        "accept-press": "Toets 1 om het aan te nemen, of 2 om het te weigeren.",
        "forward-where": "Toets het toestel of het nummer in waar uw gesprekken heen moeten, en daarna het hekje.",
        "forward-wrong": "Sorry, uw gesprekken kunnen daar niet heen.",
        "forward-always": "Al uw gesprekken",
        "forward-busy": "Gesprekken terwijl u in gesprek bent",
        "forward-no-answer": "Gesprekken die u niet beantwoordt",
        "forward-not-registered": "Gesprekken terwijl uw toestel niet verbonden is",
        "forward-to": "worden doorgeschakeld naar",
        "forward-voicemail": "gaan naar uw voicemail.",
        "forward-elsewhere": "worden doorgeschakeld, zoals voor u is ingesteld.",
        "forward-off": "worden niet doorgeschakeld.",
        "forward-none": "Uw gesprekken worden niet doorgeschakeld.",
        "do-not-disturb-on": "Niet storen is ingeschakeld. Bellers horen dat u in gesprek bent.",
        "do-not-disturb-off": "Niet storen is uitgeschakeld. Uw toestel gaat weer over.",
        "parked-in-slot": "Het gesprek staat geparkeerd op plaats",
        "parking-full": "Alle parkeerplaatsen zijn bezet.",
        "nothing-to-pick-up": "Er is geen oproep om over te nemen.",
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
        "conference-pin": "Bitte geben Sie die PIN der Konferenz ein, gefolgt von der Rautetaste.",
        "conference-moderator-pin": (
            "Wenn Sie die Konferenz leiten, geben Sie bitte Ihre PIN ein, gefolgt von der Rautetaste. "
            "Sonst drücken Sie nur die Rautetaste."
        ),
        "conference-pin-again": "Diese PIN ist leider nicht richtig.",
        "conference-wrong-pin": "Ohne die richtige PIN können Sie leider nicht teilnehmen.",
        "conference-full": "Die Konferenz ist leider voll.",
        "conference-locked": "Die Konferenz ist geschlossen.",
        "conference-unlocked": "Die Konferenz ist wieder offen.",
        "conference-first": "Sie sind der Erste in der Konferenz.",
        "conference-one": "Außer Ihnen ist ein Teilnehmer in der Konferenz.",
        "conference-others": "Die Zahl der anderen Teilnehmer ist",
        "conference-members": "Die Zahl der Teilnehmer ist",
        "conference-waiting": "Die Konferenz beginnt, sobald der Leiter da ist. Bitte bleiben Sie am Apparat.",
        "conference-muted": "Sie sind stumm geschaltet.",
        "conference-unmuted": "Man kann Sie wieder hören.",
        "conference-all-muted": "Alle anderen sind stumm geschaltet.",
        "conference-all-unmuted": "Alle sind wieder zu hören.",
        "agent-ready": "Sie sind bereit für den nächsten Anruf.",
        "queue-next": "Sie sind als Nächstes an der Reihe.",
        "queue-position": "Ihre Nummer in der Warteschlange ist",
        "queue-wait": "Die voraussichtliche Wartezeit in Minuten beträgt",
        "queue-wait-minute": "Wir sind voraussichtlich in weniger als einer Minute für Sie da.",
        "queue-wait-long": "Die voraussichtliche Wartezeit beträgt mehr als eine halbe Stunde.",
        **NUMBERS,
        **_moments(
            "heute gestern",
            "",
            "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
            "um {} Uhr",
            "genau",
            **GERMAN_DATES,
            hour_1="um ein Uhr",
        ),
        "mailbox-full": "Dieser Anrufbeantworter ist leider voll. Sie können zurzeit keine Nachricht hinterlassen.",
        "message-review": (
            "Um Ihre Nachricht anzuhören, drücken Sie die 1. Um sie neu aufzunehmen, die 2. "
            "Um sie als dringend zu kennzeichnen, die 3. Zum Absenden drücken Sie die Rautetaste, oder legen Sie auf."
        ),
        "message-urgent": "Ihre Nachricht ist als dringend gekennzeichnet.",
        "mailbox-number": "Bitte geben Sie die Nummer der Mailbox ein, gefolgt von der Rautetaste.",
        "mailbox-pin": "Bitte geben Sie die PIN der Mailbox ein, gefolgt von der Rautetaste.",
        "mailbox-pin-again": "Das ist leider nicht richtig.",
        "mailbox-refused": "Die Mailbox kann leider nicht geöffnet werden. Bitte versuchen Sie es später noch einmal.",
        "mailbox-empty": "Es gibt keine Nachrichten.",
        "mailbox-new": "Neue Nachrichten:",
        "mailbox-urgent": "Davon dringend:",
        "mailbox-saved": "Gespeicherte Nachrichten:",
        "mailbox-empty-menu": "Für Optionen drücken Sie die 0. Um die Mailbox zu verlassen, die Sterntaste.",
        "mailbox-end": (
            "Es gibt keine weiteren Nachrichten. Um von vorn zu beginnen, drücken Sie die 1. Für Optionen die 0. "
            "Um die Mailbox zu verlassen, die Sterntaste."
        ),
        "mailbox-options": "Für die Begrüßung drücken Sie die 1. Für die PIN die 2. Zurück geht es mit der Sterntaste.",
        "message-menu": (
            "Um die Nachricht noch einmal zu hören, drücken Sie die 1. Zum Speichern die 2. Zum Löschen die 3. "
            "Für die vorige die 4. Für die nächste die 5. Für einen Rückruf die 6. Für Zeit und Nummer die 7. "
            "Für Optionen die 0. Um die Mailbox zu verlassen, die Sterntaste."
        ),
        "message-left": "Hinterlassen",
        "message-from": "von",
        "message-unknown": "von einer unbekannten Nummer.",
        "message-is-urgent": "Dringend.",
        "message-saved": "Gespeichert.",
        "message-deleted": "Gelöscht.",
        "message-no-call-back": "Dieser Anrufer kann von hier aus nicht zurückgerufen werden.",
        "pin-new": "Bitte geben Sie eine neue PIN von 4 bis 12 Ziffern ein, gefolgt von der Rautetaste.",
        "pin-repeat": "Bitte geben Sie sie noch einmal ein.",
        "pin-weak": "Bitte wählen Sie eine PIN, die schwerer zu erraten ist.",
        "pin-differs": "Die beiden PINs waren nicht gleich.",
        "pin-changed": "Die PIN ist geändert.",
        "pin": "Bitte geben Sie die PIN ein, gefolgt von der Raute-Taste.",
        "record-how": (
            "Bitte sprechen Sie nach dem Signalton und drücken Sie am Ende die Raute-Taste. "
            "Damit alles bleibt, wie es ist, drücken Sie die Stern-Taste."
        ),
        "record-how-reset": "Um zum Original zurückzukehren, drücken Sie die 3.",
        "record-choices": (
            "Um diese Aufnahme zu behalten, drücken Sie die 1. "
            "Um sie zu wiederholen, drücken Sie die 2. "
            "Damit alles bleibt, wie es ist, drücken Sie die Stern-Taste."
        ),
        "record-choices-reset": "Um zum Original zurückzukehren, drücken Sie die 3.",
        "record-nothing": "Leider war nichts zu hören.",
        "record-kept": "Ihre Aufnahme ist gespeichert. Anrufer hören sie ab sofort.",
        "record-reset": "Das Original ist wieder da.",
        "record-unchanged": "Es wurde nichts geändert.",
        "record-failed": "Leider kann im Moment nichts aufgenommen werden.",
        "signed-in": "Sie sind angemeldet.",
        "signed-out": "Sie sind abgemeldet.",
        "not-allowed": "Dazu sind Sie nicht berechtigt.",
        "accept-call": "Ein Anruf für Sie. Drücken Sie 1, um ihn anzunehmen, oder 2, um ihn abzulehnen.",
        "accept-for": "Ein Anruf für",
        "accept-press": "Drücken Sie 1, um ihn anzunehmen, oder 2, um ihn abzulehnen.",
        "forward-where": (
            "Geben Sie die Nebenstelle oder die Rufnummer ein, zu der Ihre Anrufe "
            "gehen sollen, und dann die Rautetaste."
        ),
        "forward-wrong": "Dorthin können Ihre Anrufe leider nicht weitergeleitet werden.",
        "forward-always": "Alle Ihre Anrufe",
        "forward-busy": "Anrufe, während bei Ihnen besetzt ist,",
        "forward-no-answer": "Anrufe, die Sie nicht annehmen,",
        "forward-not-registered": "Anrufe, während Ihr Telefon nicht verbunden ist,",
        "forward-to": "werden weitergeleitet an",
        "forward-voicemail": "gehen an Ihre Mailbox.",
        "forward-elsewhere": "werden so weitergeleitet, wie es für Sie eingerichtet ist.",
        "forward-off": "werden nicht weitergeleitet.",
        "forward-none": "Ihre Anrufe werden nicht weitergeleitet.",
        "do-not-disturb-on": "Die Ruhefunktion ist eingeschaltet. Bei Ihnen ist besetzt.",
        "do-not-disturb-off": "Die Ruhefunktion ist ausgeschaltet. Ihr Telefon klingelt wieder.",
        "parked-in-slot": "Der Anruf ist geparkt auf Platz",
        "parking-full": "Alle Parkplätze für Anrufe sind belegt.",
        "nothing-to-pick-up": "Es gibt keinen Anruf, den Sie übernehmen könnten.",
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
        "directory": "Composez les premières lettres du prénom ou du nom, puis appuyez sur la touche dièse.",
        "directory-nobody": "Personne n'a un nom qui commence ainsi.",
        "directory-more-letters": "Veuillez composer davantage de lettres du nom.",
        "directory-confirm": "Appuyez sur 1 pour être mis en relation. Pour un autre nom, appuyez sur la touche dièse.",
        "directory-for": "Pour",
        "directory-press": "appuyez sur le",
        "directory-another": "Pour un autre nom, appuyez sur la touche dièse.",
        "nobody-available": "Nous sommes désolés, personne n'est disponible pour prendre votre appel.",
        "conference-pin": "Veuillez saisir le code de la conférence, suivi de la touche dièse.",
        "conference-moderator-pin": (
            "Si vous êtes l'animateur, saisissez votre code, suivi de la touche dièse. "
            "Sinon, appuyez simplement sur dièse."
        ),
        "conference-pin-again": "Désolé, ce code n'est pas le bon.",
        "conference-wrong-pin": "Désolé, vous ne pouvez pas participer sans le bon code.",
        "conference-full": "Désolé, la conférence est complète.",
        "conference-locked": "La conférence est fermée.",
        "conference-unlocked": "La conférence est de nouveau ouverte.",
        "conference-first": "Vous êtes le premier participant.",
        "conference-one": "Il y a un autre participant.",
        "conference-others": "Le nombre des autres participants est",
        "conference-members": "Le nombre de participants est",
        "conference-waiting": "La conférence commencera à l'arrivée de l'animateur. Veuillez patienter.",
        "conference-muted": "Votre micro est coupé.",
        "conference-unmuted": "On vous entend de nouveau.",
        "conference-all-muted": "Tous les autres micros sont coupés.",
        "conference-all-unmuted": "On entend de nouveau tout le monde.",
        "agent-ready": "Vous êtes prêt pour l'appel suivant.",
        "queue-next": "Vous êtes le prochain appelant à être servi.",
        "queue-position": "Votre numéro dans la file d'attente est le",
        "queue-wait": "Le temps d'attente estimé, en minutes, est de",
        "queue-wait-minute": "Nous pensons vous répondre dans moins d'une minute.",
        "queue-wait-long": "Le temps d'attente estimé est de plus d'une demi-heure.",
        **NUMBERS,
        **_moments(
            "aujourd'hui hier",
            "le {}",
            "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
            "à {} heures",
            "pile",
            date_1="le premier",
            hour_0="à minuit",
            hour_1="à une heure",
        ),
        "mailbox-full": "Désolé, cette messagerie est pleine. Vous ne pouvez pas laisser de message pour le moment.",
        "message-review": (
            "Pour écouter votre message, appuyez sur le 1. Pour le réenregistrer, sur le 2. "
            "Pour le marquer comme urgent, sur le 3. Pour l'envoyer, appuyez sur dièse, ou raccrochez."
        ),
        "message-urgent": "Votre message est marqué comme urgent.",
        "mailbox-number": "Veuillez composer le numéro de la messagerie, suivi de la touche dièse.",
        "mailbox-pin": "Veuillez saisir le code de la messagerie, suivi de la touche dièse.",
        "mailbox-pin-again": "Désolé, ce n'est pas le bon.",
        "mailbox-refused": "Désolé, la messagerie ne peut pas être ouverte. Veuillez réessayer plus tard.",
        "mailbox-empty": "Il n'y a pas de messages.",
        "mailbox-new": "Nouveaux messages :",
        "mailbox-urgent": "Dont urgents :",
        "mailbox-saved": "Messages sauvegardés :",
        "mailbox-empty-menu": "Pour les options, appuyez sur le 0. Pour quitter la messagerie, appuyez sur étoile.",
        "mailbox-end": (
            "Il n'y a plus de messages. Pour recommencer au premier, appuyez sur le 1. Pour les options, sur le 0. "
            "Pour quitter la messagerie, appuyez sur étoile."
        ),
        "mailbox-options": (
            "Pour changer l'annonce, appuyez sur le 1. Pour changer le code, sur le 2. "
            "Pour revenir, appuyez sur étoile."
        ),
        "message-menu": (
            "Pour réécouter le message, appuyez sur le 1. Pour le sauvegarder, sur le 2. Pour l'effacer, sur le 3. "
            "Pour le précédent, sur le 4. Pour le suivant, sur le 5. Pour rappeler, sur le 6. "
            "Pour l'heure et le numéro, sur le 7. Pour les options, sur le 0. Pour quitter, appuyez sur étoile."
        ),
        "message-left": "Laissé",
        "message-from": "par le",
        "message-unknown": "par un numéro inconnu.",
        "message-is-urgent": "Urgent.",
        "message-saved": "Sauvegardé.",
        "message-deleted": "Effacé.",
        "message-no-call-back": "Ce correspondant ne peut pas être rappelé d'ici.",
        "pin-new": "Veuillez saisir un nouveau code de 4 à 12 chiffres, suivi de la touche dièse.",
        "pin-repeat": "Veuillez le saisir encore une fois.",
        "pin-weak": "Veuillez choisir un code plus difficile à deviner.",
        "pin-differs": "Les deux codes n'étaient pas identiques.",
        "pin-changed": "Le code est changé.",
        "pin": "Veuillez composer le code, suivi de la touche dièse.",
        "record-how": (
            "Parlez après le bip, puis appuyez sur la touche dièse. Pour ne rien changer, appuyez sur étoile."
        ),
        "record-how-reset": "Pour revenir à l'original, tapez 3.",
        "record-choices": (
            "Pour garder cet enregistrement, tapez 1. "
            "Pour recommencer, tapez 2. Pour ne rien changer, appuyez sur étoile."
        ),
        "record-choices-reset": "Pour revenir à l'original, tapez 3.",
        "record-nothing": "Désolé, rien n'a été entendu.",
        "record-kept": "Votre enregistrement est gardé. Les appelants l'entendent dès maintenant.",
        "record-reset": "L'original est rétabli.",
        "record-unchanged": "Rien n'a été changé.",
        "record-failed": "Désolé, il est impossible d'enregistrer pour le moment.",
        "signed-in": "Vous êtes connecté.",
        "signed-out": "Vous êtes déconnecté.",
        "not-allowed": "Vous n'êtes pas autorisé à le faire.",
        "accept-call": "Il y a un appel pour vous. Tapez 1 pour le prendre, ou 2 pour le refuser.",
        "accept-for": "Il y a un appel pour",
        "accept-press": "Tapez 1 pour le prendre, ou 2 pour le refuser.",
        "forward-where": "Composez le poste ou le numéro vers lequel vos appels doivent aller, puis tapez dièse.",
        "forward-wrong": "Désolé, vos appels ne peuvent pas être renvoyés vers ce numéro.",
        "forward-always": "Tous vos appels",
        "forward-busy": "Les appels reçus quand vous êtes occupé",
        "forward-no-answer": "Les appels sans réponse",
        "forward-not-registered": "Les appels reçus quand votre téléphone n'est pas connecté",
        "forward-to": "sont renvoyés vers le",
        "forward-voicemail": "vont sur votre messagerie.",
        "forward-elsewhere": "sont renvoyés comme prévu pour vous.",
        "forward-off": "ne sont pas renvoyés.",
        "forward-none": "Vos appels ne sont pas renvoyés.",
        "do-not-disturb-on": "Ne pas déranger est activé. Vous êtes occupé pour tous ceux qui appellent.",
        "do-not-disturb-off": "Ne pas déranger est désactivé. Votre téléphone sonne de nouveau.",
        "parked-in-slot": "L'appel est mis en attente à la position",
        "parking-full": "Toutes les positions d'attente sont occupées.",
        "nothing-to-pick-up": "Il n'y a aucun appel à prendre.",
        "switch-on": "C'est maintenant activé.",
        "switch-off": "C'est maintenant désactivé.",
        "hours-on": "Ouvert à partir de maintenant, jusqu'à nouvel ordre.",
        "hours-off": "Fermé à partir de maintenant, jusqu'à nouvel ordre.",
        "hours-auto": "Les horaires habituels s'appliquent de nouveau.",
        **_figures("zéro un deux trois quatre cinq six sept huit neuf"),
    },
}
