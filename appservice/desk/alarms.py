"""Alarms, in the desk's room and in that of the shift leaders, loud in both: in French, then in English."""

import secrets
from datetime import timedelta
from html import escape

from appservice.desk.board_voice import SupervisionVoice
from appservice.desk.voice import DeskBots
from appservice.desk.words import Words
from appservice.domain.ids import DeskId
from appservice.domain.signalement import Signalement
from appservice.erasure_port import AlarmCode

_TEXTS = {
    AlarmCode.DANGER_AND_SILENCE: (
        "ALERTE · {reference} : un danger immédiat avait été signalé, et la page ne donne plus signe de vie. La"
        " personne n'a pas appuyé sur « Quitter et effacer ». Sans nouvelles, la conversation est effacée dans"
        " {minutes} min.",
        "ALARM · {reference}: danger had been told, and the page gives no sign any more. The person did not press"
        " “Quit and erase”. Without any sign the conversation is erased in {minutes} min.",
    ),
    AlarmCode.PORTAL_SILENT: (
        "ALERTE : plus aucune page ne donne signe de vie. Le portail est-il en panne ? Rien n'est effacé pour cela.",
        "ALARM: no page at all gives a sign any more. Is the portal away? Nothing is erased for that.",
    ),
    AlarmCode.RESIDUE_FOUND: (
        "ALERTE : il reste quelque chose d'un signalement effacé. Prévenez l'exploitant.",
        "ALARM: something is left of an erased conversation. Tell the operators.",
    ),
    AlarmCode.BACKUP_RESTORED: (
        "ALERTE : une sauvegarde a été restaurée ; ce qui avait été effacé l'est à nouveau.",
        "ALARM: a backup was restored; what had been erased is being erased again.",
    ),
    AlarmCode.CLEAR_EVENTS: (
        "ALERTE : un élément d'un signalement n'est pas chiffré. Prévenez l'exploitant.",
        "ALARM: something in a signalement is not encrypted. Tell the operators.",
    ),
    AlarmCode.ROBOTS_INSIDE: (
        "ALERTE : un robot est dans un signalement. Prévenez l'exploitant.",
        "ALARM: a bot is in a signalement. Tell the operators.",
    ),
    AlarmCode.ADMINISTRATORS: (
        "ALERTE : un compte du service administre le serveur. Prévenez l'exploitant.",
        "ALARM: an account of the service is an administrator of the homeserver. Tell the operators.",
    ),
    AlarmCode.MODULE_ABSENT: (
        "ALERTE : le serveur n'a plus les règles qui protègent les conversations. Prévenez l'exploitant.",
        "ALARM: the homeserver lacks the rules that protect conversations. Tell the operators.",
    ),
}


class DeskRoomAlarms:
    """Implements the port `Alarms`."""

    def __init__(self, voice: DeskBots, supervision: SupervisionVoice, danger_kept_for: timedelta) -> None:
        self._voice = voice
        self._supervision = supervision
        self._danger_kept_for = danger_kept_for

    async def sound(self, code: AlarmCode, desk: DeskId, signalement: Signalement | None = None) -> None:
        """Of one signalement an alarm is said once, also after a crash."""
        about = signalement.signalement_id if signalement else secrets.token_hex(8)
        words, once = alarm(code, signalement, self._danger_kept_for), f"alarm-{code}-{about}"
        leading = self._supervision.desk()
        await self._voice.alarm(desk, words, leading.agents if leading else (), once)
        if self._supervision.room() is not None:
            await self._supervision.alarm(words, once)


def alarm(code: AlarmCode, signalement: Signalement | None, danger_kept_for: timedelta) -> Words:
    reference = signalement.reference if signalement else ""
    minutes = danger_kept_for // timedelta(minutes=1)
    french, english = (text.format(reference=reference, minutes=minutes) for text in _TEXTS[code])
    return Words(f"⚠ {french}\n{english}", f"⚠ <strong>{escape(french)}</strong><br>{escape(english)}")
