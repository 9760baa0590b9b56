"""Numbers in the texts of our pages: `{{ steps|number }}`. Not for values of inputs."""

from django import template

from ..core import format

register = template.Library()
register.filter("number", format.write_number)
register.filter("decimal", format.write_decimal)
register.filter("ordinal", format.write_ordinal)
