"""One's own telephone: may residents see it?"""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.generic import TemplateView

from people.actions.showing import hide_my_phone, show_my_phone
from people.consents import PUBLIC_PHONE, PUBLIC_PHONE_TEXT
from people.models import Consent, TeamMembership


@method_decorator(never_cache, name="dispatch")
class MyPhoneView(LoginRequiredMixin, TemplateView):
    """The sentence, the number, and one button to agree or to take it back."""

    template_name = "people/my_phone.html"

    def get_context_data(self, **kwargs) -> dict:
        person = self.request.user.person
        leads = TeamMembership.objects.leading().filter(person=person)
        consent = Consent.objects.filter(
            person=person, purpose=PUBLIC_PHONE, withdrawn_at=None
        )
        return super().get_context_data(**kwargs) | {
            "phone": person.phone if person else "",
            "teams": [row.team.name for row in leads.select_related("team")],
            "consent": consent.first() if person else None,
            "words": PUBLIC_PHONE_TEXT,
        }

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            if request.POST.get("do") == "show":
                show_my_phone(user=request.user)
                messages.success(request, _("Residents now see the number."))
            elif hide_my_phone(user=request.user):
                messages.success(request, _("Residents no longer see the number."))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        return redirect("people:my_phone")
