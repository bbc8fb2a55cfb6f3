"""The built-in prompts in French: what a native speaker would say on the telephone, not the English word by word."""

from __future__ import annotations

from common import NUMBERS, figures, moments

VOICE = "fr-fr"
"""Of espeak-ng."""

TEXTS = {
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
        "Si vous êtes l'animateur, saisissez votre code, suivi de la touche dièse. Sinon, appuyez simplement sur dièse."
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
    **moments(
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
        "Pour changer l'annonce, appuyez sur le 1. Pour changer le code, sur le 2. Pour revenir, appuyez sur étoile."
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
    "record-how": ("Parlez après le bip, puis appuyez sur la touche dièse. Pour ne rien changer, appuyez sur étoile."),
    "record-how-reset": "Pour revenir à l'original, tapez 3.",
    "record-choices": (
        "Pour garder cet enregistrement, tapez 1. Pour recommencer, tapez 2. Pour ne rien changer, appuyez sur étoile."
    ),
    "record-choices-reset": "Pour revenir à l'original, tapez 3.",
    "record-nothing": "Désolé, rien n'a été entendu.",
    "record-kept": "Votre enregistrement est gardé. Les appelants l'entendent dès maintenant.",
    "record-reset": "L'original est rétabli.",
    "record-unchanged": "Rien n'a été changé.",
    "record-failed": "Désolé, il est impossible d'enregistrer pour le moment.",
    "signed-in": "Vous êtes connecté.",
    "signed-out": "Vous êtes déconnecté.",
    "outside-not-allowed": "Vous n'êtes pas autorisé à appeler ce numéro.",
    "outside-too-many": "Il y a trop d'appels vers l'extérieur en ce moment. Veuillez réessayer plus tard.",
    "outside-no-minutes": "Il ne reste plus de minutes aujourd'hui pour les appels vers l'extérieur.",
    "outside-unreachable": "Ce numéro est injoignable pour le moment. Veuillez réessayer plus tard.",
    "outside-number": "Veuillez composer le numéro de téléphone, suivi de la touche dièse.",
    "emergency-unreachable": "Votre appel d'urgence ne peut pas aboutir. Utilisez immédiatement un autre téléphone.",
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
    "transfer-number": "Composez le numéro, puis la touche dièse.",
    "transfer-refused": "L'appel ne peut pas être transféré à ce numéro.",
    "transferred": "L'appel est transféré.",
    "switch-on": "C'est maintenant activé.",
    "switch-off": "C'est maintenant désactivé.",
    "hours-on": "Ouvert à partir de maintenant, jusqu'à nouvel ordre.",
    "hours-off": "Fermé à partir de maintenant, jusqu'à nouvel ordre.",
    "hours-auto": "Les horaires habituels s'appliquent de nouveau.",
    **figures("zéro un deux trois quatre cinq six sept huit neuf"),
}
"""By the names of the English ones."""
