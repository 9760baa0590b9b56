"""How people join a motion: the invitation with a code, and its QR code, on pages to project."""

from base64 import b64encode

import qrcode
from django.http import HttpRequest
from django.urls import reverse
from qrcode.image.svg import SvgPathImage

from brownian_site import hosts

from ..models import Invitation, Motion
from ..queries.permissions import Role
from ..services import invitations


def describe_way_in(request: HttpRequest, motion: Motion) -> dict[str, object]:
    """Host and path of the page for codes, and the newest invitation with a code and its QR code.

    `invitation` and `qr` are None without one.
    """
    invitation = find_coded_invitation(motion)
    link = invitation and hosts.build_public_url(request, invitation.get_absolute_url())
    return {
        "invitation": invitation,
        "qr": draw_qr_code(link) if link else None,
        "host": hosts.choose_host_for_others(request),
        "path": reverse("join-code").rstrip("/"),
    }


def find_coded_invitation(motion: Motion) -> Invitation | None:
    """The newest valid invitation for viewers that has a code."""
    rows = invitations.find_valid_invitations(motion).filter(role=Role.VIEWER)
    return rows.exclude(code=None).first()


def draw_qr_code(link: str) -> str:
    """The address of an SVG image, with the white margin that the standard asks for."""
    code = qrcode.make(link, image_factory=SvgPathImage, error_correction=qrcode.ERROR_CORRECT_M)
    return f"data:image/svg+xml;base64,{b64encode(code.to_string()).decode()}"
