/** What the page shows, as one immutable value. */
import type { Proposal, Wish } from "./orientation";
import type { Absence, Audience } from "./people";
import type { Place } from "./place";
import type { Commune } from "./ports";

/** `ended`: by the agent; what was said can still be read. `closed`: by the guest, or erased; nothing is left. */
export type Phase = "form" | "opening" | "waiting" | "connected" | "ended" | "closed" | "failed";

/** `insecure`: encryption cannot work here. `unavailable`: the service does not answer. */
export type Failure = "insecure" | "unavailable";

export type Delivery = "held" | "sending" | "sent" | "failed";

/** To the one question after the end. */
export type Helped = "yes" | "a_little" | "no";

/** `failed`: it can be answered again. */
export type FeedbackStage = "asked" | "sending" | "given" | "failed";

export type OwnMessage = {
  readonly kind: "own";
  /** Also the transaction id, for the whole life of the message. */
  readonly key: string;
  readonly text: string;
  /** When it was written, in milliseconds since 1970 by this device's clock. */
  readonly at: number;
  readonly delivery: Delivery;
  readonly eventId: string | null;
  /** Whom it was sealed for, once it is sent. */
  readonly heardBy: readonly string[];
  /** Whether its removal has been asked for. */
  readonly removing: boolean;
};

export type ReceivedMessage = {
  readonly kind: "received";
  readonly key: string;
  readonly author: string;
  /** As the warden named the author then. */
  readonly authorName: string | null;
  readonly text: string;
  /** When the homeserver got it, in milliseconds since 1970. */
  readonly at: number;
  readonly edited: boolean;
  /** Whether it was longer than what is shown of it. */
  readonly cut: boolean;
  /** Who was there when it came. */
  readonly heardBy: readonly string[];
};

/** Keeps the place of a message that has arrived and cannot be read yet. Not shown. */
export type SealedMessage = { readonly kind: "sealed"; readonly key: string; readonly heardBy: readonly string[] };

export type NoticeKind =
  | "agent-joined"
  | "agent-left"
  | "agent-replaced"
  | "agent-away"
  | "handed-over"
  | "handed-over-to"
  | "listener-joined"
  | "listener-left"
  | "passed-on"
  | "not-passed-on"
  | "passing-on-failed"
  | "agent-identity-changed"
  | "device-not-verified"
  | "stranger"
  | "messages-missing"
  | "not-text";

export type Notice = {
  readonly kind: "notice";
  readonly key: string;
  readonly notice: NoticeKind;
  /** Whom it is about; `to`: who comes next. null: somebody without a name. */
  readonly name: string | null;
  readonly to: string | null;
};

/** `answering`: the answer is on its way. */
export type ProposalStage = "open" | "answering" | "accepted" | "declined" | "withdrawn";

export type ProposalEntry = {
  readonly kind: "proposal";
  readonly key: string;
  readonly proposal: Proposal;
  readonly stage: ProposalStage;
  readonly wish: Wish | null;
};

export type Entry = OwnMessage | ReceivedMessage | SealedMessage | Notice | ProposalEntry;

/** Whether what was said is passed on to an agent who was not there: asked, or being done. */
export type PassingOn =
  | { readonly stage: "asked" }
  | { readonly stage: "sending"; readonly waiting: readonly string[]; readonly parts: number };

export type ConversationState = {
  readonly phase: Phase;
  readonly failure: Failure | null;
  /** Whether the service refused the form as it was filled in. */
  readonly formRefused: boolean;
  /** On the form: those to choose from, where the postal code alone does not tell the desk. Empty where it does. */
  readonly communes: readonly Commune[];
  readonly reference: string | null;
  /** Who is there, able to read or not yet; null while nobody is. */
  readonly audience: Audience | null;
  /** Why nobody is there, where that is known. */
  readonly absence: Absence | null;
  /** In the queue; null when it is not known, or somebody is there. */
  readonly place: Place | null;
  readonly passingOn: PassingOn | null;
  /** Agents to whom the guest has declined to pass on what was said. */
  readonly keptFrom: readonly string[];
  readonly agentTyping: boolean;
  readonly reconnecting: boolean;
  /** Once closed: whether the service has confirmed that the guest is out. */
  readonly departureConfirmed: boolean;
  /** null as long as nobody has been there: then nothing is asked. */
  readonly feedback: FeedbackStage | null;
  readonly timeline: readonly Entry[];
};

export const INITIAL_STATE: ConversationState = {
  phase: "form",
  failure: null,
  formRefused: false,
  communes: [],
  reference: null,
  audience: null,
  absence: null,
  place: null,
  passingOn: null,
  keptFrom: [],
  agentTyping: false,
  reconnecting: false,
  departureConfirmed: false,
  feedback: null,
  timeline: [],
};
