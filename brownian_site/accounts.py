"""What differs from django-allauth: limits on guesses, checks of names, and mails that fail."""

import logging
import secrets
from collections.abc import Mapping

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.userkit import filter_users_by_email, get_user_by_username
from allauth.core import context as current
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.contrib.sites.requests import RequestSite
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.http import HttpRequest, HttpResponse

from motion.core import names
from motion.core.errors import InvalidValueError
from motion.services import accounts, attempts
from motion.services.attempts import MINUTE_S, Limit, TooManyAttemptsError
from motion.telemetry import metrics

from .middleware.proxies import UNIX, get_address_key

logger = logging.getLogger(__name__)

# Names are shown to everyone, so a name must not be an address.
USERNAME_VALIDATORS = [
    RegexValidator(
        r"^[\w.+-]+\Z",
        "Others see this name: use letters, digits and . + - _ only, no @ and no spaces.",
    )
]


KNOWN_BROWSER = "known browser"
MAIL_SENT = "account/messages/email_confirmation_sent.txt"
KNOWN_FOR_S = 365 * 24 * 3600


def get_account_limit() -> Limit:
    """Wrong passwords for one account, from all addresses together."""
    return Limit("account", settings.WRONG_PASSWORDS_PER_ACCOUNT, 5 * MINUTE_S)


class Adapter(DefaultAccountAdapter):
    """Adapts allauth: the client's address, limits on guesses, and mails that name the site."""

    # Of two-factor codes alone: allauth keeps that count, and does not say when it ends.
    error_messages = DefaultAccountAdapter.error_messages | {
        "too_many_login_attempts": "Too many wrong codes. Try again in 5 minutes."
    }

    def get_client_ip(self, request: HttpRequest) -> str:
        # `TrustedProxies` has found the client. A proxy on a socket file that names none has no
        # address: its clients share one limit.
        return get_address_key(request.META.get("REMOTE_ADDR") or UNIX)

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """Clean the name of a new account; refuse one that looks like another user's or ours."""
        name: str = super().clean_username(names.clean_name(username), shallow)
        try:
            names.check_name(name)
            if names.is_reserved_name(name):
                raise InvalidValueError("username", "a name that does not speak for this site")
            accounts.refuse_lookalike(name)
        except InvalidValueError as error:
            raise ValidationError(str(error)) from None
        return name

    def validation_error(self, code: str, *arguments: object) -> ValidationError:
        if code == "too_many_login_attempts":  # of two-factor codes: allauth's own count
            attempts.mark_refused(current.request, TooManyAttemptsError(5 * MINUTE_S))
        error: ValidationError = super().validation_error(code, *arguments)
        return error

    # --- guessed passwords ---

    def pre_authenticate(self, request: HttpRequest, **credentials: str) -> None:
        """Count an attempt before its password is checked, instead of allauth's own counts.

        A browser that has signed in to this account before has a count of its own. So a person who
        guesses, far away or in the same network, does not lock the owner out.
        """
        account = _get_account_key(credentials)
        if browser := _find_known_browser(request, account):
            most = settings.WRONG_PASSWORDS_PER_ACCOUNT
            wanted = [(Limit("browser", most, 5 * MINUTE_S), browser)]
        else:
            by_address = Limit("address", settings.WRONG_PASSWORDS_PER_MINUTE, MINUTE_S)
            wanted = [(by_address, self.get_client_ip(request)), (get_account_limit(), account)]
        self._taken: list[tuple[Limit, str]] = []
        try:
            for limit, who in wanted:
                limit.count_attempt(who)
                self._taken.append((limit, who))
        except TooManyAttemptsError as error:
            self._give_back()
            attempts.mark_refused(request, error)
            raise ValidationError(f"Too many wrong passwords. {error}", code="too_many") from None

    def authenticate(self, request: HttpRequest, **credentials: str) -> User | None:
        user: User | None = super().authenticate(request, **credentials)
        if user is not None:
            self._give_back()
        return user

    def _give_back(self) -> None:
        for limit, who in self._taken:
            limit.undo_attempt(who)

    def post_login(self, request: HttpRequest, user: User, **options: object) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **options)
        response.set_cookie(
            settings.KNOWN_BROWSER_COOKIE,
            signing.dumps([user.pk, secrets.token_urlsafe(12)], salt=KNOWN_BROWSER),
            max_age=KNOWN_FOR_S,
            path="/",
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
        return response

    # --- mail ---

    def add_message(
        self, request: HttpRequest, level: int, *args: object, **options: object
    ) -> None:
        if not settings.SENDS_MAIL and MAIL_SENT in (*args, *options.values()):
            return  # nothing was sent, and the page of addresses says so
        super().add_message(request, level, *args, **options)

    def set_password(self, user: User, password: str) -> None:
        super().set_password(user, password)
        # Guesses at the old one count no longer.
        get_account_limit().forget_attempts(f"user:{user.pk}")

    def send_mail(self, template_prefix: str, email: str, context: dict[str, object]) -> None:
        """Send a mail, or say that it could not be sent: no account depends on a mail."""
        request = current.request
        site = RequestSite(request)
        site.name = "Brownian"
        try:
            super().send_mail(template_prefix, email, context | {"current_site": site})
        except OSError:
            metrics.mail_errors.inc()
            logger.exception("A mail could not be sent (%s)", template_prefix)
            messages.error(request, "We could not send the email. Please try again later.")


def _get_account_key(credentials: Mapping[str, str]) -> str:
    """The key that counts guesses: one for an account, with all names that it can sign in by."""
    login: str = credentials.get("username") or credentials.get("email", "")
    user_id = _find_user_id(login)
    return f"login:{login.lower()}" if user_id is None else f"user:{user_id}"


def _find_known_browser(request: HttpRequest, account: str) -> str | None:
    """The key of a browser that has signed in to `account` before, from its signed cookie."""
    cookie = request.COOKIES.get(settings.KNOWN_BROWSER_COOKIE, "")
    try:
        user_id, browser = signing.loads(cookie, salt=KNOWN_BROWSER, max_age=KNOWN_FOR_S)
    except (signing.BadSignature, TypeError, ValueError):
        return None
    return f"{account}:{browser}" if account == f"user:{user_id}" else None


def _find_user_id(login: str) -> int | None:
    """The id of the user whose password allauth will check for `login`."""
    users = filter_users_by_email(login, prefer_verified=True, for_login=True)
    if not users and (user := get_user_by_username(login)):
        users = [user]
    return min((user.pk for user in users), default=None)
