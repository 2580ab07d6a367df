"""The desk room as agents use it, on fakes: what they say has its effect, and its answer."""

from datetime import timedelta
from urllib.parse import quote

import pytest

from appservice.desk.hearing import OwnWords
from appservice.desk.notices import waits_still
from appservice.domain.availability import AgentStatus, Presence
from appservice.domain.day_rules import DayRules
from appservice.domain.ids import EventId, UserId
from appservice.domain.signalement import Outcome, Signalement, State
from tests.unit.desk.console.conftest import AGENT, Room

FIRST = "@first:fake"


def announced(signalement: Signalement) -> str:
    assert signalement.announcement_id is not None
    return signalement.announcement_id


async def now(room: Room, signalement: Signalement) -> Signalement:
    return await room.world.signalement(signalement.room_id)


async def test_a_reaction_takes_and_the_announcement_alone_says_so(room: Room) -> None:
    waiting = await room.world.waiting()
    assert await room.reacts(announced(waiting), "👍🏽") == ""
    taken = await now(room, waiting)
    assert (taken.state, taken.agent_mxid) == (State.CLAIMED, AGENT)


async def test_whoever_comes_second_gets_a_friendly_answer_once_for_all(room: Room) -> None:
    waiting = await room.world.waiting()
    await room.reacts(announced(waiting), agent=FIRST)
    assert "déjà pris en charge" in await room.reacts(announced(waiting), "✋", AGENT)
    assert await room.reacts(announced(waiting), "✅", "@second:fake") == ""
    assert len(room.answers.said) == 1
    assert (await now(room, waiting)).agent_mxid == FIRST


async def test_the_taker_s_second_reaction_means_nothing(room: Room) -> None:
    waiting = await room.world.waiting()
    await room.reacts(announced(waiting))
    assert await room.reacts(announced(waiting), "❤️") == ""
    assert await room.reacts(announced(waiting), "✅") == ""


async def test_a_sad_face_takes_nobody_and_says_what_would(room: Room) -> None:
    waiting = await room.world.waiting()
    answer = await room.reacts(announced(waiting), "😢")
    assert "👍" in answer
    assert f"prendre {waiting.reference}" in answer
    assert (await now(room, waiting)).state is State.WAITING
    assert await room.reacts(announced(waiting), "⏳") == "", "it is told once"
    assert await room.reacts(announced(waiting), "👎", FIRST) != ""


async def test_a_reaction_beside_anything_else_means_nothing(room: Room) -> None:
    await room.world.waiting()
    assert await room.reacts("$lunch") == ""


async def test_who_holds_too_many_is_told_what_to_do(room: Room) -> None:
    for _ in range(5):
        await room.reacts(announced(await room.world.waiting()))
    answer = await room.reacts(announced(await room.world.waiting()))
    assert "5 conversations" in answer
    assert "clore" in answer


async def test_strangers_and_other_rooms_are_not_heard(room: Room) -> None:
    waiting = await room.world.waiting()
    for agent, where in (("@stranger:fake", "!desk"), ("@mountain:fake", "!desk"), (AGENT, "!elsewhere")):
        assert await room.says(f"prendre {waiting.reference}", agent, room=where) == ""
        assert await room.reacts(announced(waiting), agent=agent, room=where) == ""
    assert (await now(room, waiting)).state is State.WAITING


@pytest.mark.parametrize("words", ["prendre {}", "take {}", "!prendre {}", "veilleuse: je prends {}"])
async def test_a_command_takes_and_answers_with_the_way_in(room: Room, words: str) -> None:
    waiting = await room.world.waiting()
    answer = await room.says(words.format(waiting.reference.lower()))
    assert f"matrix.to/#/{waiting.room_id}" in answer
    assert (await now(room, waiting)).agent_mxid == AGENT


async def test_prendre_alone_takes_the_most_urgent(room: Room) -> None:
    calm, urgent = await room.world.waiting(), await room.world.waiting()
    await room.says(f"danger {urgent.reference}")
    assert urgent.reference in await room.says("prendre")
    assert calm.reference in await room.says("prendre", FIRST)
    assert "Personne" in await room.says("prendre")


async def test_a_reply_to_the_announcement_needs_no_reference(room: Room) -> None:
    await room.world.waiting()
    second = await room.world.waiting()
    assert second.reference in await room.says("prendre", replies_to=announced(second))
    assert (await now(room, second)).agent_mxid == AGENT


def told_again(room: Room, signalement: Signalement, event: str = "$again") -> str:
    room.memory.said[event] = OwnWords(waits_still(signalement), announced(signalement))
    return event


async def test_a_reply_to_whatever_the_bot_said_of_one_needs_no_reference(room: Room) -> None:
    await room.world.waiting()
    second = await room.world.waiting()
    assert second.reference in await room.says("je prends", replies_to=told_again(room, second))
    assert (await now(room, second)).agent_mxid == AGENT
    room.memory.said["$answer"] = OwnWords(f"{second.reference} est à vous.", "$said")
    await room.world.claimed()
    assert f"{second.reference} : danger" in await room.says("danger", replies_to="$answer")


async def test_a_reply_to_what_tells_of_several_or_of_none_is_asked_about(room: Room) -> None:
    one, two = await room.world.waiting(), await room.world.waiting()
    room.memory.said["$list"] = OwnWords(f"2 en attente\n• {one.reference}\n• {two.reference}", "$said")
    for replied_to in ("$list", "$colleague"):
        answer = await room.says("prendre", replies_to=replied_to)
        assert one.reference in answer
        assert two.reference in answer
    room.memory.said["$gone"] = OwnWords("K7QM-42 attend toujours", "$before")
    assert "Laquelle" in await room.says("prendre", replies_to="$gone")
    assert not await room.world.stores.with_agent(UserId(AGENT))
    room.memory.said["$nobody"] = OwnWords("Vous revoilà disponible. En attente : 2.", "$said")
    assert one.reference in await room.says("prendre", replies_to="$nobody")


async def test_while_what_is_replied_to_cannot_be_read_nobody_is_taken(room: Room) -> None:
    waiting = await room.world.waiting()
    room.memory.away = True
    assert "réessayez" in await room.says("prendre", replies_to="$again")
    assert "réessayez" in await room.reacts("$again")
    assert (await now(room, waiting)).state is State.WAITING


async def test_a_reaction_beside_the_call_takes_whom_it_calls_for(room: Room) -> None:
    await room.world.waiting()
    second = await room.world.waiting()
    assert await room.reacts(told_again(room, second)) == ""
    assert (await now(room, second)).agent_mxid == AGENT


async def test_a_reaction_beside_an_answer_to_a_colleague_takes_nobody(room: Room) -> None:
    waiting = await room.world.waiting()
    room.memory.said["$answer"] = OwnWords(f"{waiting.reference} : danger immédiat.", "$said")
    assert await room.reacts("$answer") == ""
    assert (await now(room, waiting)).state is State.WAITING


async def test_a_link_to_the_conversation_or_to_its_announcement_is_as_good_as_its_reference(room: Room) -> None:
    first, second, third = await room.world.waiting(), await room.world.waiting(), await room.world.waiting()
    to_room = f"https://matrix.to/#/{quote(second.room_id)}?via=fake"
    assert second.reference in await room.says(f"prendre {to_room}")
    to_announcement = f"https://matrix.to/#/!desk/{quote(announced(third))}?via=fake&via=other"
    assert third.reference in await room.says(f"prendre {to_announcement}")
    assert await room.says("prendre https://matrix.to/#/!elsewhere:fake?via=fake") == ""
    assert (await now(room, first)).state is State.WAITING


async def test_talk_in_reply_to_the_bot_is_left_alone(room: Room) -> None:
    waiting = await room.world.waiting()
    for talk in ("ok", "je m'en occupe", "merci !"):
        assert await room.says(talk, replies_to=announced(waiting)) == ""


async def test_an_edit_puts_right_what_was_not_understood(room: Room) -> None:
    waiting = await room.world.waiting()
    assert "Vouliez-vous dire" in await room.says(f"prnedre {waiting.reference}")
    assert "est à vous" in await room.corrects(f"prendre {waiting.reference}")
    assert await room.corrects(f"danger {waiting.reference}", earlier=2) == ""
    assert not (await now(room, waiting)).in_danger


async def test_an_edit_puts_right_a_name_that_nobody_has_and_keeps_what_was_replied_to(room: Room) -> None:
    claimed = await room.world.claimed()
    await room.world.claimed()
    assert "Vouliez-vous dire" in await room.says("transférer à @frist:fake", replies_to=announced(claimed))
    assert "transféré" in await room.corrects("transférer à @first:fake")
    assert (await now(room, claimed)).agent_mxid == FIRST


async def test_an_edit_of_what_was_carried_out_or_of_somebody_else_s_words_changes_nothing(room: Room) -> None:
    one, two = await room.world.waiting(), await room.world.waiting()
    await room.says(f"prendre {one.reference}")
    assert await room.corrects(f"prendre {two.reference}") == ""
    await room.says(f"prnedre {two.reference}")
    assert await room.corrects(f"prendre {two.reference}", FIRST) == ""
    assert (await now(room, two)).state is State.WAITING


async def test_many_words_without_a_reference_are_a_command_if_they_name_somebody(room: Room) -> None:
    claimed = await room.world.claimed()
    assert await room.says("transférer ça à quelqu'un serait bien") == ""
    assert "Desk jura" in await room.says("hand over to the jura desk")
    assert (await now(room, claimed)).desk_id == "jura"


async def test_a_colleague_s_is_taken_and_that_is_said(room: Room) -> None:
    claimed = await room.world.claimed(FIRST)
    answer = await room.says(f"prendre {claimed.reference}")
    assert "déjà pris en charge" in answer
    assert FIRST not in answer


async def test_with_one_conversation_no_reference_is_needed_with_two_it_is_asked_for(room: Room) -> None:
    one = await room.world.claimed()
    assert one.reference in await room.says("danger")
    assert (await now(room, one)).in_danger
    two = await room.world.claimed()
    answer = await room.says("danger off")
    assert one.reference in answer
    assert two.reference in answer
    assert (await now(room, one)).in_danger
    assert "pas de conversation" in await room.says("clore autre", FIRST)


async def test_a_conversation_is_closed_with_its_outcome_and_only_by_who_has_it(room: Room) -> None:
    claimed = await room.world.claimed()
    assert "n'est pas à vous" in await room.says(f"clore {claimed.reference} plainte", FIRST)
    assert "Avec quelle issue" in await room.says(f"clore {claimed.reference}")
    assert "plainte" in await room.says("clore plainte")
    closed = await now(room, claimed)
    assert (closed.state, closed.outcome) == (State.CLOSED, Outcome.COMPLAINT)
    assert "terminé" in await room.says(f"close {claimed.reference} other".replace("close", "clore"))


async def test_a_conversation_goes_to_a_colleague_or_a_desk(room: Room) -> None:
    claimed = await room.world.claimed()
    assert "Vouliez-vous dire" in await room.says(f"transférer {claimed.reference} à @frist:fake")
    assert "Ni agent ni guichet" in await room.says(f"transférer {claimed.reference} à Napoléon")
    assert "transféré" in await room.says(f"transférer {claimed.reference} à @first:fake")
    assert (await now(room, claimed)).agent_mxid == FIRST
    assert "Desk jura" in await room.says(f"hand over {claimed.reference} to jura", FIRST)
    handed = await now(room, claimed)
    assert (handed.state, handed.desk_id) == (State.WAITING, "jura")
    assert "autre guichet" in await room.says(f"prendre {claimed.reference}", FIRST)


async def test_what_hinders_a_colleague_is_said_of_the_colleague_with_who_is_free_instead(room: Room) -> None:
    claimed = await room.world.claimed()
    await room.says("pause 10", FIRST)
    await room.says("fin de service", "@third:fake")
    asked = f"transférer {claimed.reference} à @first:fake"
    answer = await room.says(asked)
    assert "Agent 2 est en pause jusqu'à 03:40" in answer
    assert f"{claimed.reference} reste où il est. Libres : Agent 3." in answer
    answer = await room.says(f"hand over {claimed.reference} to @third:fake")
    assert answer.startswith("Agent 4 has ended the shift:")
    await room.says("disponible", FIRST)
    for _ in range(5):
        await room.world.claimed(FIRST)
    await room.says("fin de service", "@second:fake")
    answer = await room.says(asked)
    assert "Agent 2 a déjà autant de conversations que possible" in answer
    assert "clore" not in answer
    assert "confiez-le plutôt à un guichet" in answer
    assert (await now(room, claimed)).agent_mxid == AGENT


async def test_a_second_listener_comes_in_and_is_told_that_it_shows(room: Room) -> None:
    claimed = await room.world.claimed()
    assert "la personne le voit" in await room.says(f"écouter {claimed.reference}", FIRST)
    assert (await now(room, claimed)).listeners == (FIRST,)
    waiting = await room.world.waiting()
    assert f"prendre {waiting.reference}" in await room.says(f"écouter {waiting.reference}", FIRST)


async def test_who_listens_in_ends_it_and_whoever_has_the_conversation_ends_it_for_all(room: Room) -> None:
    claimed = await room.world.claimed()
    assert "pas d'écoute" in await room.says("ne plus écouter")
    for listener in (FIRST, "@second:fake"):
        await room.says(f"écouter {claimed.reference}", listener)
    assert "vous n'écoutez plus" in await room.says("ne plus écouter", FIRST)
    assert (await now(room, claimed)).listeners == ("@second:fake",)
    assert "no listening" in await room.says(f"stop listening {claimed.reference}", FIRST)
    assert "plus personne n'écoute" in await room.says("fin d'écoute")
    assert (await now(room, claimed)).listeners == ()
    assert (await now(room, claimed)).agent_mxid == AGENT


async def test_who_listens_to_two_is_asked_which_one(room: Room) -> None:
    one, two = await room.world.claimed(), await room.world.claimed()
    for each in (one, two):
        await room.says(f"écouter {each.reference}", FIRST)
    answer = await room.says("ne plus écouter", FIRST)
    assert one.reference in answer
    assert two.reference in answer
    assert "vous n'écoutez plus" in await room.says(f"ne plus écouter {two.reference}", FIRST)
    assert (await now(room, one)).listeners == (FIRST,)


async def test_a_hard_conversation_is_said_to_be_so_kindly(room: Room) -> None:
    claimed = await room.world.claimed()
    assert "merci de l'avoir dit" in await room.says("éprouvante")
    assert (await now(room, claimed)).hard
    await room.says("hard no")
    assert not (await now(room, claimed)).hard


async def test_what_agents_say_of_themselves_is_kept(room: Room) -> None:
    clock = room.world.clock

    async def status() -> tuple[Presence, timedelta | None]:
        kept = (await room.statuses.statuses_of([UserId(AGENT)]))[UserId(AGENT)]
        return kept.presence, kept.until - clock.now() if kept.until else None

    assert "Bonne pause" in await room.says("pause")
    assert await status() == (Presence.PAUSED, timedelta(minutes=15))
    await room.says("break 1 h")
    assert await status() == (Presence.PAUSED, timedelta(hours=1))
    claimed = await room.world.claimed()
    assert claimed.reference in await room.says("fin de service")
    assert await status() == (Presence.OFF, None)
    await room.world.waiting()
    assert "En attente : 1" in await room.says("dispo")
    assert await status() == (Presence.AVAILABLE, None)


async def test_the_pause_that_must_be_is_ended_neither_by_a_word_nor_by_a_shorter_one(room: Room) -> None:
    care, agent = DayRules().care, UserId(AGENT)
    for _ in range(care.most_in_a_row):
        await room.world.claimed()
        await room.says("éprouvante")
        await room.says("clore plainte")
    until = room.world.clock.now() + care.pause_for
    waiting = await room.world.waiting()
    for words, answer in (
        ("disponible", "D'abord votre pause, jusqu'à 03:45"),
        ("break 5", "First your pause, until 03:45"),
        (f"prendre {waiting.reference}", "d'abord votre pause, jusqu'à 03:45"),
        ("fin de service", "Fin de service"),
        ("available", "First your pause, until 03:45"),
    ):
        assert answer in await room.says(words)
    assert (await room.statuses.statuses_of([agent]))[agent] == AgentStatus(Presence.PAUSED, until)
    assert "Bonne pause" in await room.says("pause 1 h")
    room.world.clock.advance(care.pause_for)
    assert "disponible" in await room.says("disponible")
    assert "est à vous" in await room.says("prendre")


async def test_the_list_has_who_waits_the_most_urgent_first_and_one_s_own(room: Room) -> None:
    own = await room.world.claimed()
    calm, urgent = await room.world.waiting(), await room.world.waiting()
    await room.says(f"danger {urgent.reference} on")
    listed = await room.says("liste")
    assert listed.index(urgent.reference) < listed.index(calm.reference) < listed.index(own.reference)
    assert "DANGER IMMÉDIAT" in listed
    assert "78280" not in listed
    assert "Vos conversations" not in await room.says("liste", FIRST)


async def test_a_mistyped_or_erased_reference_is_told(room: Room) -> None:
    assert "Il n'y a pas de K7QM-42" in await room.says("prendre k7qm-42")
    assert "ne peut pas être une référence" in await room.says("prendre K7QO-42")


async def test_the_bot_is_addressed_by_its_name(room: Room) -> None:
    for name in ("Guichet Desk guyancourt: ", "@veilleuse_desk_guyancourt:fake ", "veilleuse, "):
        assert "Je ne connais pas" in await room.says(f"{name}abracadabra")


async def test_a_slip_is_answered_talk_is_not(room: Room) -> None:
    assert "Vouliez-vous dire liste" in await room.says("lsite")
    assert await room.says("Bonjour à tous, bien reposés ?") == ""
    assert "aide" in await room.says("!abracadabra")


async def test_leaders_commands_are_not_for_the_desk_room(room: Room) -> None:
    for words in ("tableau", "réattribuer K7QM-42 à jura", "force close K7QM-42 other"):
        assert "supervision" in await room.says(words)


async def test_an_answer_comes_in_the_language_of_the_question(room: Room) -> None:
    assert "Nobody waits" in await room.says("list")
    assert "Personne" in await room.says("liste")
    assert "What you can type" in await room.says("help")


async def test_an_absent_homeserver_is_told_and_nothing_breaks(room: Room) -> None:
    waiting = await room.world.waiting()
    room.world.homeserver.unavailable = True
    await room.says(f"prendre {waiting.reference}")
    room.world.homeserver.unavailable = False
    assert (await now(room, waiting)).agent_mxid == AGENT


async def test_what_an_agent_says_is_a_sign_of_life_for_those_who_wait_for_an_answer(room: Room) -> None:
    claimed = await room.world.claimed()
    await room.says("Je reviens tout de suite, pardon")
    kept = {each.signalement_id: each.signs for each in await room.world.day_store.signs()}
    assert kept[claimed.signalement_id].agent_at == room.world.clock.now()


async def test_the_same_words_heard_again_after_a_crash_are_answered_once(room: Room) -> None:
    from appservice.desk.hearing import Heard

    waiting = await room.world.waiting()
    again = Heard("$once", "!desk", AGENT, f"prendre {waiting.reference}")
    await room.console.heard(again)
    await room.console.heard(again)
    assert len(room.answers.said) == 1
    assert EventId("answer-$once") in room.answers.said
