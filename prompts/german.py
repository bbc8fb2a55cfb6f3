"""The built-in prompts in German: what a native speaker would say on the telephone, not the English word by word."""

from __future__ import annotations

from common import NUMBERS, figures, moments

VOICE = "de"
"""Of espeak-ng."""

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

TEXTS = {
    "invalid-choice": "Diese Auswahl ist leider nicht möglich.",
    "please-hold": "Bitte bleiben Sie am Apparat.",
    "not-available": "Ihr Gesprächspartner ist zurzeit nicht erreichbar.",
    "leave-message": (
        "Bitte hinterlassen Sie eine Nachricht nach dem Signalton. Drücken Sie die Rautetaste, wenn Sie fertig sind."
    ),
    "goodbye": "Auf Wiederhören.",
    "not-in-service": "Die gewählte Rufnummer ist nicht vergeben.",
    "directory": ("Bitte geben Sie die ersten Buchstaben des Vornamens oder Nachnamens ein, und dann die Rautetaste."),
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
    **moments(
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
    "test-call": "Dies ist ein Testanruf von Belplan. Wenn Sie das hören, funktioniert Ihr Telefon. Auf Wiederhören.",
    "signed-in": "Sie sind angemeldet.",
    "signed-out": "Sie sind abgemeldet.",
    "outside-not-allowed": "Sie dürfen diese Rufnummer nicht anrufen.",
    "outside-too-many": "Zurzeit gibt es zu viele Gespräche nach außen. Bitte versuchen Sie es später noch einmal.",
    "outside-no-minutes": "Für heute sind keine Minuten für Gespräche nach außen mehr übrig.",
    "outside-unreachable": "Die Rufnummer ist zurzeit nicht erreichbar. Bitte versuchen Sie es später noch einmal.",
    "outside-number": "Bitte geben Sie die Rufnummer ein, gefolgt von der Raute-Taste.",
    "emergency-unreachable": "Ihr Notruf kann nicht verbunden werden. Bitte benutzen Sie sofort ein anderes Telefon.",
    "not-allowed": "Dazu sind Sie nicht berechtigt.",
    "accept-call": "Ein Anruf für Sie. Drücken Sie 1, um ihn anzunehmen, oder 2, um ihn abzulehnen.",
    "accept-for": "Ein Anruf für",
    "accept-press": "Drücken Sie 1, um ihn anzunehmen, oder 2, um ihn abzulehnen.",
    "forward-where": (
        "Geben Sie die Nebenstelle oder die Rufnummer ein, zu der Ihre Anrufe gehen sollen, und dann die Rautetaste."
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
    "transfer-number": "Bitte wählen Sie die Nummer und dann die Rautetaste.",
    "transfer-refused": "Zu dieser Nummer können Sie den Anruf nicht weiterverbinden.",
    "transferred": "Der Anruf wird weiterverbunden.",
    "switch-on": "Es ist jetzt eingeschaltet.",
    "switch-off": "Es ist jetzt ausgeschaltet.",
    "hours-on": "Ab jetzt geöffnet, bis Sie es wieder ändern.",
    "hours-off": "Ab jetzt geschlossen, bis Sie es wieder ändern.",
    "hours-auto": "Die Öffnungszeiten gelten wieder nach der Uhr.",
    **figures("null eins zwei drei vier fünf sechs sieben acht neun"),
}
"""By the names of the English ones."""
