"""Mails without a mail server: printed at a terminal, and nowhere else."""

import logging
from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.console import EmailBackend
from django.http import HttpRequest

logger = logging.getLogger(__name__)


class TerminalBackend(EmailBackend):
    """Prints mails for a developer, but not into a journal: mails contain keys."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        if settings.DEBUG or self.stream.isatty():
            return super().send_messages(email_messages) or 0
        logger.warning("%d mail(s) not sent: EMAIL_URL names no mail server", len(email_messages))
        return 0


def sends_mail(request: HttpRequest) -> dict[str, bool]:
    """For templates: whether the site has a mail server."""
    return {"sends_mail": settings.SENDS_MAIL}
