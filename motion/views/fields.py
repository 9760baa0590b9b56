"""Fields of forms, and forms that say what others changed meanwhile: what pages and admin share."""

from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.utils.safestring import SafeString

from ..core.format import write_number
from ..core.limits import ENSEMBLE_PATHS
from ..core.names import TITLE_LENGTH, clean_text, isolate_text
from ..core.parameters import LIMITS, Parameters
from ..core.typed import explain_ambiguity, read_number, read_whole

PATHS_ATTRIBUTES: Final = {
    "data-min": "0",
    "data-max": f"{ENSEMBLE_PATHS}",
    "data-step": "1",
    "inputmode": "numeric",
    "autocomplete": "off",
}


class ParameterField(forms.FloatField):
    """A parameter of a motion: a finite number within its limits, typed with comma or point.

    The input is one for text: an `<input type="number">` takes "0,5" for 5, or for nothing.
    """

    def __init__(self, name: str, **options: Any) -> None:
        self.parameter = name
        wrong = f"Enter {LIMITS[name].requirement}."
        options.setdefault("initial", f"{getattr(Parameters(), name):g}")
        options.setdefault("widget", forms.TextInput(attrs=build_number_attributes(name)))
        super().__init__(error_messages={"invalid": wrong, "required": wrong}, **options)

    def prepare_value(self, value: object) -> object:
        """A stored 10000.0 as people type it."""
        return str(value).removesuffix(".0") if isinstance(value, float) else value

    def to_python(self, value: object) -> Any:
        if not isinstance(value, str) or not value.strip():
            return super().to_python(value)
        if explanation := explain_ambiguity(value):
            raise ValidationError(explanation, code="ambiguous")
        if (number := read_number(value)) is None:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return number

    def run_validators(self, value: float | None) -> None:
        if value is not None and value not in LIMITS[self.parameter]:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        super().run_validators(value)


class PathsField(forms.IntegerField):
    """How many paths an ensemble has: a whole number; an empty field, or none at all, is 0.

    A page of the version before sends no such field.
    """

    def __init__(self, **options: Any) -> None:
        wrong = f"Enter a whole number from 0 to {write_number(ENSEMBLE_PATHS)}."
        defaults: dict[str, Any] = {
            "label": "Paths for the class",
            "initial": 0,
            "min_value": 0,
            "max_value": ENSEMBLE_PATHS,
            "widget": forms.TextInput(attrs=PATHS_ATTRIBUTES),
        }
        errors = dict.fromkeys(("invalid", "min_value", "max_value"), wrong)
        super().__init__(**defaults | options | {"required": False, "error_messages": errors})

    def to_python(self, value: object) -> int | None:
        if not isinstance(value, str):
            return super().to_python(value) or 0
        number = read_whole(value) if value.strip() else 0
        if number is None:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return number


def build_number_attributes(name: str) -> dict[str, str]:
    """What the input of a parameter says to the browser and to typed-numbers.js."""
    limits = LIMITS[name]
    bounds = {"data-min": f"{limits.least:g}", "data-max": f"{limits.most:g}", "data-step": "0.1"}
    keyboard = "decimal" if limits.least >= 0 else "text"  # that of decimals may have no minus
    return bounds | {"inputmode": keyboard, "autocomplete": "off"}


class ShownField(BoundField):
    """A field that can say, beside itself, what the page showed."""

    @property
    def shown_before(self) -> SafeString | str:
        """A hidden input; for templates that write a field choice by choice."""
        return self.as_hidden(only_initial=True) if self.field.show_hidden_initial else ""


class Form(forms.Form):
    """What our forms share."""

    bound_field_class = ShownField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": ""} | kwargs)


class ComparedForm(forms.BaseForm):
    """A form for values that others may change while it is open.

    Each field has three values: what the page showed (in a hidden input), what is stored now (its
    initial value), and what was typed. What was not edited stays as it is stored. What was edited
    is refused only where somebody else has changed the same field, and the page that says so keeps
    what was typed, so that saving again settles it. The caller holds the lock of what is edited.
    """

    data: QueryDict

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        is_new = isinstance(self, forms.ModelForm) and self.instance.pk is None
        for field in self.fields.values():
            field.show_hidden_initial = not (is_new or field.disabled)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        edited = set(self.changed_data)  # compared with what the page showed, and kept from now on
        self.data = self.data.copy()
        for name, field in self.fields.items():
            if field.show_hidden_initial:
                self._compare_field(name, field, is_edited=name in edited)
        return cleaned

    def _compare_field(self, name: str, field: forms.Field, *, is_edited: bool) -> None:
        bound, stored = self[name], self.get_initial_for_field(field, name)
        if not is_edited:
            self.cleaned_data[name] = stored
            self.data[bound.html_name] = _format_sent(field, stored)
        elif name in self.cleaned_data and stored != self.cleaned_data[name]:
            shown = self._parse_sent(bound)
            if stored != shown:
                self.add_error(name, self._describe_conflict(name, field, shown, stored))
        self.data[bound.html_initial_name] = _format_sent(field, stored)

    def _parse_sent(self, bound: BoundField) -> object:
        sent = self.data.get(bound.html_initial_name)
        try:
            return None if sent is None else bound.field.to_python(sent)
        except ValidationError:
            return None

    def _describe_conflict(
        self, name: str, field: forms.Field, shown: object, stored: object
    ) -> str:
        who, typed = isolate_text(self.get_changer_name(name)), self.cleaned_data[name]
        came_from = "" if shown is None else f" from {format_value(field, shown)}"
        return (
            f"{who} changed this{came_from} to {format_value(field, stored)} "
            f"meanwhile. Save again to set {format_value(field, typed)}."
        )

    def get_changer_name(self, name: str) -> str:
        """The name of the person that gave the field its stored value."""
        return "Someone"


def format_value(field: forms.Field, value: object) -> str:
    """A value as the page shows it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(field, forms.ChoiceField):
        label = dict(field.choices).get(value, value)  # type: ignore[arg-type]
        return f"“{label}”"
    return (
        write_number(value)
        if isinstance(value, int | float)
        else f"“{isolate_text(clean_text(str(value)))}”"
    )


def _format_sent(field: forms.Field, value: object) -> str:
    """A stored value as the input sends it: "0", as on the page before, and not "0.0"."""
    return "" if value is None else str(field.prepare_value(value))


class TitleField(forms.CharField):
    """What a motion is called: cleaned first, then measured."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": TITLE_LENGTH} | options)

    def to_python(self, value: object) -> str:
        return clean_text(super().to_python(value) or "")
