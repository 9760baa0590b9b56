"""Settings. Everything that differs between machines comes from the environment.

docs/operations.md lists the variables. A wrong value stops the start with one sentence.
"""

from pathlib import Path

import django
from csp.constants import NONE, SELF
from django.conf import global_settings

from . import __version__, hosts, postgres
from . import environment as env

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"  # what this checkout generates: database, secret, collected files

VERSION = __version__
SECRET_KEY = env.read_secret_key(VAR_DIR / "secret_key")
DEBUG = env.read_flag("DJANGO_DEBUG", default=False)
HTTPS = env.read_flag("DJANGO_HTTPS", default=False)
HOST = env.read_host("HOST", "127.0.0.1")
PORT = env.read_port("PORT", 8000)

# The link in a password-reset mail has the host of its request, and anyone can send a request for
# 127.0.0.1. So if the names of the site are given, no others are allowed.
ALLOWED_HOSTS = env.read_list("DJANGO_ALLOWED_HOSTS") or hosts.ThisMachine(HOST)
CSRF_TRUSTED_ORIGINS = env.read_origins("DJANGO_CSRF_TRUSTED_ORIGINS")
SOCKETS_PER_ADDRESS = env.read_number("SOCKETS_PER_ADDRESS", 2_000)  # through one process
REQUESTS_PER_ADDRESS = env.read_number("REQUESTS_PER_ADDRESS", 100)  # under way; more wait
REQUESTS_AT_ONCE = env.read_number("REQUESTS_AT_ONCE", 20)  # in work in one process, in threads
SOCKETS_PER_USER = env.read_number("SOCKETS_PER_USER", 200)  # a list of motions has one for each
TRUSTED_PROXIES = env.read_networks("TRUSTED_PROXIES")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "motion",
    "servestatic",  # its system checks
    "django.contrib.staticfiles",  # behind motion, whose runserver also serves sockets
]

MIDDLEWARE = [
    # First, so that it also sees the redirects and errors of the others.
    "brownian_site.middleware.headers.CacheControl",
    "django.middleware.security.SecurityMiddleware",
    "servestatic.middleware.ServeStaticMiddleware",
    "csp.middleware.CSPMiddleware",
    "brownian_site.middleware.headers.PermissionsPolicy",
    "brownian_site.middleware.headers.RetryAfter",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "brownian_site.middleware.session.StaySignedIn",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "brownian_site.middleware.guests.Guests",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "brownian_site.urls"
ASGI_APPLICATION = "brownian_site.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "brownian_site.mail.sends_mail",
            ],
        },
    },
]

# --- database -----------------------------------------------------------------------------

DATABASES = {"default": env.read_database("DATABASE_URL", VAR_DIR / "db.sqlite3")}
DATABASE_CONNECTIONS = env.read_number("DATABASE_CONNECTIONS", 20)  # of one process, on PostgreSQL
# Under ASGI each request has its own thread. A connection that outlives its request belongs to a
# thread that has ended, and stays open until the garbage collector finds it.
DATABASES["default"] |= {"CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        # Deferred transactions of two writers fail in a quarter to three quarters of tries
        # ("database is locked"); immediate ones wait their turn.
        "transaction_mode": "IMMEDIATE",
        "timeout": 10,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL",
    }
else:
    DATABASES["default"]["OPTIONS"] = postgres.OPTIONS | DATABASES["default"].get("OPTIONS", {})
    DATABASES["default"]["OPTIONS"]["pool"] = {
        "min_size": 1,
        "max_size": DATABASE_CONNECTIONS,
        "timeout": 5,  # seconds that a thread waits for one
        # Seconds after which an attempt to connect starts again: its pauses double, and after a
        # long outage the last one would take minutes.
        "reconnect_timeout": 2,
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- channel layer and worker -------------------------------------------------------------

REDIS_URL = env.read_url("REDIS_URL", ("redis", "rediss", "unix"))
EMBEDDED_WORKER = env.read_flag("EMBEDDED_WORKER", default=not REDIS_URL)

if REDIS_URL:
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [{"address": REDIS_URL, "socket_timeout": 15}]},
        }
    }
else:
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels.layers.InMemoryChannelLayer",
            # One channel gets the messages of all motions of a process.
            "CONFIG": {"capacity": 10_000},
        }
    }

# --- the motion: time limits and caps, shortened by tests ----------------------------------

DEFAULT_MOTION = "brownian"  # the slug of the motion at /
MOTION_SWEEP_S = 2.0  # how often the hub and the worker sweep
MOTION_WATCH_RENEW_S = 15.0  # how often a process writes which motions it watches
MOTION_BEHIND_S = 30.0  # a client that has drawn none of the last 30 s is closed
MOTION_STALLED_S = 10.0  # in which a client must read its backlog, or 64 KiB of it
MOTION_GOODBYE_S = 5.0  # over which a stopping server spreads its closes of sockets
MOTION_END_S = 20.0  # after SIGTERM, a process that still waits is ended
MOTION_PUT_OFF_S = 60.0  # how long a motion is skipped after its tick raised
MOTION_MESSAGES_PER_S = 10.0
MOTION_MESSAGE_BURST = 40
MOTION_ERRORS_PER_MINUTE = 20
MOTION_SESSION_CHECK_S = 5.0  # how often sockets are compared with their sessions
MOTION_PRESENCE_TICK_S = 0.25  # how soon others see that a viewer came or left
MOTION_PRESENCE_EVERY_S = 1.0  # the shortest time between two frames `viewers`
MOTION_PRESENCE_EVERY_CROWDED_S = 5.0  # the same, with more than 200 people
MOTION_PRESENCE_LASTS_S = 45.0  # after that, a dead server has no viewers
MOTION_PROCESS_RENEW_S = 2.0  # how often each server and worker writes its heartbeat
MOTION_PROCESS_LASTS_S = 15.0  # a process without a heartbeat for so long is forgotten
MOTION_TURN_LIMIT_S = 10.0  # a site is not ready if its worker's last turn is older
MOTION_LIMIT_PER_PERSON = 50
MOTION_INVITATION_LIMIT = 50  # open ones, of one motion

# --- accounts ------------------------------------------------------------------------------

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
# A ModelBackend that also knows e-mail addresses; beside Django's own, every wrong password
# would be hashed twice.
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/motions/"
LOGOUT_REDIRECT_URL = "/"

ACCOUNT_ADAPTER = "brownian_site.accounts.Adapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_USERNAME_VALIDATORS = "brownian_site.accounts.USERNAME_VALIDATORS"
ACCOUNT_FORMS = {
    "login": "motion.views.accounts.SignInForm",
    "signup": "motion.views.accounts.SignUpForm",
    "reset_password": "motion.views.accounts.ResetPasswordForm",
}
ACCOUNT_EMAIL_VERIFICATION = "optional"  # an account needs no address
ACCOUNT_EMAIL_NOTIFICATIONS = True  # mails about a new password or a second factor
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Brownian] "
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
ACCOUNT_RATE_LIMITS = {
    # allauth would refuse one of thirty people who sign in or up at once in one network, after a
    # second of waiting for a lock. motion/services/attempts.py counts these, and resets.
    "signup": "",
    "login": "",
    # Two-factor codes alone, and so only by people who know the password.
    "login_failed": "5/5m/key",
    "reset_password": "5/m/key",
    # allauth's 20 a minute and address, made wider: a classroom has one address.
    "reset_password_from_key": "120/m/ip",
}
# From one address, which a whole lecture hall may share.
SIGNUPS_PER_MINUTE = env.read_number("SIGNUPS_PER_MINUTE", 120)
WRONG_PASSWORDS_PER_MINUTE = env.read_number("WRONG_PASSWORDS_PER_MINUTE", 120)
RESETS_PER_MINUTE = 120  # mails with a link for a new password
WRONG_PASSWORDS_PER_ACCOUNT = 5  # in five minutes, from all addresses
WRONG_CODES_PER_ADDRESS = 300  # join codes in five minutes, by visitors
WRONG_CODES_PER_PERSON = 5  # the same by one account: docs/security.md
GUESTS_PER_MOTION = env.read_number("GUESTS_PER_MOTION", 500)
GUEST_JOINS_PER_ADDRESS = env.read_number("GUEST_JOINS_PER_ADDRESS", 300)  # in a minute
GUEST_DAYS = env.read_number("GUEST_DAYS", 30, most=36_500)  # unseen, before one is deleted
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Brownian"
MFA_TOTP_TOLERANCE = 1  # a phone's clock may be half a minute off

# --- mail ----------------------------------------------------------------------------------

email = env.read_email("EMAIL_URL", "consolemail://")
SENDS_MAIL = not email["EMAIL_BACKEND"].endswith(".console.EmailBackend")
if not SENDS_MAIL:
    email["EMAIL_BACKEND"] = "brownian_site.mail.TerminalBackend"
email["EMAIL_TIMEOUT"] = 10  # seconds: a mail server that hangs must not hold a thread for ever
if django.VERSION < (6, 1):
    vars().update(email)
else:
    MAILERS = {"default": env.build_mailer(email)}
MFA_ALLOW_UNVERIFIED_EMAIL = not SENDS_MAIL  # which could not be confirmed
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.build_sender(email["EMAIL_HOST_USER"] or "")

# --- cache: rate limits ---------------------------------------------------------------------

# In the database, which all processes share: without Redis, people can still sign in.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        # With Django's 300, a few hundred guesses at others would make it forget a limit.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# --- language and time ---------------------------------------------------------------------

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
FORMAT_MODULE_PATH = ["brownian_site.formats"]

# --- static files --------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    *global_settings.STATICFILES_FINDERS,
    "brownian_site.static.PlotlyFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "brownian_site.static.HashedModuleStorage"},
}

# --- security ------------------------------------------------------------------------------

SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SESSION_COOKIE_AGE = 14 * 24 * 3600  # after the last day on which the person was here
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True  # no script reads it: every form has its token
CSRF_FAILURE_VIEW = "brownian_site.errors.csrf_failure"
# A browser accepts a cookie with this prefix only over HTTPS and from this host: neither a page
# of another subdomain, nor a person in the network, can set one for us.
COOKIE_PREFIX = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrftoken"
KNOWN_BROWSER_COOKIE = f"{COOKIE_PREFIX}known"  # of one that has signed in to an account before
VIEWER_COOKIE = f"{COOKIE_PREFIX}viewer"  # counts a browser without an account as one viewer
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # bytes of a request; our Daphne reads no more
# For the admin: a list of 200 motions sends 1,800, and deleting 5,000 rows sends 5,000.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
HTTP_STALLED_S = 60.0  # how long the reader of an answer may read nothing
HTTP_REQUEST_S = 20.0  # in which a whole request, head and body, has to arrive
HTTP_IDLE_S = 75.0  # between two requests; longer than proxies keep an idle connection

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        # All else is denied: no frames, workers, media, or plugins.
        "default-src": [NONE],
        "script-src": [SELF],
        "connect-src": [SELF],  # sockets too
        "font-src": [SELF],
        "style-src": [
            SELF,
            # The empty style element that Plotly creates, and fills through the CSSOM.
            "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
        ],
        "img-src": [SELF, "data:", "blob:"],  # to save the chart as a PNG
        "object-src": [NONE],
        "worker-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- metrics ------------------------------------------------------------------------------

METRICS_TOKEN = env.read_token("METRICS_TOKEN")

# --- logs ----------------------------------------------------------------------------------

LOG_FORMAT = env.read_choice("LOG_FORMAT", ("line", "json"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "motion.telemetry.logs.LineFormatter"},
        "json": {"()": "motion.telemetry.logs.JsonFormatter"},
    },
    "filters": {
        "refusals": {"()": "motion.telemetry.logs.Refusals"},
        "repeats": {"()": "motion.telemetry.logs.Repeats"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": LOG_FORMAT,
            "filters": ["refusals", "repeats"],
        }
    },
    "root": {"handlers": ["console"]},  # asyncio and libraries too: every line gets our formatter
    "loggers": {
        "motion": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "brownian_site": {"level": "INFO"},
        "django": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        # One line for each request: for machines, not for a person at a terminal.
        "brownian_site.middleware.request_id": {
            "level": "INFO" if LOG_FORMAT == "json" else "WARNING"
        },
    },
}
