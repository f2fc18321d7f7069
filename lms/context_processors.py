"""What every template may know."""

from django.conf import settings


def programme(request) -> dict[str, object]:
    """The programme's name on screen and whether this is the demonstration."""
    return {"programme_name": settings.PROGRAMME_NAME, "is_demo": settings.DEMO}
