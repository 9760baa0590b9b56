"""One motion's link, QR code and short code, large enough for a projector."""

from __future__ import annotations

from base64 import b64encode

import qrcode
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from qrcode.image.svg import SvgPathImage

from brownian_site import hosts

from ..models import Invitation, Motion
from ..queries.permissions import Role
from ..services import invitations
from . import gate
from .forms import compute_expiry, form_view
from .responses import report_refusals


@login_required
@form_view
def motion_share(request: HttpRequest, slug: str) -> HttpResponse:
    """Link, QR code and code; POST chooses an address, or makes a code for one day."""
    motion = gate.require_manager(request, slug).motion
    invitation = _find_coded_invitation(motion)
    if request.method == "POST" and "host" in request.POST:
        _choose_host(request, request.POST["host"])
        return redirect("motion-share", motion.slug)
    if request.method == "POST":
        if invitation is None:
            with report_refusals(request):
                invitations.create_invitation(
                    motion.pk, by=request.user, expires_at=compute_expiry("day")
                )
        return redirect("motion-share", motion.slug)
    link = _build_link(request, motion, invitation)
    context = {
        "motion": motion,
        "invitation": invitation,
        "link": link,
        "qr": _draw_qr_code(link) if link else None,
        "host": hosts.choose_host_for_others(request),
        "hosts": hosts.list_hosts_for_others(request),
        "join_at": f"{hosts.choose_host_for_others(request)}{reverse('join-code').rstrip('/')}",
        "is_reachable": hosts.is_reachable_by_others(request),
    }
    return render(request, "motion/share.html", context)


def _draw_qr_code(link: str) -> str:
    """The address of an SVG image, with the white margin that the standard asks for."""
    code = qrcode.make(link, image_factory=SvgPathImage, error_correction=qrcode.ERROR_CORRECT_M)
    return f"data:image/svg+xml;base64,{b64encode(code.to_string()).decode()}"


def _choose_host(request: HttpRequest, host: str) -> None:
    """Use this address in links and QR codes from now on."""
    if host in hosts.list_hosts_for_others(request):
        request.session[hosts.CHOSEN] = host
    else:
        messages.error(request, "This computer has left that network: choose another address.")


def _find_coded_invitation(motion: Motion) -> Invitation | None:
    """The newest valid invitation for viewers that has a code."""
    rows = invitations.find_valid_invitations(motion).filter(role=Role.VIEWER)
    return rows.exclude(code=None).first()


def _build_link(request: HttpRequest, motion: Motion, invitation: Invitation | None) -> str | None:
    """The address of the motion; for a private one that of an invitation, if there is one."""
    if motion.visibility != Motion.Visibility.PRIVATE:
        return hosts.build_public_url(request, motion.get_absolute_url())
    return hosts.build_public_url(request, invitation.get_absolute_url()) if invitation else None
