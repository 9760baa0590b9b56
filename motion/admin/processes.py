"""Running now: servers, workers, sockets and lateness, from the heartbeats of the processes."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.cache import never_cache

from ..core.format import write_decimal, write_number
from ..health import heartbeats
from ..live import presence
from ..models import Motion, Process, now
from .readonly import ReadOnlyAdmin

UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def write_duration(seconds: float) -> str:
    """Roughly, as "3 d", "5 min" or "0 s"."""
    size, unit = next((pair for pair in UNITS if seconds >= pair[0]), UNITS[-1])
    return f"{int(max(seconds, 0) // size)} {unit}"


def write_ms(seconds: float | None) -> str:
    return "—" if seconds is None else f"{write_decimal(seconds * 1e3, 0)} ms"


def build_row(process: Process, moment: float) -> dict[str, object]:
    """The cells of a process in the table."""
    health = heartbeats.assess_process(process, moment)
    drives = process.turned_at is not None
    return {
        "process": process,
        "since": write_duration(moment - process.started_at),
        "seen": write_duration(moment - process.seen_at),
        "state": health.sentence.format(write_duration(health.for_s)),
        "is_well": health.is_well,
        "sockets": write_number(process.sockets) if process.kind == Process.Kind.SERVER else "—",
        "steps": write_decimal(process.steps_per_s, 1) if drives else "—",
        "ticks": write_decimal(process.ticks_per_s, 1) if drives else "—",
        "late": f"{write_ms(process.late_p50_s)} / {write_ms(process.late_p99_s)}"
        if drives
        else "—",
    }


def build_overview() -> dict[str, object]:
    """Everything on the page, in three queries however many processes there are."""
    moment = now()
    found = list(heartbeats.find_live_processes(moment))
    viewers, watched = presence.read_all_viewers()
    return {
        "rows": [build_row(process, moment) for process in found],
        "totals": {
            "servers": sum(process.kind == Process.Kind.SERVER for process in found),
            "drivers": sum(process.turned_at is not None for process in found),
            "sockets": sum(process.sockets for process in found),
            "steps": sum(process.steps_per_s for process in found),
            "running": Motion.objects.filter(paused=False).count(),
            "watched": watched,
            "viewers": viewers.count,
        },
    }


@admin.register(Process)
class ProcessAdmin(ReadOnlyAdmin):
    """One page in place of Django's list; there is nothing to add, change or delete."""

    def get_urls(self) -> list[URLPattern]:
        view, info = self.admin_site.admin_view, ("motion", "process")
        return [
            path("", view(self.changelist_view), name="{}_{}_changelist".format(*info)),
            path("rows/", view(self.rows_view), name="{}_{}_rows".format(*info)),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        context = {"opts": self.opts, "title": "Running now"}
        context |= self.admin_site.each_context(request)
        return self._render(request, "admin/motion/process/running.html", context)

    def rows_view(self, request: HttpRequest) -> HttpResponse:
        """The table alone, which the page loads again and again."""
        return self._render(request, "admin/motion/process/rows.html", {})

    def _render(
        self, request: HttpRequest, template: str, context: dict[str, object]
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return never_cache(render)(request, template, context | build_overview())
