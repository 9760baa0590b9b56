"""The servers and workers that are running."""

from django.db import models


class Process(models.Model):
    """The newest heartbeat of one server or worker. Times are Unix seconds."""

    class Kind(models.TextChoices):
        SERVER = "server"
        WORKER = "worker"

    key = models.CharField(max_length=32, primary_key=True)
    kind = models.CharField(max_length=16, choices=Kind)
    host = models.CharField(max_length=255)
    pid = models.BigIntegerField()
    version = models.CharField(max_length=32)
    started_at = models.FloatField()
    seen_at = models.FloatField(help_text="Time of its last report.")
    turned_at = models.FloatField(
        null=True, help_text="Last turn of its worker's loop; empty without a worker."
    )
    sockets = models.PositiveIntegerField(default=0)
    ticks_per_s = models.FloatField(default=0.0)
    steps_per_s = models.FloatField(default=0.0)
    late_p50_s = models.FloatField(null=True)
    late_p99_s = models.FloatField(null=True)

    class Meta:
        default_permissions = ["view"]
        verbose_name_plural = "running now"

    def __str__(self) -> str:
        return f"{self.kind} {self.pid} on {self.host}"
