from django.apps import AppConfig
from django.db.backends.signals import connection_created

from . import metrics


class MotionConfig(AppConfig):
    name = "motion"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        connection_created.connect(metrics.time_queries)
