"""The ops page: upload a spreadsheet, see what is wrong, put it right, run it, take the result home.

A caller of the same functions as the command line, without any logic of imports. ``application`` makes it,
``routes`` lists its screens, ``screens`` holds one file a screen; everything else here serves them.

How a screen is made: a function ``(request, session)`` that gives ``render(request, "name.html", …)`` behind
``show("/path", function)``, or ``(request, session, form)`` that changes something and gives ``go("/path")``
behind ``change("/path", function)``. Both know who asks; ``change`` also checks the form's CSRF token. They are plain
functions, called in a thread: they may wait for the disk. ``follow`` tells an open page that something changed, and the
script fetches the page and puts its ``data-swap`` parts in place. What they work with is ``site_of(request)``. In
templates a form is ``{% call form(action) %}``, a text ``{{ _("…") }}``, a number ``{{ 2481 | number }}``.
"""
