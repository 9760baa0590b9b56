from django.apps import AppConfig
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db.backends.signals import connection_created

from . import metrics
from .core.errors import InvalidValueError
from .core.names import check_name


class MotionConfig(AppConfig):
    name = "motion"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        connection_created.connect(metrics.time_queries)
        # Of Django's own model: `createsuperuser` and every form of an account ask its validators.
        get_user_model()._meta.get_field("username").validators.append(_validate_name)


def _validate_name(name: str) -> None:
    try:
        check_name(name)
    except InvalidValueError as error:
        raise ValidationError(str(error)) from None
