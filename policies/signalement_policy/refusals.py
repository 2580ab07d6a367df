"""Each refusal in a signalement: its name, and what the agent reads. One a line of the table in docs/policy.md."""

from policies.signalement_policy.verdicts import Deny

FEDERATION = Deny(
    "federation",
    "Cette conversation ne sort pas de ce serveur.",
    "This conversation does not leave this server.",
)
SPEAKER = Deny(
    "speaker",
    "Seuls la personne et ses interlocuteurs écrivent ici.",
    "Only the person and those who talk to it write here.",
)
RELATION = Deny(
    "clear_relation",
    "Ni réponse à un message précis, ni modification, ni fil : le lien serait lisible sur le serveur."
    " Écrivez un nouveau message.",
    "No reply to one message, no edit, no thread: the link would be legible on the server. Write a new message.",
)
CIPHERTEXT = Deny(
    "unencrypted_fields",
    "Ce message porte autre chose que du texte chiffré.",
    "This message carries something besides encrypted text.",
)
REDACTION = Deny(
    "foreign_redaction",
    "On ne supprime ici que ses propres messages.",
    "Here one removes one’s own messages only.",
)
REASON = Deny(
    "clear_reason",
    "Pas de motif écrit : il serait lisible sur le serveur.",
    "No written reason: it would be legible on the server.",
)
ANSWER_BY_OTHERS = Deny(
    "answer_by_others",
    "Seule la personne répond à une proposition.",
    "Only the person answers a proposal.",
)
ANSWER_FORM = Deny(
    "answer_form",
    "Cette réponse n’a pas la forme prévue.",
    "This answer does not have the form it must have.",
)
MEMBER_FORM = Deny(
    "member_form",
    "Cette participation n’a pas la forme prévue.",
    "This membership does not have the form it must have.",
)
EXPULSION = Deny(
    "expulsion",
    "Personne ne peut être exclu d’ici par un participant.",
    "No participant can remove anybody from here.",
)
ROBOT = Deny(
    "robot_member",
    "Aucun robot n’entre dans une conversation.",
    "No bot enters a conversation.",
)
INVITATION = Deny(
    "invitation",
    "Pour faire venir un collègue, passez par le guichet : personne n’est invité directement.",
    "To bring a colleague in, ask the desk’s bot: nobody is invited directly.",
)
STRANGER = Deny(
    "stranger",
    "Cette personne n’est d’aucun guichet.",
    "This person belongs to no desk.",
)
SECOND_GUEST = Deny(
    "second_guest",
    "Une conversation est celle d’une seule personne.",
    "A conversation is one person’s only.",
)
KNOCK = Deny(
    "knock",
    "On ne demande pas à entrer dans une conversation.",
    "Nobody asks to be let into a conversation.",
)
GUEST_ELSEWHERE = Deny(
    "guest_elsewhere",
    "Une personne qui écrit depuis la page n’est que dans sa conversation.",
    "Somebody who writes from the page is in its own conversation only.",
)
ALIAS = Deny(
    "room_alias",
    "Cette conversation n’a pas d’adresse.",
    "This conversation has no address.",
)
DIRECTORY = Deny(
    "directory",
    "Cette conversation ne figure dans aucun annuaire.",
    "This conversation is in no directory.",
)
DELAYED = Deny(
    "delayed_event",
    "Rien n’est envoyé ici plus tard : le serveur le garderait jusque-là.",
    "Nothing is sent here later: the server would keep it until then.",
)
URL_PREVIEW = Deny(
    "url_preview",
    "Pas d’aperçu des liens pendant une conversation : le serveur irait les lire.",
    "No previews of links during a conversation: the server would go and read them.",
)
TO_DEVICE = Deny(
    "to_device_by_strangers",
    "Cette personne n’est pas dans une conversation avec vous.",
    "This person is not in a conversation with you.",
)
WARDEN_DEVICE = Deny(
    "warden_device",
    "Le compte qui garde les conversations n’a pas d’appareil, et ne peut donc rien lire.",
    "The account that guards the conversations has no device, so that it can read nothing.",
)
SECOND_DEVICE = Deny(
    "second_device",
    "Une personne qui écrit depuis la page n’a qu’un appareil : la page.",
    "Somebody who writes from the page has one device: the page.",
)
MESSAGE = Deny(
    "clear_message",
    "Seuls les messages chiffrés passent ici.",
    "Only encrypted messages pass here.",
)
REACTION = Deny(
    "reaction",
    "Pas de réaction : elle serait lisible sur le serveur. Écrivez un message.",
    "No reactions: they would be legible on the server. Write a message.",
)
STATE = Deny(
    "room_state",
    "Les réglages de cette conversation ne se changent pas.",
    "The settings of this conversation cannot be changed.",
)

BY_TYPE = {
    "m.room.aliases": ALIAS,
    "m.room.avatar": Deny("room_avatar", "Cette conversation n’a pas d’image.", "This conversation has no picture."),
    "m.room.canonical_alias": ALIAS,
    "m.room.create": Deny(
        "room_creation",
        "Une conversation ne sort pas de ce serveur, et n’a qu’un seul gardien.",
        "A conversation does not leave this server, and has one guardian only.",
    ),
    "m.room.encryption": Deny(
        "encryption",
        "Le chiffrement de cette conversation ne se change pas.",
        "The encryption of this conversation cannot be changed.",
    ),
    "m.room.guest_access": Deny(
        "guest_access",
        "Cette conversation ne s’ouvre pas aux comptes anonymes.",
        "This conversation does not open to anonymous accounts.",
    ),
    "m.room.history_visibility": Deny(
        "history_visibility",
        "Qui arrive ne lit pas ce qui a été dit avant : cela ne se change pas.",
        "Who comes does not read what was said before: this cannot be changed.",
    ),
    "m.room.join_rules": Deny(
        "join_rules",
        "La porte de cette conversation ne s’ouvre pas davantage.",
        "The door of this conversation does not open any wider.",
    ),
    "m.room.name": Deny(
        "room_name",
        "Le nom d’une conversation est sa référence : tout autre serait lisible sur le serveur.",
        "The name of a conversation is its reference: any other would be legible on the server.",
    ),
    "m.room.pinned_events": Deny("pinned_events", "On n’épingle rien ici.", "Nothing is pinned here."),
    "m.room.power_levels": Deny("power_levels", "Les droits ne se changent pas ici.", "Rights cannot be changed here."),
    "m.room.third_party_invite": INVITATION,
    "m.room.tombstone": Deny(
        "room_upgrade", "Cette conversation ne se met pas à niveau.", "This conversation cannot be upgraded."
    ),
    "m.room.topic": Deny(
        "room_topic",
        "Pas de sujet : il serait lisible sur le serveur.",
        "No topic: it would be legible on the server.",
    ),
}


def by_type(kind: str, *, is_state: bool) -> Deny:
    """For an event that no rule allows."""
    if is_state:
        return BY_TYPE.get(kind, STATE)
    return REACTION if kind == "m.reaction" else MESSAGE
