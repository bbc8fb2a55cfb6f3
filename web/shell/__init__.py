"""What every page of the console has: the frame around it, forms, languages, and what keeps strangers out.

A slice's page is ``render(request, "slice/page.html", ...)`` (``rendering``); its template extends ``shell/base.html``
and imports ``shell/forms.html`` and ``shell/parts.html`` (``with context``). A route that takes a form has a parameter
``typed: TypedForm``, gives ``show_mistakes`` what it refuses and ends with ``redirect``, whose notice stands on the
next page. Settings, store and clock come as ``TheSettings``, ``TheStore`` and ``Now`` (``reach``). Every route is
behind ``no_forgery``; ``{{ forms.token() }}`` puts the token into a form, and htmx sends it by itself.
"""
