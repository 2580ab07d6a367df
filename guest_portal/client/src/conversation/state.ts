/** What the page shows, as one immutable value. */
import type { Commune } from "./ports";

export type Phase = "form" | "opening" | "waiting" | "connected" | "closed" | "failed";

/** `insecure`: encryption cannot work here. `unavailable`: the service does not answer. */
export type Failure = "insecure" | "unavailable";

export type Delivery = "held" | "sending" | "sent" | "failed";

export type OwnMessage = {
  readonly kind: "own";
  /** Also the transaction id, for the whole life of the message. */
  readonly key: string;
  readonly text: string;
  readonly delivery: Delivery;
  readonly eventId: string | null;
};

export type ReceivedMessage = {
  readonly kind: "received";
  readonly key: string;
  readonly author: string;
  readonly text: string;
  readonly edited: boolean;
};

/** Keeps the place of a message that has arrived and cannot be read yet. Not shown. */
export type SealedMessage = { readonly kind: "sealed"; readonly key: string };

export type NoticeKind = "agent-joined" | "agent-left" | "agent-identity-changed" | "messages-missing" | "not-text";

export type Notice = {
  readonly kind: "notice";
  readonly key: string;
  readonly notice: NoticeKind;
  readonly name: string | null;
};

export type Entry = OwnMessage | ReceivedMessage | SealedMessage | Notice;

export type ConversationState = {
  readonly phase: Phase;
  readonly failure: Failure | null;
  /** Whether the service refused the form as it was filled in. */
  readonly formRefused: boolean;
  /** On the form: those to choose from, where the postal code alone does not tell the desk. Empty where it does. */
  readonly communes: readonly Commune[];
  readonly reference: string | null;
  /** Whether an agent is there, able to read or not yet. */
  readonly agentPresent: boolean;
  readonly agentName: string | null;
  readonly agentTyping: boolean;
  readonly reconnecting: boolean;
  /** Once closed: whether the service has confirmed that the guest is out. */
  readonly departureConfirmed: boolean;
  readonly timeline: readonly Entry[];
};

export const INITIAL_STATE: ConversationState = {
  phase: "form",
  failure: null,
  formRefused: false,
  communes: [],
  reference: null,
  agentPresent: false,
  agentName: null,
  agentTyping: false,
  reconnecting: false,
  departureConfirmed: false,
  timeline: [],
};
