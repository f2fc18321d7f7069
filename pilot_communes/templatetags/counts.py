"""`{{ value|dotted }}`: whole numbers as Vietnamese papers print them."""

from django import template

register = template.Library()


@register.filter
def dotted(value: int) -> str:
    """1319 as "1.319". Django's own Vietnamese format does not group digits."""
    return f"{value:,}".replace(",", ".")
