"""The forms of the pages: they check what people type."""

from datetime import datetime, timedelta
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.views.decorators.http import require_http_methods

from ..core.errors import InvalidValueError
from ..core.format import write_number
from ..core.limits import ENSEMBLE_PATHS
from ..core.names import GUEST_NAME_LENGTH, check_guest_name
from ..core.parameters import NAMES
from ..core.questions import AHEAD, LEVELS, OPTIONS, QUESTION_LENGTH, Draft, Kind, check_question
from ..core.typed import read_number, read_whole
from ..models import Motion, display_name, timestamp
from ..models.motions import DRIFT_HELP, OWNER_ONLY_HELP, VARIANCE_HELP
from ..models.people import CODE_LENGTH
from ..queries.permissions import Role
from ..services.motions import is_key, make_key
from .fields import ComparedForm, Form, ParameterField, PathsField, TitleField

EXPIRY: Final = {
    "never": ("Never", None),
    "hour": ("In 1 hour", timedelta(hours=1)),
    # Not midnight: the server does not know when the visitor's day ends.
    "day": ("In 1 day", timedelta(days=1)),
    "week": ("In 1 week", timedelta(weeks=1)),
}

form_view = require_http_methods(["GET", "HEAD", "POST"])
"""The methods of a page with a form."""

PATHS_LIMIT: Final = f"At most {write_number(ENSEMBLE_PATHS)}."

BEGIN_PAUSED: Final = "Begin paused"
BEGIN_PAUSED_HELP: Final = "It waits at step 0 until you press Resume, so that everyone can join."


class DescriptionForm(Form):
    """What a motion is called, and who may do what with it."""

    title = TitleField()
    visibility = forms.ChoiceField(
        label="Who may see it",
        choices=Motion.Visibility.choices,
        widget=forms.RadioSelect,
        initial=Motion.Visibility.UNLISTED,
    )
    # Not "everyone", as the motion at / is: it takes one tap of one of thirty phones to restart
    # a path that a teacher talks about, and only chosen people can be handed control, or lose it.
    control = forms.ChoiceField(
        label="Who may control it",
        choices=Motion.Control.choices,
        widget=forms.RadioSelect,
        initial=Motion.Control.CONTROLLERS,
    )


class NewMotionForm(DescriptionForm):
    """A motion that is to be made."""

    variance = ParameterField("variance", help_text=VARIANCE_HELP)
    drift = ParameterField("drift", help_text=DRIFT_HELP)
    interval = ParameterField("interval", label="Seconds between steps")
    ensemble = PathsField(help_text=f"A path for each student, 0 for none. {PATHS_LIMIT}")
    paused = forms.BooleanField(label=BEGIN_PAUSED, help_text=BEGIN_PAUSED_HELP, required=False)
    # The random part of its address: a form that is sent twice makes one motion.
    key = forms.CharField(required=False, initial=make_key, widget=forms.HiddenInput)
    field_order = ("title", *NAMES, "ensemble", "visibility", "control")

    def clean_key(self) -> str:
        key: str = self.cleaned_data["key"]
        return key if is_key(key) else ""


class SettingsForm(ComparedForm, DescriptionForm):
    """A motion that is there, and how its description changes."""

    owner_only = forms.BooleanField(
        label="Only the owner controls it, for now",
        help_text=OWNER_ONLY_HELP,
        required=False,
    )
    ensemble = PathsField(
        help_text=f"A path for each student, from the next restart on; 0 for none. {PATHS_LIMIT}"
    )

    def __init__(self, data: QueryDict | None = None, *, motion: Motion) -> None:
        self.motion = motion
        names = ("title", "visibility", "control", "owner_only", "ensemble")
        super().__init__(data, initial={name: getattr(motion, name) for name in names})

    def get_changer_name(self, name: str) -> str:
        return get_describer_name(self.motion)


def get_describer_name(motion: Motion) -> str:
    return display_name(motion.described_by) if motion.described_by else "Someone"


class QuestionForm(Form):
    """A question that is to be prepared: a valid one is in `draft`.

    Fields of other kinds than that of the question are ignored.
    """

    draft: Draft

    kind = forms.ChoiceField(
        label="Kind",
        choices={
            Kind.WHERE: "Where: a position, some steps ahead",
            Kind.INTERVAL: "Interval: two positions, some steps ahead",
            Kind.CHOICE: "Choice: one of some options",
            Kind.NUMBER: "Number",
        },
        widget=forms.RadioSelect,
        initial=Kind.WHERE,
    )
    text = forms.CharField(label="Question", max_length=QUESTION_LENGTH)
    ahead = forms.CharField(
        label="Steps ahead",
        help_text="Of where and interval: from the moment at which you ask.",
        initial="100",
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    level = forms.ChoiceField(
        label="How sure",
        choices=[(f"{level:g}", f"{10 * level:g} of 10 contain the path") for level in LEVELS],
        help_text="Of an interval.",
        required=False,
    )
    options = forms.CharField(
        label="Options",
        help_text=f"Of a choice: {OPTIONS[0]} to {OPTIONS[1]}, one per line.",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    correct = forms.CharField(
        label="Right answer",
        help_text="Of a number, or the line of the right option. Leave it empty if there is none.",
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                self.draft = check_question(self._select_fields(cleaned))
            except InvalidValueError as error:
                raise ValidationError(str(error)) from None
        return cleaned

    def _select_fields(self, cleaned: dict[str, Any]) -> dict[str, object]:
        """Those of the kind, as `check_question` takes them."""
        kind = Kind(cleaned["kind"])
        fields: dict[str, object] = {"kind": kind, "text": cleaned["text"]}
        if kind.has_step:
            fields["ahead"] = read_whole(cleaned["ahead"]) or AHEAD[0] - 1  # which is refused
        else:
            fields["correct"] = self._read_correct(kind, cleaned["correct"])
        if kind == Kind.INTERVAL:
            fields["level"] = float(cleaned["level"] or LEVELS[0])
        if kind == Kind.CHOICE:
            lines = cleaned["options"].splitlines()
            fields["options"] = [line for line in lines if line.strip()]
        return fields

    def _read_correct(self, kind: Kind, text: str) -> float | None:
        """The right number, or the place of the right option; None for an empty field."""
        if not text.strip():
            return None
        number = read_number(text)
        if number is None:
            raise InvalidValueError("correct answer", "a number")
        return number - 1 if kind == Kind.CHOICE else number


class InvitationForm(Form):
    """An invitation that is to be made."""

    role = forms.ChoiceField(
        label="People who accept can",
        choices={Role.VIEWER: "watch", Role.CONTROLLER: "watch and control"},
        widget=forms.RadioSelect,
        initial=Role.VIEWER,
    )
    expiry = forms.ChoiceField(
        label="Expires", choices=[(key, label) for key, (label, _) in EXPIRY.items()]
    )
    with_code = forms.BooleanField(
        label=f"With a code of {CODE_LENGTH} letters, to be read aloud",
        required=False,
        initial=True,
    )

    @property
    def expires_at(self) -> datetime | None:
        return compute_expiry(self.cleaned_data["expiry"])


def compute_expiry(expiry: str) -> datetime | None:
    _, lasts = EXPIRY[expiry]
    return None if lasts is None else timestamp() + lasts


class GuestNameForm(Form):
    """The name of a guest, as a person types it to join, or as the owner changes it."""

    name = forms.CharField(
        label="Your name",
        strip=False,  # `clean_name` does
        widget=forms.TextInput(
            attrs={
                "autocomplete": "nickname",
                "autocapitalize": "words",
                "spellcheck": "false",
                "maxlength": 2 * GUEST_NAME_LENGTH,  # a browser counts most emoji as two
            }
        ),
        error_messages={"required": "Enter your name."},
    )

    def clean_name(self) -> str:
        try:
            return check_guest_name(self.cleaned_data["name"])
        except InvalidValueError as error:
            raise ValidationError(str(error)) from None


class JoinForm(GuestNameForm):
    """A visitor's form. A form that is sent twice, with one key, makes one guest."""

    key = forms.CharField(required=False, initial=make_key, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["autofocus"] = True

    def clean_key(self) -> str:
        key: str = self.cleaned_data["key"]
        return key if is_key(key) else make_key()


class CodeForm(Form):
    """The code of an invitation, as somebody types it."""

    code = forms.CharField(
        label="Code",
        max_length=40,  # blanks and hyphens are allowed
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
                "size": CODE_LENGTH + 2,
            }
        ),
        error_messages={"required": f"Type the code: {CODE_LENGTH} letters."},
    )
