"""Accounts: signing up and in, what is limited, what a second factor guards."""

from __future__ import annotations

import io
import re
from typing import Any

import django
import pytest
from allauth.account.models import EmailAddress
from allauth.core.internal.ratelimit import get_rates
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.contrib.auth import get_user_model
from django.core import mail, signing
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from brownian_site import settings as site
from brownian_site.environment import build_mailer
from brownian_site.mail import TerminalBackend
from brownian_site.middleware.proxies import find_client_address, is_trusted
from motion.core.errors import NoSuchMotionError
from motion.models import Motion
from motion.services import accounts, members, motions
from motion.views.accounts import DeleteAccountForm
from tests.support.factories import make_user
from tests.support.markup import parse_html, read_page

pytestmark = pytest.mark.django_db

KNOWN = "known"
PASSWORD = "between-drift-and-noise"
WRONG = "The username and/or password you specified are not correct."
TOO_MANY = "Too many wrong passwords. Try again in"
TOO_MANY_CODES = "Too many wrong codes. Try again in 5 minutes."


@pytest.fixture(autouse=True)
def nobody_has_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    # Each minute of the clock has a count of its own: none ends in the middle of a test.
    monkeypatch.setattr("motion.services.attempts.time", lambda: 1_800_000_010.0)


def sign_up(
    client: Client, username: str, headers: Any = None, email: str = "", **values: str
) -> HttpResponse:
    form = {"username": username, "email": email, "password1": PASSWORD, "password2": PASSWORD}
    return client.post("/accounts/signup/", form | values, **(headers or {}))


def sign_in(client: Client, login: str, password: str = "secret", **headers: Any) -> HttpResponse:
    return client.post("/accounts/login/", {"login": login, "password": password}, **headers)


def make_signed_in(username: str, **values: Any) -> Client:
    client = Client()
    make_user(username, **values)
    assert sign_in(client, username).status_code == 302
    return client


def read_user_name(client: Client) -> str:
    """Whom the header greets; nobody is the empty string."""
    names = read_page(client.get("/accounts/password/reset/")).find_all("bdi", class_="name")
    return "".join(name.text for name in names)


def read_errors(response: HttpResponse, field: str) -> str:
    """What stands beside a field that names it as its description."""
    page = read_page(response)
    found = page.find_all("ul", class_="errorlist", id=f"id_{field}_error")
    asked = page.find("input", name=field)
    assert asked.has("aria-invalid", "true") == bool(found)
    described_by = asked.attributes.get("aria-describedby", "").split()
    assert (f"id_{field}_error" in described_by) == bool(found)
    return "".join(errors.text for errors in found)


# --- signing up ----------------------------------------------------------------------------


def test_signing_up_needs_no_address() -> None:
    client = Client()

    response = sign_up(client, "robert")

    assert (response.status_code, response["Location"]) == (302, "/motions/")
    assert read_user_name(client) == "robert"
    assert mail.outbox == []


def test_address_given_on_signing_up_is_asked_for_confirmation() -> None:
    client = Client()

    response = sign_up(client, "robert", email="robert@brown.example")

    assert (response.status_code, response["Location"]) == (302, "/motions/")
    assert read_user_name(client) == "robert"
    (message,) = mail.outbox
    assert message.to == ["robert@brown.example"]
    assert message.subject.startswith("[Brownian] ")
    assert message.from_email == "Brownian <brownian@localhost>"
    assert "Hello from Brownian!" in message.body


@pytest.mark.parametrize("name", ["robert@brown.example", "@robert", "robert brown"])
def test_username_is_no_address(name: str) -> None:
    response = sign_up(Client(), name, email="kept@brown.example")

    assert response.status_code == 200
    assert "no @ and no spaces" in read_errors(response, "username")
    assert f'value="{name}"' in response.content.decode()
    assert 'value="kept@brown.example"' in response.content.decode()
    assert not get_user_model().objects.exists()


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("\u0430dmin", "one alphabet"),
        ("\u200b\u3164", "letters, digits"),
        ("Somebody", "a word like"),
        ("adm1n", "does not speak for this site"),
        ("PauI", "does not look like another user"),
        ("\u043e\u0441\u0435", "does not look like another user"),
    ],
)
def test_name_that_passes_for_another_is_refused(name: str, why: str) -> None:
    make_user("paul")
    make_user("oce")

    assert why in read_errors(sign_up(Client(), name), "username")
    assert get_user_model().objects.count() == 2


def test_sign_up_removes_invisible_characters_from_a_name() -> None:
    sign_up(Client(), "rob\u200b\u202eert")

    assert get_user_model().objects.get().username == "robert"


def test_first_administrator_may_be_called_so() -> None:
    call_command("createsuperuser", "--noinput", username="admin", email="a@b.example")

    with pytest.raises(CommandError, match="one alphabet"):
        call_command("createsuperuser", "--noinput", username="\u0430dmin", email="a@b.example")


def test_each_error_stands_beside_its_field() -> None:
    make_user("robert")

    response = sign_up(Client(), "Robert", password2="something-else-entirely")

    assert read_errors(response, "username") == "A user with that username already exists."
    assert read_errors(response, "email") == ""
    assert "same password" in read_errors(response, "password2")


# --- signing in and out --------------------------------------------------------------------


@pytest.mark.parametrize("login", ["robert", "ROBERT", "robert@brown.example"])
def test_signing_in_by_name_or_address(login: str) -> None:
    make_user("robert", email="robert@brown.example")
    client = Client()

    response = sign_in(client, login)

    assert (response.status_code, response["Location"]) == (302, "/motions/")
    assert read_user_name(client) == "robert"


def test_wrong_password_is_said_and_the_name_kept() -> None:
    make_user("robert")
    client = Client()

    response = sign_in(client, "robert", "wrong")

    html = response.content.decode()
    assert response.status_code == 200
    assert f'role="alert"><p>{WRONG}<' in html
    assert 'value="robert"' in html
    assert "wrong" not in [field["value"] for field in parse_html(html).find_all(value=True)]
    assert read_user_name(client) == ""


@pytest.mark.parametrize(
    ("wanted", "got"),
    [
        ("/motions/brownian/", "/motions/brownian/"),
        ("https://evil.example/", "/motions/"),
        ("//evil.example/", "/motions/"),
        ("/\\evil.example/", "/motions/"),
        ("javascript:alert(1)", "/motions/"),
    ],
)
def test_signing_in_leads_back_to_this_site_only(wanted: str, got: str) -> None:
    make_user("robert")

    form = {"login": "robert", "password": "secret", "next": wanted}
    response = Client().post("/accounts/login/", form)

    assert response["Location"] == got


def test_signing_out_takes_a_post() -> None:
    client = make_signed_in("robert")

    asked = client.get("/accounts/logout/")
    still = read_user_name(client)
    done = client.post("/accounts/logout/")

    assert (asked.status_code, still) == (200, "robert")
    assert (done.status_code, done["Location"]) == (302, "/")
    assert read_user_name(client) == ""


def test_signing_out_takes_a_token() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user("robert"))

    assert client.post("/accounts/logout/").status_code == 403
    assert read_user_name(client) == "robert"


# --- limits --------------------------------------------------------------------------------


def test_classroom_behind_one_address_signs_up_and_in_at_once() -> None:
    for number in range(30):
        assert sign_up(Client(), f"student-{number}")["Location"] == "/motions/"
    for number in range(30):
        assert sign_in(Client(), f"student-{number}", "mistyped").status_code == 200
        assert sign_in(Client(), f"student-{number}", PASSWORD)["Location"] == "/motions/"


def test_sign_up_over_the_limit_keeps_the_typed_values(settings: Any) -> None:
    settings.SIGNUPS_PER_MINUTE = 3
    for number in range(3):
        assert sign_up(Client(), f"student-{number}").status_code == 302

    refused = sign_up(Client(), "student-0", email="kept@brown.example")

    html = refused.content.decode()
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 60
    assert "Too many people in your network are doing this at once. Try again in" in html
    assert 'value="student-0"' in html
    assert 'value="kept@brown.example"' in html
    assert PASSWORD not in html
    assert "already exists" not in html
    assert sign_up(Client(), "other", {"REMOTE_ADDR": "192.0.2.7"}).status_code == 302


def count_checked_guesses(**headers: Any) -> int:
    """How many wrong passwords for one account are looked at before the limit is."""
    make_user("robert")
    for number in range(20):
        one = {name: value.format(number) for name, value in headers.items()}
        response = sign_in(Client(), "robert", f"guess-{number}", **one)
        if TOO_MANY in response.content.decode():
            return number
        assert WRONG in response.content.decode()
    return 20


def test_wrong_passwords_from_one_address_are_limited_for_all_accounts(settings: Any) -> None:
    settings.WRONG_PASSWORDS_PER_MINUTE = 3
    make_user("robert")

    said = [
        TOO_MANY in sign_in(Client(), f"somebody-{number}", "guess").content.decode()
        for number in range(5)
    ]
    refused = sign_in(Client(), "robert")

    assert said == [False, False, False, True, True]
    assert TOO_MANY in refused.content.decode()
    assert 'value="robert"' in refused.content.decode()
    assert (refused.status_code, 0 < int(refused["Retry-After"]) <= 60) == (429, True)
    assert sign_in(Client(), "robert", REMOTE_ADDR="192.0.2.7").status_code == 302


def test_known_browser_signs_in_whatever_its_neighbours_guess(settings: Any) -> None:
    settings.WRONG_PASSWORDS_PER_MINUTE = 3
    robert, other = make_signed_in("robert"), make_signed_in("other")
    for client in (robert, other):
        client.post("/accounts/logout/")
    for number in range(8):
        sign_in(Client(), "robert", f"guess-{number}")

    assert sign_in(Client(), "robert").status_code == 429
    assert sign_in(other, "robert").status_code == 429
    assert sign_in(robert, "robert").status_code == 302


def test_guesses_of_a_known_browser_are_limited() -> None:
    client = make_signed_in("robert")
    client.post("/accounts/logout/")

    answers = [sign_in(client, "robert", f"guess-{number}").status_code for number in range(6)]

    assert answers == [200] * 5 + [429]
    assert sign_in(Client(), "robert").status_code == 302


def test_forged_cookie_makes_no_browser_known() -> None:
    robert = make_user("robert")
    client = Client()
    client.cookies[KNOWN] = signing.dumps([robert.pk, "x"], salt="another")
    for number in range(5):
        sign_in(Client(), "robert", f"guess-{number}")

    assert sign_in(client, "robert").status_code == 429


def test_right_passwords_use_no_limit_up(settings: Any) -> None:
    settings.WRONG_PASSWORDS_PER_MINUTE = settings.WRONG_PASSWORDS_PER_ACCOUNT = 3
    make_user("robert")

    assert {sign_in(Client(), "robert").status_code for _ in range(10)} == {302}
    assert get_rates(app="allauth.account", action="login") == []


@pytest.mark.parametrize("login", ["Robert", "robert@brown.example", "Pollen@brown.example"])
def test_guesses_count_once_for_all_names_of_an_account(login: str) -> None:
    robert = make_user("robert", email="robert@brown.example")
    EmailAddress.objects.create(user=robert, email="pollen@brown.example", verified=True)
    for number in range(5):
        sign_in(Client(), "robert", f"guess-{number}")

    response = sign_in(Client(), login)

    assert response.status_code == 429
    assert TOO_MANY in response.content.decode()


def test_guesses_at_unknown_names_lock_no_account() -> None:
    robert = make_user("robert")
    nobody = [str(robert.pk), f"user:{robert.pk}", "robert@brown.example"]
    heard = [
        ["are not correct" in sign_in(Client(), login, "guess").content.decode() for _ in range(6)]
        for login in nobody
    ]

    assert heard == [[True] * 5 + [False]] * 3
    assert sign_in(Client(), "robert").status_code == 302


def test_guessing_one_password_is_limited() -> None:
    assert count_checked_guesses() == 5
    assert TOO_MANY in sign_in(Client(), "Robert").content.decode()


@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_X_FORWARDED_FOR": "203.0.113.{}"},
        {"HTTP_HOST": "localhost:80{}"},
        {"REMOTE_ADDR": "203.0.113.{}"},
    ],
)
def test_guessing_from_anywhere_is_limited(headers: dict[str, str]) -> None:
    assert count_checked_guesses(**headers) == 5


def test_forged_address_evades_no_limit(settings: Any) -> None:
    settings.SIGNUPS_PER_MINUTE = 3

    answers = [
        sign_up(Client(), "", {"HTTP_X_FORWARDED_FOR": f"203.0.113.{number}"}).status_code
        for number in range(4)
    ]

    assert answers == [200, 200, 200, 429]


def test_limits_of_allauth_say_when_to_try_again() -> None:
    client = make_signed_in("robert")

    form = {"oldpassword": "wrong", "password1": PASSWORD, "password2": PASSWORD}
    answers = [client.post("/accounts/password/change/", form) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert answers[5]["Retry-After"] == "60"
    assert "<h1>Too many attempts.</h1>" in answers[5].content.decode()


def test_class_asks_for_new_passwords_at_once() -> None:
    addresses = [f"student-{number}@brown.example" for number in range(30)]

    answers = [Client().post("/accounts/password/reset/", {"email": one}) for one in addresses]

    assert {answer.status_code for answer in answers} == {302}


def test_password_reset_over_the_limit_keeps_the_typed_address(settings: Any) -> None:
    settings.RESETS_PER_MINUTE = 1
    form = {"email": "robert@brown.example"}

    first, refused = (Client().post("/accounts/password/reset/", form) for _ in range(2))

    assert (first.status_code, refused.status_code) == (302, 429)
    assert 0 < int(refused["Retry-After"]) <= 60
    assert 'value="robert@brown.example"' in refused.content.decode()


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "client"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "forged, 192.0.2.7, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "192.0.2.7, nonsense", "10.0.0.1"),
        ("unknown", "192.0.2.7", "unknown"),
    ],
)
def test_client_address_is_taken_from_trusted_proxies_only(
    settings: Any, peer: str, forwarded_for: str, client: str
) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    is_trusted.cache_clear()

    assert find_client_address(peer, forwarded_for) == client

    is_trusted.cache_clear()


# --- passwords -----------------------------------------------------------------------------


def test_password_reset_by_mail_replaces_a_lost_password() -> None:
    make_user("robert", email="robert@brown.example")
    client = Client()

    response = client.post("/accounts/password/reset/", {"email": "robert@brown.example"})
    link = re.search(r"http://testserver(/accounts/password/reset/key/\S+)", mail.outbox[0].body)
    assert link
    page = client.get(link[1], follow=True)
    form = {"password1": PASSWORD, "password2": PASSWORD}
    client.post(page.redirect_chain[-1][0], form)

    assert response["Location"] == "/accounts/password/reset/done/"
    assert sign_in(Client(), "robert").status_code == 200
    assert sign_in(Client(), "robert", PASSWORD).status_code == 302
    assert "invalid" in Client().get(link[1]).content.decode()


def test_password_change_ends_other_sessions_and_sends_a_mail() -> None:
    here = make_signed_in("robert", email="robert@brown.example")
    elsewhere = Client()
    sign_in(elsewhere, "robert")

    form = {"oldpassword": "secret", "password1": PASSWORD, "password2": PASSWORD}
    here.post("/accounts/password/change/", form)

    assert (read_user_name(here), read_user_name(elsewhere)) == ("robert", "")
    assert [message.subject for message in mail.outbox] == ["[Brownian] Password Changed"]


def test_wrong_old_password_changes_nothing() -> None:
    client = make_signed_in("robert")

    form = {"oldpassword": "wrong", "password1": PASSWORD, "password2": PASSWORD}
    response = client.post("/accounts/password/change/", form)

    assert read_errors(response, "oldpassword") == "Please type your current password."
    assert sign_in(Client(), "robert").status_code == 302


def set_mail(settings: Any, backend: str, **options: Any) -> None:
    """Send mail by `backend`, with options named as in Django's EMAIL_… settings."""
    email = {"EMAIL_BACKEND": backend, **options}
    changed = email if django.VERSION < (6, 1) else {"MAILERS": {"default": build_mailer(email)}}
    for name, value in changed.items():
        setattr(settings, name, value)


def test_account_needs_no_mail_server(settings: Any) -> None:
    smtp = "django.core.mail.backends.smtp.EmailBackend"
    set_mail(settings, smtp, EMAIL_HOST="127.0.0.1", EMAIL_PORT=1)
    client = Client()

    response = sign_up(client, "robert", email="robert@brown.example")

    assert response.status_code == 302
    assert "We could not send the email." in client.get("/accounts/").content.decode()


# --- without a mail server -----------------------------------------------------------------


@pytest.fixture
def no_mail(settings: Any) -> None:
    settings.SENDS_MAIL, settings.MFA_ALLOW_UNVERIFIED_EMAIL = False, True
    set_mail(settings, "brownian_site.mail.TerminalBackend")


@pytest.mark.parametrize("path", ["/accounts/password/reset/", "/accounts/password/reset/done/"])
def test_lost_password_names_an_administrator_without_a_mail_server(
    no_mail: None, path: str
) -> None:
    html = Client().get(path).content.decode()

    assert "Ask an administrator of this site for a link to choose a new password." in html
    assert "we have sent" not in html
    assert 'name="email"' not in html


def test_sign_up_page_shows_the_rule_for_names() -> None:
    page = Client().get("/accounts/signup/").content.decode()

    assert "Letters, digits and . + - _ only, no spaces." in page
    assert 'aria-describedby="id_username_helptext"' in page


def test_no_page_speaks_of_a_mail_that_is_not_sent(
    no_mail: None, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    client = Client()
    assert "This site sends no email" in client.get("/accounts/signup/").content.decode()

    sign_up(client, "robert", email="robert@brown.example")
    client.post("/accounts/password/reset/", {"email": "robert@brown.example"})
    page = client.get("/accounts/email/").content.decode()

    assert "email sent" not in page.lower()
    assert "you cannot confirm an address" in page
    assert "Send confirmation again" not in page
    printed = "".join(capfd.readouterr())
    assert "1 mail(s) not sent: EMAIL_URL names no mail server" in caplog.text
    for secret in ("/accounts/confirm-email/", "/accounts/password/reset/key/", "robert@"):
        assert secret not in printed + caplog.text


def test_two_factor_takes_no_confirmed_address_without_a_mail_server(no_mail: None) -> None:
    client = Client()
    sign_up(client, "robert", email="robert@brown.example")
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})

    html = client.get("/accounts/two-factor/totp/activate/").content.decode()

    assert 'id="authenticator_secret"' in html


def test_site_without_a_mail_server_knows_it() -> None:
    assert site.SENDS_MAIL is False
    assert site.email["EMAIL_BACKEND"] == "brownian_site.mail.TerminalBackend"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "debug", "printed"),
    [(Terminal(), False, True), (io.StringIO(), False, False), (io.StringIO(), True, True)],
    ids=["terminal", "journal", "debug"],
)
def test_mail_is_printed_at_a_terminal_alone(
    settings: Any, stream: io.StringIO, debug: bool, printed: bool
) -> None:
    settings.DEBUG = debug
    backend = TerminalBackend(stream=stream)

    backend.send_messages(
        [mail.EmailMessage("Subject", "the key", "from@x.example", ["to@x.example"])]
    )

    assert ("the key" in stream.getvalue()) is printed


# --- two-factor ----------------------------------------------------------------------------


def compute_code(secret: str) -> str:
    """What an authenticator app shows now."""
    counters = list(yield_hotp_counters_from_time())
    return format_hotp_value(hotp_value(secret, counters[len(counters) // 2]))


def turn_on(client: Client) -> str:
    """Set up two-factor as a person does, who gives the password again; the secret."""
    client.post("/accounts/reauthenticate/", {"password": "secret"})
    page = read_page(client.get("/accounts/two-factor/totp/activate/"))
    secret = page.find(id="authenticator_secret")["value"]
    assert any(image["src"].startswith("data:image/svg+xml;") for image in page.find_all("img"))
    response = client.post("/accounts/two-factor/totp/activate/", {"code": compute_code(secret)})
    assert response.status_code == 302
    cache.clear()  # a code is good for one use; the next would be that of half a minute later
    return secret


@pytest.mark.parametrize("path", ["/accounts/login/", "/admin/login/?next=/admin/"])
def test_second_factor_is_asked_for(path: str) -> None:
    secret = turn_on(make_signed_in("robert", is_staff=True, is_superuser=True))
    client = Client()

    page = client.get(path, follow=True)
    targets = [field["value"] for field in read_page(page).find_all(name="next")]
    form = {"login": "robert", "password": "secret", "next": "".join(targets)}
    asked = client.post("/accounts/login/", form)
    half_way = (read_user_name(client), client.get("/admin/").status_code)
    wrong = client.post("/accounts/two-factor/authenticate/", {"code": "000000"})
    right = client.post("/accounts/two-factor/authenticate/", {"code": compute_code(secret)})

    assert asked["Location"].startswith("/accounts/two-factor/authenticate/")
    assert half_way == ("", 302)
    assert read_errors(wrong, "code") == "Incorrect code."
    assert right["Location"] == ("/admin/" if "admin" in path else "/motions/")
    assert read_user_name(client) == "robert"
    assert client.get("/admin/").status_code == 200


def test_guessing_codes_is_limited() -> None:
    turn_on(make_signed_in("robert"))
    client = Client()
    sign_in(client, "robert")

    answers = [
        client.post("/accounts/two-factor/authenticate/", {"code": "000000"}) for _ in range(6)
    ]

    errors = [read_errors(answer, "code") for answer in answers]
    assert errors == ["Incorrect code."] * 5 + [TOO_MANY_CODES]
    assert (answers[5].status_code, answers[5]["Retry-After"]) == (429, "300")


def test_recovery_code_works_once() -> None:
    client = make_signed_in("robert")
    turn_on(client)
    code = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0]

    ways_in = []
    for _ in range(2):
        client = Client()
        sign_in(client, "robert")
        client.post("/accounts/two-factor/authenticate/", {"code": code})
        ways_in.append(read_user_name(client))

    assert ways_in == ["robert", ""]


def test_turning_two_factor_on_takes_the_password_again() -> None:
    response = make_signed_in("robert").get("/accounts/two-factor/totp/activate/")

    assert response["Location"].startswith("/accounts/reauthenticate/?next=")


# --- the admin -----------------------------------------------------------------------------


def test_admin_is_entered_by_the_same_door() -> None:
    first = Client().get("/admin/login/?next=/admin/motion/motion/")
    posted = Client().post("/admin/login/", {"username": "robert", "password": "secret"})

    assert first["Location"] == "/accounts/login/?next=%2Fadmin%2Fmotion%2Fmotion%2F"
    assert posted["Location"].startswith("/accounts/login/?next=")


def test_admin_refuses_people_without_permission() -> None:
    assert make_signed_in("robert").get("/admin/login/").status_code == 403


# --- the pages -----------------------------------------------------------------------------

OPEN = ["login/", "signup/", "password/reset/", "password/reset/done/", "confirm-email/"]
OPEN += ["password/reset/key/1-bad-key/", "password/reset/key/done/", "inactive/"]
OWN = ["", "email/", "password/change/", "logout/", "reauthenticate/", "two-factor/"]
OWN += ["two-factor/totp/activate/", "delete/"]
SECURED = ["two-factor/totp/deactivate/", "two-factor/recovery-codes/"]
SECURED += ["two-factor/recovery-codes/generate/", "two-factor/reauthenticate/"]


def check_page(client: Client, path: str) -> str:
    response = client.get(f"/accounts/{path}")
    html = response.content.decode()
    assert response.status_code == 200
    assert html.count("<main") == html.count("<h1>") == html.count('<header class="top">') == 1
    assert parse_html(html).find("title").text
    assert "style=" not in html
    assert "next=/accounts/" not in html
    return html


@pytest.mark.parametrize("path", OPEN)
def test_open_pages_have_our_look(path: str) -> None:
    assert ">Sign in</a>" in check_page(Client(), path)


@pytest.mark.parametrize("path", OWN)
def test_own_pages_have_our_look(path: str) -> None:
    client = make_signed_in("robert")
    client.post("/accounts/reauthenticate/", {"password": "secret"})

    html = check_page(client, path)

    assert '<form method="post" action="/accounts/logout/">' in html
    assert ">Admin</a>" not in html


@pytest.mark.parametrize("path", SECURED)
def test_secured_pages_have_our_look(path: str) -> None:
    client = make_signed_in("robert", is_staff=True)
    turn_on(client)

    assert '<a href="/admin/">Admin</a>' in check_page(client, path)


@pytest.mark.parametrize("path", OWN[:4])
def test_account_pages_redirect_visitors_to_sign_in(path: str) -> None:
    response = Client().get(f"/accounts/{path}")

    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/" if path != "logout/" else "/")


def test_header_leads_back() -> None:
    html = Client().get("/nowhere/?page=2").content.decode()

    assert 'href="/accounts/login/?next=/nowhere/%3Fpage%3D2"' in html


# --- deleting an account -------------------------------------------------------------------


def make_owner(*titles: str) -> tuple[Client, list[Motion]]:
    """Robert, signed in, who has just given his password again, and his motions."""
    client = make_signed_in("robert")
    client.post("/accounts/reauthenticate/", {"password": "secret"})
    robert = get_user_model().objects.get(username="robert")
    return client, [members.create_own_motion(robert, title=title) for title in titles]


def read_names(motion: Motion) -> dict[str, str]:
    return dict(motion.memberships.values_list("user__username", "role"))


def test_deleting_an_account_takes_the_password_again() -> None:
    response = make_signed_in("robert").post("/accounts/delete/", {"sure": "on"})

    assert response["Location"].startswith("/accounts/reauthenticate/?next=")
    assert get_user_model().objects.count() == 1


def test_deleted_account_leaves_its_motions_as_chosen() -> None:
    client, (kept, gone) = make_owner("Kept", "Gone")
    members.set_role(kept.pk, make_user("ann"), "viewer")
    ann = get_user_model().objects.get(username="ann")
    html = client.get("/accounts/delete/").content.decode()

    form = {f"motion-{kept.pk}": str(ann.pk), f"motion-{gone.pk}": "delete", "sure": "on"}
    response = client.post("/accounts/delete/", form)

    assert html.count("Hand it over to ann") == 1
    assert (response.status_code, response["Location"], read_user_name(client)) == (302, "/", "")
    assert read_names(kept) == {"ann": "owner"}
    assert kept.epochs.count() == 2
    assert not Motion.objects.filter(pk=gone.pk).exists()
    assert set(get_user_model().objects.values_list("username", flat=True)) == {"ann"}


@pytest.mark.parametrize("motions", [1, 5])
def test_form_for_deleting_costs_the_same_queries(
    motions: int, django_assert_num_queries: Any
) -> None:
    robert, ann = make_user("robert"), make_user("ann")
    for number in range(motions):
        motion = members.create_own_motion(robert, title=str(number))
        members.set_role(motion.pk, ann, "viewer")

    with django_assert_num_queries(2):
        form = DeleteAccountForm(owner=robert)

    assert len(form.motions) == motions
    assert form.as_p().count("Hand it over to ann") == motions


def test_delete_account_locks_all_motions_in_one_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two people who leave at once, and lock in different orders, would wait for each other."""
    robert, ann = make_user("robert"), make_user("ann")
    later, shared, sooner = (
        members.create_own_motion(owner, title=title)
        for owner, title in ((robert, "Z"), (ann, "M"), (robert, "A"))
    )
    members.set_role(shared.pk, robert, "viewer")
    done: list[int] = []
    delete = motions.delete_motion
    monkeypatch.setattr(
        motions, "delete_motion", lambda pk, **by: (done.append(pk), delete(pk, **by))
    )

    with CaptureQueriesContext(connection) as captured:
        accounts.delete_account(robert, {sooner.pk: "delete", later.pk: "delete"})

    first = next(q["sql"] for q in captured if 'FROM "motion_motion"' in q["sql"])
    assert "motion_membership" in first
    assert first.removesuffix(" FOR UPDATE").endswith('ORDER BY "motion_motion"."id" ASC')
    assert done == [later.pk, sooner.pk]


def test_form_for_deleting_offers_no_deactivated_member() -> None:
    robert, ann = make_user("robert"), make_user("ann", is_active=False)
    members.set_role(members.create_own_motion(robert, title="Mine").pk, ann, "viewer")

    assert "Hand it over" not in DeleteAccountForm(owner=robert).as_p()


def test_delete_account_refuses_when_a_motion_has_no_fate() -> None:
    robert = make_user("robert")
    members.create_own_motion(robert, title="Created while the form was open")

    with pytest.raises(NoSuchMotionError):
        accounts.delete_account(robert, {})


@pytest.mark.parametrize("heir", ["stranger", "deactivated"])
def test_delete_account_transfers_to_active_members_only(heir: str) -> None:
    """Members may leave, or lose their account, while the form is open."""
    robert, other = make_user("robert"), make_user(heir)
    mine, shared = (members.create_own_motion(robert, title=title) for title in ("A", "B"))
    members.set_role((mine if heir == "deactivated" else shared).pk, other, "controller")
    if heir == "deactivated":
        type(other).objects.filter(pk=other.pk).update(is_active=False)

    with pytest.raises(NoSuchMotionError):
        accounts.delete_account(robert, {mine.pk: str(other.pk), shared.pk: "delete"})

    assert [read_names(motion)["robert"] for motion in (mine, shared)] == ["owner", "owner"]


@pytest.mark.parametrize("fate", ["", "stranger"])
def test_no_account_is_deleted_before_each_motion_has_a_fate(fate: str) -> None:
    client, (motion,) = make_owner("Mine")
    stranger = make_user("stranger")

    chosen = str(stranger.pk) if fate else ""
    response = client.post("/accounts/delete/", {f"motion-{motion.pk}": chosen, "sure": "on"})

    assert f'id="id_motion-{motion.pk}_error"' in response.content.decode()
    assert read_names(motion) == {"robert": "owner"}


def test_account_is_kept_when_deletion_is_not_confirmed() -> None:
    client, _ = make_owner()

    response = client.post("/accounts/delete/", {"sure": ""})

    assert "id_sure_error" in response.content.decode()
    assert read_user_name(client) == "robert"


def test_account_deletion_stops_when_a_transfer_is_refused(settings: Any) -> None:
    client, (gone, kept) = make_owner("A", "B")
    ann = make_user("ann")
    members.create_own_motion(ann, title="All that Ann may have")
    members.set_role(kept.pk, ann, "controller")
    settings.MOTION_LIMIT_PER_PERSON = 1

    form = {f"motion-{gone.pk}": "delete", f"motion-{kept.pk}": str(ann.pk), "sure": "on"}
    response = client.post("/accounts/delete/", form)

    assert "Nothing was deleted." in response.content.decode()
    assert read_names(gone) == {"robert": "owner"}
    assert read_names(kept) == {"robert": "owner", "ann": "controller"}
    assert read_user_name(client) == "robert"
