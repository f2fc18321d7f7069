"""What the team's phone app says: keys for its scripts, words through gettext.

The shell carries them as JSON, so a change of a word is a new version of the app.
Numbers and names stand in braces: `t("may.left", {n: 6})`.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from people.actions.devices import TICKET_DAYS


def words() -> dict[str, str]:
    """Every sentence of attendance/static/attendance/so, by its key."""
    return {**_common(), **_enrolment(), **_this_phone()}


def _common() -> dict[str, str]:
    return {
        "today": _("Today"),
        "calendar": _("Calendar"),
        "open_matters": _("Unfinished matters"),
        "this_phone": _("This phone"),
        "note": _("Please note"),
        "failed": _("Not done"),
        "no_page": _("This page is not on the phone. Go to “Today”."),
        "new_version": _("There is a new version of the register."),
        "take_version": _("Use the new version"),
        "version_safe": _("Everything recorded stays on this phone."),
        "full": _(
            "This phone is full, so the last record was not saved. Delete some photos or "
            "videos, then record it once more. What was saved before is still here."
        ),
    }


def _enrolment() -> dict[str, str]:
    return {
        "enrol.title": _("Enrol this phone"),
        "enrol.why": _(
            "The commune's officer hands you a code. Type it in once while there is a "
            "network; afterwards the register opens without network."
        ),
        "enrol.username": _("Sign-in name on the paper"),
        "enrol.code": _("Code on the paper"),
        "enrol.label": _("What this phone is called (for example: Tâm's phone)"),
        "enrol.pin": _("Choose 6 digits to open the register"),
        "enrol.again": _("The same 6 digits once more"),
        "enrol.pin_hint": _(
            "Not your year of birth, not 123456. Nobody else needs these digits, the "
            "officer neither."
        ),
        "enrol.pin_bad": _(
            "These digits are easily guessed. Please choose 6 others, not all alike and "
            "not in a row."
        ),
        "enrol.pin_differs": _("The two do not agree. Please type them once more."),
        "enrol.press": _("Enrol this phone"),
        "enrol.working": _("Asking the commune's register…"),
        "enrol.empty": _("Please fill in the sign-in name and the code."),
        "enrol.offline": _(
            "There is no network now, so the code could not be checked. The code stays "
            "good; try again where there is a network."
        ),
        "enrol.insecure": _(
            "This address is not secure, so names could not be locked away on the phone. "
            "Please open the address that begins with https."
        ),
        "enrol.no_store": _(
            "This browser window keeps nothing, so the register could be lost. Please "
            "leave the private window, or open the page in Chrome."
        ),
        "enrol.in_app": _(
            "You are inside {app}; what is recorded here could be lost. Press the three "
            "dots, choose “Open in browser”, then enrol there."
        ),
        "enrol.apple": _(
            "An iPhone may delete the register after 7 days without use. Press Share, "
            "then “Add to Home Screen”, and open the register from there."
        ),
        "unlock.title": _("Unlock"),
        "unlock.why": _(
            "Unlock to go on recording. Everything recorded is still here."
        ),
        "unlock.pin": _("Your 6 digits"),
        "unlock.press": _("Unlock"),
        "unlock.wrong": _("These are not the digits. {n} tries left before a pause."),
        "unlock.wait": _(
            "Please wait {time}, then try again. Nothing was lost. Forgotten? The "
            "commune's officer gives a new code."
        ),
        "unlock.hello": _("{name}, the register is locked."),
        "unlock.other": _("Somebody else"),
        "seconds": _("{n} seconds"),
        "minutes": _("{n} minutes"),
        "who.title": _("Who is recording?"),
        "who.new": _("Enrol somebody else on this phone"),
    }


def _this_phone() -> dict[str, str]:
    return {
        "may.left": _("{n} records are still on this phone"),
        "may.all_sent": _("Everything is sent"),
        "may.nothing": _("Nothing was recorded on this phone yet."),
        "may.saved": _(
            "Saved on this phone. When there is a network the phone sends it by itself; "
            "you need do nothing more."
        ),
        "may.send": _("Send now"),
        "may.sending": _("Sending…"),
        "may.no_network": _(
            "There is no network now. The phone sends by itself when there is."
        ),
        "may.portal": _(
            "This Wi-Fi asks for a sign-in of its own, so nothing was sent yet. Open the "
            "browser, sign in to the Wi-Fi, then press “Send now”."
        ),
        "may.server": _(
            "The register's server does not answer at the moment. The phone tries again "
            "by itself; everything is still here."
        ),
        "may.sign_in": _(
            "Not sent: this phone's ticket has run out. Everything is still here. Ask the "
            "commune's officer for a code and enrol once more."
        ),
        "may.revoked": _(
            "The commune took this phone's rights back. What was recorded is still here "
            "and goes to the commune to be confirmed. Call the commune."
        ),
        "may.too_often": _("The server asks to wait a little. The phone tries again."),
        "may.refused": _("The server did not take what was sent: {text}"),
        "may.enrol_again": _("Enrol once more"),
        "may.sums": _("On this phone {here} · Received {received} · Counted {counted}"),
        "may.received": _("Received {n}/{all} records at {time}."),
        "may.held": _("{n} wait for the commune's confirmation"),
        "may.session": _("Session of {date} · {place}"),
        "may.unknown_session": _("A session of another day"),
        "may.by_session": _("Session by session"),
        "may.not_taken": _("Not received"),
        "may.mend": _("Mend"),
        "may.mended": _("Recorded anew; it is sent by itself."),
        "may.mend_open": _(
            "Unlock first: this record holds a name that is locked away."
        ),
        "may.gap": _(
            "From this phone the server has numbers up to {seq} of {last}. The rest goes "
            "with the next sending."
        ),
        "may.whole": _("From this phone the server has every number up to {seq}."),
        "may.control": _("Control code to read to the officer: {seq} · {code}"),
        "may.contact": _("Last contact: {time}"),
        "may.never": _("not yet"),
        "may.next": _("Next try: {time}"),
        "may.names_until": _(
            "Names stay on this phone until {date}; with each contact they stay for "
            "thirty more days. Records that were not sent stay always."
        ),
        "may.storage": _("The register takes {mb} MB on this phone."),
        "may.lasting": _(
            "The browser keeps it even when the phone runs short of room."
        ),
        "may.not_lasting": _(
            "The browser may delete it when the phone runs short of room. Send it soon, "
            "and please do not delete the browser's data."
        ),
        "may.clock_fast": _(
            "This phone's clock is {time} ahead. The server has noted it; please set the "
            "clock. Nothing is lost."
        ),
        "may.clock_slow": _(
            "This phone's clock is {time} behind. The server has noted it; please set "
            "the clock. Nothing is lost."
        ),
        "hours": _("{n} hours"),
        "days": _("{n} days"),
        "may.ticket": _(
            "The ticket holds until {date}; each contact renews it for {days} days."
        ).replace("{days}", str(TICKET_DAYS)),
        "may.to_file": _("Save the queue to a file"),
        "may.from_file": _("Take a saved queue in"),
        "may.file_why": _(
            "If this phone breaks or finds no network, the file goes to another enrolled "
            "phone. Names in it can be read by the server only."
        ),
        "may.taken": _("{n} records taken in; they are sent by themselves."),
        "may.no_file": _("This file holds no saved queue."),
        "may.lock": _("Lock now"),
        "may.unlock": _("Unlock"),
        "may.switch": _("Somebody else records"),
        "may.leave": _("Leave this phone"),
        "may.leave_sure": _("Leave: names go from this phone, records are still sent"),
        "may.stay": _("Stay"),
        "may.leaving": _(
            "{n} records on this phone are not sent yet. Leaving loses nothing; with a "
            "network, open the register again and the phone goes on sending. Please do "
            "not delete the browser's data."
        ),
        "may.you": _("{name} records on this phone."),
    }
