"""Members and invitations, in the form of their motion."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ..core.errors import MotionError
from ..models import Invitation, Membership, Motion, is_guest, timestamp
from ..queries.permissions import Role
from ..services import invitations, members
from ..templatetags.moments import write_time
from ..views.fields import ComparedForm
from .readonly import write_user

MAX_ROWS = 100
"""Of members or invitations: Django takes at most 1,000 fields of one form."""


class PeopleInline(admin.TabularInline):
    """Rows that only staff who may change motions can change."""

    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return request.user.has_perm("motion.change_motion")

    has_change_permission = has_delete_permission = has_add_permission

    def get_formset(
        self, request: HttpRequest, obj: Motion | None = None, **kwargs: Any
    ) -> type[BaseInlineFormSet]:
        formset: Any = super().get_formset(request, obj, **kwargs)
        formset.by = request.user
        formset.rows = self.find_rows(obj)
        return formset

    def find_rows(self, motion: Motion | None) -> QuerySet[Model]:
        raise NotImplementedError


class PeopleFormSet(BaseInlineFormSet):
    """Rows of one motion; subclasses save each through a service."""

    by: User
    rows: QuerySet[Model]

    def get_queryset(self) -> QuerySet[Model]:
        if not hasattr(self, "_queryset"):
            self._queryset = self.rows
        return self._queryset


# --- members -------------------------------------------------------------------------------


class MemberForm(ComparedForm, forms.ModelForm):
    """The user of an existing row does not change."""

    class Meta:
        model = Membership
        fields = ["user", "role"]

    def validate_constraints(self) -> None:
        """Accept a second owner: when the form is saved, the first becomes a controller.

        Django calls this since version 6.1; versions before do not check such a constraint here.
        """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "user" in self.fields:
            user = self.instance.user
            self.fields["user"].disabled = True
            self.fields["user"].show_hidden_initial = False
            # A list of one: the field's own widget would ask the database for every row.
            self.fields["user"].widget = forms.Select(choices=[(user.pk, write_user(user))])

    def clean_user(self) -> User:
        user: User = self.cleaned_data["user"]
        if self.instance.pk is None and is_guest(user):
            raise ValidationError("A guest joins by an invitation. Choose an account.")
        return user


class MemberFormSet(PeopleFormSet):
    """Memberships; a new owner is saved first, which makes the former owner a controller."""

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        if len(self._find_new_owners()) > 1:
            raise ValidationError("Choose one owner only.")
        if self._loses_owner() and not self._find_new_owners():
            raise ValidationError("A motion needs an owner. Make somebody else the owner first.")
        for form in self._find_new_owners():
            try:
                members.check_new_owner(form.cleaned_data["user"])
            except MotionError as error:
                form.add_error("role", str(error))

    def save(self, commit: bool = True) -> list[Membership]:
        for form in self._find_new_owners():
            self._save_role(form)
        return super().save(commit)

    def save_new(self, form: forms.ModelForm, commit: bool = True) -> Membership:
        return self._save_role(form)

    def save_existing(
        self, form: forms.ModelForm, obj: Membership, commit: bool = True
    ) -> Membership:
        return self._save_role(form)

    def delete_existing(self, obj: Membership, commit: bool = True) -> None:
        members.remove_member(self.instance.pk, obj.user, by=self.by)

    def _save_role(self, form: forms.ModelForm) -> Membership:
        user, role = form.cleaned_data["user"], form.cleaned_data["role"]
        if role == Role.OWNER:
            is_new = getattr(self.instance, "is_new", False)  # see MotionAdmin.save_model
            members.transfer_ownership(self.instance.pk, user, by=self.by, is_new=is_new)
        else:
            members.set_role(self.instance.pk, user, role, by=self.by)
        return Membership.objects.get(motion=self.instance, user=user)

    def _find_new_owners(self) -> list[forms.ModelForm]:
        kept = [form for form in self.forms if not form.cleaned_data.get("DELETE")]
        chosen = [form for form in kept if "role" in form.changed_data]
        return [form for form in chosen if form.cleaned_data.get("role") == Role.OWNER]

    def _loses_owner(self) -> bool:
        owners = [form for form in self.initial_forms if form.initial["role"] == Role.OWNER]
        return any(form.has_changed() for form in owners)  # ticking "delete" is a change too


class MemberInline(PeopleInline):
    model = Membership
    form = MemberForm
    formset = MemberFormSet
    fields = ["user", "role", "since"]
    readonly_fields = ["since"]
    autocomplete_fields = ["user"]
    verbose_name = "member"
    verbose_name_plural = (
        f"members (owner, controllers, then viewers; the first {MAX_ROWS})."
        " A new owner starts a new path"
    )

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return request.user.has_perm("motion.view_motion") or super().has_view_permission(request)

    def find_rows(self, motion: Motion | None) -> QuerySet[Membership]:
        rows = Membership.objects.filter(motion=motion).select_related("user")
        order = [rows.filter(role=role) for role in (Role.OWNER, Role.CONTROLLER, Role.VIEWER)]
        shown = [pk for of_role in order for pk in of_role.values_list("pk", flat=True)[:MAX_ROWS]]
        return rows.filter(pk__in=shown[:MAX_ROWS])


# --- invitations ---------------------------------------------------------------------------


class InvitationForm(forms.ModelForm):
    """A new invitation can be filled in; an existing one can only be revoked."""

    revoke = forms.BooleanField(required=False)

    class Meta:
        model = Invitation
        fields = ["role", "expires_at"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        exists = self.instance.pk is not None
        self.fields["role"].disabled = self.fields["expires_at"].disabled = exists
        self.fields["revoke"].disabled = not exists or self.instance.revoked_at is not None

    def clean_expires_at(self) -> datetime | None:
        expires_at: datetime | None = self.cleaned_data["expires_at"]
        if not self.instance.pk and expires_at and expires_at <= timestamp():
            raise ValidationError("Enter a time in the future.")
        return expires_at


class InvitationFormSet(PeopleFormSet):
    def save_new(self, form: forms.ModelForm, commit: bool = True) -> Invitation:
        return invitations.create_invitation(
            self.instance.pk,
            by=self.by,
            role=form.cleaned_data["role"],
            expires_at=form.cleaned_data["expires_at"],
        )

    def save_existing(
        self, form: forms.ModelForm, obj: Invitation, commit: bool = True
    ) -> Invitation:
        if form.cleaned_data["revoke"]:
            invitations.revoke_invitation(obj, by=self.by)
        return obj


class InvitationInline(PeopleInline):
    """Only for staff who may change the motion: anyone who has a link can use it."""

    model = Invitation
    form = InvitationForm
    formset = InvitationFormSet
    fields = ["role", "expires_at", "link", "code", "uses", "by", "created_at", "state", "revoke"]
    readonly_fields = ["link", "code", "uses", "by", "created_at", "state"]
    can_delete = False
    verbose_name_plural = f"invitations (the newest {MAX_ROWS})"

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return self.has_change_permission(request)

    def find_rows(self, motion: Motion | None) -> QuerySet[Invitation]:
        rows = Invitation.objects.filter(motion=motion).select_related("by", "motion")
        return rows.filter(pk__in=list(rows.values_list("pk", flat=True)[:MAX_ROWS]))

    @admin.display
    def link(self, invitation: Invitation) -> SafeString | str:
        if invitation.pk is None:
            return "—"
        return format_html('<a href="{}">open</a>', invitation.get_absolute_url())

    @admin.display
    def state(self, invitation: Invitation) -> str:
        if invitation.pk is None:
            return "—"
        if invitation.revoked_at is not None:
            return f"revoked {write_time(invitation.revoked_at)}"
        return "valid" if invitation.is_valid else "expired"
