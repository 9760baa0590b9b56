"""Our Daphne: the stock server, with limits on every client, and without work for each delivery.

    manage.py serve

It is subclasses, and patches nothing: `CommandLine` names our `Server`, whose two factories make
our kinds of connection. It knows nothing of motions, and could serve another ASGI application.
The site also runs under the stock `daphne` command, without what docs/architecture.md lists under
"Our Daphne".
"""
