"""What the bot says, in French and in English."""

from dataclasses import dataclass

from appservice.domain.audit.verification import Fault, Flaw
from policies.compliance_bot.questions import Language


@dataclass(frozen=True, slots=True)
class Wording:
    """`{}` stands for what is filled in."""

    in_order: str
    in_order_alone: str
    unreadable: str
    checkpoints_damaged: str
    broken: str
    entries: str
    open_ones: str
    none: str
    breaches: str
    no_breach: str
    last_checkpoint: str
    no_checkpoint: str
    life: str
    unknown_signalement: str
    tombstone: str
    unknown_tombstone: str
    unknown_person: str
    unknown_desk: str
    too_many: str
    not_uploaded: str
    purges: str
    purges_clean: str
    purges_unclean: str
    times: str
    violations: str
    access: str
    access_hint: str
    members: str
    due: str
    exported: str
    report: str
    checkpoint: str
    alarm: str
    restored: str
    more: str
    help: str
    not_understood: str
    did_you_mean: str
    wrong_words: str
    not_now: str
    only_auditors: str
    by_day: str
    by_week: str
    by_month: str
    by_wait: str
    never: str
    when: str
    who: str
    what: str
    detail: str
    signalement: str
    desk: str
    number: str
    median: str
    nine_of_ten: str
    unanswered: str
    state: str
    since: str
    due_at: str
    rule: str
    cause: str
    left: str
    took: str
    to_silence: str
    pseudonym: str
    count: str


FRENCH = Wording(
    in_order="Le journal est intact : {} entrées, vérifiées de la première à la dernière, avec {} repères.",
    in_order_alone=(
        "Le journal est intact : {} entrées, vérifiées de la première à la dernière. Aucun repère de ce robot n’a pu y "
        "être comparé : comparez-en un que vous avez conservé (docs/auditors.md)."
    ),
    unreadable="LE JOURNAL NE PEUT PAS ÊTRE LU. {} « vérifier » dit où.",
    checkpoints_damaged="LES REPÈRES DE CE ROBOT ONT ÉTÉ MODIFIÉS. {}",
    broken="LE JOURNAL A ÉTÉ MODIFIÉ. {}",
    entries="Entrées au journal : {}.",
    open_ones=(
        "Signalements qui ne sont pas encore effacés : {} (en attente : {}, pris en charge : {}, en cours "
        "d’effacement : {})."
    ),
    none="Rien dans cette période.",
    breaches="Manquements en cours : {}.",
    no_breach="Aucun manquement en cours.",
    last_checkpoint="Dernier repère publié : entrée {}, le {}.",
    no_checkpoint="Aucun repère n’a encore été publié.",
    life="Le signalement {}, de l’ouverture à l’effacement :",
    unknown_signalement=(
        "Le journal ne connaît pas ce signalement. Après l’effacement, la référence ne mène plus à rien : "
        "utilisez le pseudonyme, que « effacements » indique."
    ),
    tombstone="Effacé le {} ({}). Lignes restées sur le serveur : {}. Rien ne mène au pseudonyme du journal.",
    unknown_tombstone="Rien n’a été effacé sous ce nom : il faut le SHA-256 de l’identifiant de la salle.",
    unknown_person=(
        "Le journal ne connaît pas ce compte. Les noms d’une année sont oubliés quelques semaines après sa fin."
    ),
    unknown_desk="Le journal ne connaît pas de guichet « {} ». Il connaît : {}.",
    too_many=(
        "Il y a plus de {} entrées dans cette période : demandez une période plus courte, ou à l’exploitant "
        "« veilleuse audit export »."
    ),
    not_uploaded="Le serveur a refusé le fichier ({}). Demandez une période plus courte.",
    purges="Effacements du {} : {}.",
    purges_clean="Après chacun, il ne restait rien sur le serveur.",
    purges_unclean="ATTENTION : après {} d’entre eux, il restait quelque chose sur le serveur.",
    times="Attente avant la prise en charge, du {} :",
    violations="Ce que les règles ont refusé, et les alarmes, du {} :",
    access="Accès de {}, du {} :",
    access_hint="Qui a eu accès au signalement {}, et quand :",
    members="Agents du guichet {} au {} : {}.",
    due="Signalements qui ne sont pas effacés, du plus ancien au plus récent :",
    exported="{} entrées, du {}.",
    report="Rapport de la semaine, du {}",
    checkpoint=(
        "Repère : conservez cette ligne hors du service. Elle prouve, plus tard, que rien de ce qui précède "
        "n’a été modifié."
    ),
    alarm="ALARME : {}",
    restored="Fin de l’alarme : {}",
    more="… et {} de plus : demandez « exporter ».",
    help="Ce que vous pouvez demander :",
    not_understood="Je n’ai pas compris. « aide » dit ce que vous pouvez demander.",
    did_you_mean="Vouliez-vous dire « {} » ?",
    wrong_words="Il manque quelque chose, ou la période n’est pas lisible. Exemple : {}",
    not_now="Je ne peux pas répondre maintenant : {}. Réessayez dans un instant.",
    only_auditors="Seuls les auditeurs reçoivent une réponse.",
    by_day="Signalements par jour",
    by_week="Signalements par semaine",
    by_month="Signalements par mois",
    by_wait="Attente, en minutes",
    never="jamais",
    when="Quand",
    who="Qui",
    what="Quoi",
    detail="Précisions",
    signalement="Signalement",
    desk="Guichet",
    number="Nombre",
    median="Médiane",
    nine_of_ten="9 sur 10",
    unanswered="Sans réponse",
    state="État",
    since="Depuis",
    due_at="À effacer avant le",
    rule="Règle",
    cause="Cause",
    left="Reste",
    took="Durée",
    to_silence="Illisible après",
    pseudonym="Pseudonyme",
    count="Nombre",
)

ENGLISH = Wording(
    in_order="The record is whole: {} entries, verified from the first to the last, with {} checkpoints.",
    in_order_alone=(
        "The record is whole: {} entries, verified from the first to the last. No checkpoint of this bot could be "
        "compared with it: compare one that you kept (docs/auditors.md)."
    ),
    unreadable="THE RECORD CANNOT BE READ. {} “verify” tells where.",
    checkpoints_damaged="THE CHECKPOINTS OF THIS BOT WERE CHANGED. {}",
    broken="THE RECORD WAS EDITED. {}",
    entries="Entries in the record: {}.",
    open_ones="Signalements that are not erased yet: {} (waiting: {}, claimed: {}, being erased: {}).",
    none="Nothing in this period.",
    breaches="Breaches at this moment: {}.",
    no_breach="No breach at this moment.",
    last_checkpoint="Last checkpoint posted: entry {}, on {}.",
    no_checkpoint="No checkpoint was posted yet.",
    life="Signalement {}, from its opening to its erasure:",
    unknown_signalement=(
        "The record does not know this signalement. After the erasure a reference leads nowhere: use the "
        "pseudonym, which “purges” tells."
    ),
    tombstone="Erased on {} ({}). Rows left on the server: {}. Nothing leads to the record’s pseudonym.",
    unknown_tombstone="Nothing was erased under this name: it takes the SHA-256 of the room's id.",
    unknown_person=(
        "The record does not know this account. The names of a year are forgotten some weeks after its end."
    ),
    unknown_desk="The record knows no desk “{}”. It knows: {}.",
    too_many=(
        "There are more than {} entries in this period: ask for a shorter one, or the operator for “veilleuse audit "
        "export”."
    ),
    not_uploaded="The server refused the file ({}). Ask for a shorter period.",
    purges="Erasures, {}: {}.",
    purges_clean="After each of them nothing was left on the server.",
    purges_unclean="WARNING: after {} of them something was left on the server.",
    times="Waiting before the claim, {}:",
    violations="What the rules refused, and alarms, {}:",
    access="Access of {}, {}:",
    access_hint="Who had access to the signalement {}, and when:",
    members="Agents of the desk {} on {}: {}.",
    due="Signalements that are not erased, the oldest first:",
    exported="{} entries, {}.",
    report="Report of the week, {}",
    checkpoint="Checkpoint: keep this line outside of the service. It proves later that nothing before it was edited.",
    alarm="ALARM: {}",
    restored="End of the alarm: {}",
    more="… and {} more: ask for an “export”.",
    help="What you can ask:",
    not_understood="I did not understand. “help” tells what you can ask.",
    did_you_mean="Did you mean “{}”?",
    wrong_words="Something is missing, or the period cannot be read. For example: {}",
    not_now="I cannot answer now: {}. Try again in a moment.",
    only_auditors="Only auditors get an answer.",
    by_day="Signalements by day",
    by_week="Signalements by week",
    by_month="Signalements by month",
    by_wait="Waiting, in minutes",
    never="never",
    when="When",
    who="Who",
    what="What",
    detail="Details",
    signalement="Signalement",
    desk="Desk",
    number="Number",
    median="Median",
    nine_of_ten="9 in 10",
    unanswered="Unanswered",
    state="State",
    since="Since",
    due_at="To be erased by",
    rule="Rule",
    cause="Cause",
    left="Left",
    took="Took",
    to_silence="Unreadable after",
    pseudonym="Pseudonym",
    count="Number",
)

WORDINGS: dict[Language, Wording] = {"fr": FRENCH, "en": ENGLISH}

_FLAWS = {
    Flaw.OUT_OF_SEQUENCE: "L’entrée {} manque, ou se trouve ailleurs.",
    Flaw.UNLINKED: "L’entrée {} ne porte pas l’empreinte de la précédente.",
    Flaw.ALTERED: "L’entrée {} a été modifiée : elle n’a pas l’empreinte avec laquelle elle est gardée.",
    Flaw.MALFORMED: "L’entrée {} n’est pas de celles que ce service écrit.",
    Flaw.REWRITTEN: "L’entrée {} n’est pas celle que montre un repère, ou que ce robot a lue : elle a été réécrite.",
    Flaw.TRUNCATED: "L’entrée {} manque : la fin du journal a été coupée.",
    Flaw.UNREADABLE: "L’entrée {} ne peut pas être lue.",
    Flaw.SURPLUS: "L’entrée {} n’est pas du journal : la table a plus de lignes que lui.",
    Flaw.UNACCOUNTED: "L’entrée {} n’est pas dans le compte que le journal tient de lui-même (audit_head).",
}


def flaw(fault: Fault, language: Language) -> str:
    """What is wrong with the record, and where."""
    return _FLAWS[fault.flaw].format(fault.sequence) if language == "fr" else str(fault)


EXPLANATIONS: dict[Language, tuple[tuple[str, str], ...]] = {
    "fr": (
        ("état", "où en sont le journal, les signalements et les règles"),
        ("vérifier", "recalcule toute la chaîne, avec les repères que ce robot a publiés"),
        ("vie K7QM-42", "ce qui est arrivé à un signalement, par sa référence ou son pseudonyme"),
        ("effacements 30 j", "les effacements d’une période, avec leur preuve"),
        ("délais 2026-W47", "l’attente avant la prise en charge, par guichet"),
        ("infractions 7 j", "ce que les règles ont refusé, et les alarmes"),
        ("accès K7QM-42", "qui a eu accès à un signalement ; ou, avec @agent:serveur, ce qu’un agent a fait"),
        ("membres guyancourt 2026-11-01", "les agents d’un guichet à une date"),
        ("échéances", "les signalements qui ne sont pas effacés, et quand chacun doit l’être"),
        ("exporter 2026-11 jsonl", "les entrées d’une période, en CSV ou JSONL, dans un fichier chiffré"),
        ("rapport", "le rapport de la dernière semaine entière, qui vient aussi de lui-même le lundi"),
        ("repère", "signe l’état du journal"),
    ),
    "en": (
        ("status", "how the record, the signalements and the rules are"),
        ("verify", "computes the whole chain anew, with the checkpoints that this bot has posted"),
        ("life K7QM-42", "what happened to a signalement, by its reference or its pseudonym"),
        ("purges 30 d", "the erasures of a period, with their proof"),
        ("times 2026-W47", "waiting before the claim, by desk"),
        ("violations 7 d", "what the rules refused, and alarms"),
        ("access K7QM-42", "who had access to a signalement; or, with @agent:server, what an agent did"),
        ("members guyancourt 2026-11-01", "the agents of a desk at a date"),
        ("due", "signalements that are not erased, and when each is to be"),
        ("export 2026-11 jsonl", "the entries of a period, as CSV or JSONL, in an encrypted file"),
        ("report", "the report of the last whole week, which also comes by itself on Mondays"),
        ("checkpoint", "signs for what the record is now"),
    ),
}
"""Examples that work as they stand, each with what it is for."""
