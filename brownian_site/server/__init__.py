"""Our Daphne: the stock server, with the few things that a crowd on one motion needs.

    manage.py serve

Nothing of Daphne's is patched: `CommandLine` names our `Server`, which gives the two factories
that Daphne makes our kinds of connection. The site runs under the stock `daphne` command too,
without what docs/architecture.md lists under "Our Daphne".
"""
