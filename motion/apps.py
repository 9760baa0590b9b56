import logging
from functools import partial

from django.apps import AppConfig
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.core.exceptions import ValidationError
from django.db.backends.signals import connection_created

from .core.errors import InvalidValueError
from .core.names import check_name
from .telemetry import logs, metrics


class MotionConfig(AppConfig):
    name = "motion"

    def ready(self) -> None:
        from brownian_site.middleware.session import renew_at_login  # needs the models

        from . import publishing

        connection_created.connect(metrics.time_queries)
        user_logged_in.connect(renew_at_login)
        user_logged_in.connect(metrics.count_sign_in)
        user_login_failed.connect(metrics.count_failed_sign_in)
        # Of Django's own model: `createsuperuser` and every form of an account ask its validators.
        get_user_model()._meta.get_field("username").validators.append(_validate_name)
        # While a part is away these two warn several times a second, with tracebacks; the second
        # says nowhere else that it receives nothing.
        # A connection found closed or broken, as after a restart of PostgreSQL, is replaced.
        pool_failed = logs.WarningForwarder(logs.database.warn, harmless="discarding ")
        logging.getLogger("psycopg.pool").addFilter(pool_failed)
        receive_failed = partial(publishing.report_layer_error, "receive")
        logging.getLogger("channels_redis.pubsub").addFilter(logs.WarningForwarder(receive_failed))


def _validate_name(name: str) -> None:
    try:
        check_name(name)
    except InvalidValueError as error:
        raise ValidationError(str(error)) from None
