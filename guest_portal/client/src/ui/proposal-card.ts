import { WISHES, type Wish } from "../conversation/orientation";
import type { ProposalEntry } from "../conversation/state";
import { make } from "./elements";
import { fill, type Texts } from "./texts";

/** Makes of `element` the card of a complaint or an association; `answer` is called with the person's decision. */
export function fillProposal(
  element: HTMLElement,
  entry: ProposalEntry,
  texts: Texts,
  answer: (accepted: boolean, wish: Wish | null) => void,
): void {
  const { proposal, stage } = entry;
  const wished = wishIn(element);
  const hadFocus = element.contains(document.activeElement);
  const title = make("h2", "", texts.proposal[proposal.kind]);
  element.className = `card ${stage}`;
  element.dataset.testid = "proposal";
  element.dataset.stage = stage;
  element.replaceChildren(title, ...particulars(entry, texts));
  const state = sentence(entry, texts);
  if (stage === "open") {
    element.append(make("p", "next", nextSteps(entry, texts)), form(entry, texts, wished, answer));
  } else if (state !== null) {
    const told = make("p", "outcome", state);
    told.dataset.testid = "outcome";
    told.tabIndex = -1;
    element.append(told);
    if (hadFocus) {
      told.focus({ preventScroll: true });
    }
  }
}

/** The name always; the rest unless the card is of no more use. */
function particulars({ proposal, stage }: ProposalEntry, texts: Texts): readonly HTMLElement[] {
  const words = texts.proposal;
  const name = make("p", "name", proposal.name);
  name.dir = "auto";
  if (stage === "withdrawn" || stage === "declined") {
    return [name];
  }
  const list = make("dl", "particulars");
  if (proposal.address !== null) {
    list.append(detail(words.address, [proposal.address]));
  }
  if (proposal.phone !== null) {
    // Text, not a link: a touch by mistake would leave a call in the telephone's list.
    const phone = detail(words.phone, [proposal.phone]);
    phone.append(make("dd", "hint", words.phone_note));
    list.append(phone);
  }
  if (proposal.hours.length > 0) {
    list.append(detail(words.hours, proposal.hours));
  }
  const shown: HTMLElement[] = list.childElementCount > 0 ? [name, list] : [name];
  if (proposal.callFirst) {
    shown.push(make("p", "call-first", words.call_first));
  }
  if (proposal.source !== null && proposal.asOf !== null) {
    shown.push(make("p", "hint", fill(words.as_of, { source: proposal.source, month: monthOf(proposal.asOf) })));
  }
  return shown;
}

/** In the page's language, as in "February 2016": older than it looks is worse than not exact. */
function monthOf(day: Date): string {
  const language = document.documentElement.lang;
  return day.toLocaleDateString(language, { month: "long", year: "numeric", timeZone: "UTC" });
}

function detail(label: string, values: readonly string[]): HTMLElement {
  const group = make("div", "");
  group.append(make("dt", "", label));
  for (const value of values) {
    const shown = make("dd", "", value);
    shown.dir = "auto";
    group.append(shown);
  }
  return group;
}

function nextSteps({ proposal }: ProposalEntry, texts: Texts): string {
  const words = texts.proposal;
  if (proposal.hasDesk) {
    return words.next_desk;
  }
  return proposal.kind === "complaint" ? words.next_complaint : words.next_association;
}

function sentence({ proposal, stage, wish }: ProposalEntry, texts: Texts): string | null {
  const words = texts.proposal;
  switch (stage) {
    case "answering":
      return words.answering;
    case "accepted": {
      const accepted = proposal.hasDesk ? words.accepted_desk : words.accepted;
      return wish === null ? accepted : `${accepted} ${fill(words.wished, { wish: words.wishes[wish] })}`;
    }
    case "declined":
      return words.declined;
    case "withdrawn":
      return words.withdrawn;
    default:
      return null;
  }
}

function form(
  { proposal }: ProposalEntry,
  texts: Texts,
  wished: string,
  answer: (accepted: boolean, wish: Wish | null) => void,
): HTMLElement {
  const words = texts.proposal;
  const group = make("div", "decision");
  const choices = make("fieldset", "wishes");
  choices.append(make("legend", "", words.wish));
  for (const value of ["none", ...WISHES] as const) {
    const label = make("label", "");
    const radio = make("input", "");
    radio.type = "radio";
    radio.name = `wish ${proposal.id}`;
    radio.value = value;
    radio.checked = value === wished;
    radio.autocomplete = "off";
    label.append(radio, make("span", "", words.wishes[value]));
    choices.append(label);
  }
  const pair = make("div", "pair");
  const decide = (accepted: boolean) => () => {
    const wish = WISHES.find((known) => known === wishIn(choices)) ?? null;
    answer(accepted, wish);
  };
  pair.append(
    button(words.accept, "proposal-accept", decide(true)),
    button(words.decline, "proposal-decline", decide(false)),
  );
  group.append(choices, pair);
  return group;
}

function button(label: string, testId: string, press: () => void): HTMLButtonElement {
  const made = make("button", "quiet", label);
  made.type = "button";
  made.dataset.testid = testId;
  made.addEventListener("click", press);
  return made;
}

/** What is chosen on the card now. */
function wishIn(element: HTMLElement): string {
  const checked = element.querySelector("input:checked");
  return checked instanceof HTMLInputElement ? checked.value : "none";
}
