"""The built-in prompts in Dutch: what a native speaker would say on the telephone, not the English word by word."""

from __future__ import annotations

from common import NUMBERS, figures, moments

VOICE = "nl"
"""Of espeak-ng."""

TEXTS = {
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
    **moments(
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
    "test-call": "Dit is een testoproep van Belplan. Als u dit hoort, werkt uw telefoon. Tot ziens.",
    "signed-in": "U bent aangemeld.",
    "signed-out": "U bent afgemeld.",
    "outside-not-allowed": "U mag dit nummer niet bellen.",
    "outside-too-many": "Er zijn op dit moment te veel gesprekken naar buiten. Probeer het later opnieuw.",
    "outside-no-minutes": "Er zijn vandaag geen minuten meer over voor gesprekken naar buiten.",
    "outside-unreachable": "Het nummer is op dit moment niet bereikbaar. Probeer het later opnieuw.",
    "outside-number": "Toets het telefoonnummer in, gevolgd door een hekje.",
    "emergency-unreachable": "Uw noodoproep kan niet worden doorverbonden. Gebruik onmiddellijk een andere telefoon.",
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
    "transfer-number": "Kies het nummer en dan het hekje.",
    "transfer-refused": "Naar dit nummer kunt u het gesprek niet doorverbinden.",
    "transferred": "Het gesprek wordt doorverbonden.",
    "switch-on": "Het is nu ingeschakeld.",
    "switch-off": "Het is nu uitgeschakeld.",
    "hours-on": "Vanaf nu open, totdat u het weer verandert.",
    "hours-off": "Vanaf nu gesloten, totdat u het weer verandert.",
    "hours-auto": "Open en gesloten weer volgens de klok.",
    **figures("nul één twee drie vier vijf zes zeven acht negen"),
}
"""By the names of the English ones."""
